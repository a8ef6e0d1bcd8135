//! Random numbers by counter: a number is a function of its seed, its take and its position, and of nothing else.

/// A number in [0, 1) with 53 random bits.
pub fn uniform(seed: u64, take: u64, position: u64) -> f64 {
    let bits = mix(mix(mix(seed) ^ take) ^ position);
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// One step of SplitMix64 (Steele, Lea and Flood, 2014).
fn mix(state: u64) -> u64 {
    let mut bits = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_evenly_along_each_counter() {
        let counters: [fn(u64) -> f64; 3] = [|n| uniform(n, 0, 0), |n| uniform(0, n, 0), |n| uniform(0, 0, n)];
        for counter in counters {
            let mut bins = [0; 16];
            for n in 0..16_000 {
                bins[(counter(n) * 16.0) as usize] += 1;
            }
            assert!(bins.iter().all(|&count| (850..1150).contains(&count)), "{bins:?}");
        }
    }

    #[test]
    fn the_numbers_never_change() {
        // One seed tells one story, in later versions too.
        assert_eq!(uniform(0, 0, 0), uniform(0, 0, 0));
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }
}
