//! Sixteen numbers side by side, and how they are summed.

pub const LANES: usize = 16;

pub type Lanes = [f32; LANES];

/// The first sixteen numbers of `values`.
#[inline(always)]
pub fn load(values: &[f32]) -> Lanes {
    *values.first_chunk().expect("sixteen numbers")
}

/// `a * b + sum`, rounded once.
#[inline(always)]
pub fn fused(a: Lanes, b: Lanes, mut sum: Lanes) -> Lanes {
    for lane in 0..LANES {
        sum[lane] = a[lane].mul_add(b[lane], sum[lane]);
    }
    sum
}

/// The sum of the lanes, by halves.
#[inline(always)]
pub fn total(mut lanes: Lanes) -> f32 {
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
    }
    lanes[0]
}

/// e to each of the numbers; 0 below -87 and e^88 above 88.
///
/// Cody-Waite reduction to |r| <= ln(2) / 2, then a Taylor polynomial of degree 7 (error below 2e-8).
#[inline(always)]
pub fn exp(mut x: Lanes) -> Lanes {
    for value in &mut x {
        *value = exp_one(*value);
    }
    x
}

#[inline(always)]
fn exp_one(x: f32) -> f32 {
    let inside = if x >= -87.0 { x } else { -87.0 };
    let inside = if inside < 88.0 { inside } else { 88.0 };
    // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number, half to even.
    let shifted = inside.mul_add(std::f32::consts::LOG2_E, 12_582_912.0);
    let whole = shifted - 12_582_912.0;
    let rest = whole.mul_add(-0.693_359_4, inside);
    let rest = whole.mul_add(2.121_944_4e-4, rest);
    let mut sum = 1.0 / 5040.0;
    for factor in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = rest.mul_add(sum, factor);
    }
    // The low bits of `shifted` are that whole number: moved into the exponent they are its power of two.
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    if x >= -87.0 { sum * power } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        let mut worst = 0.0f64;
        for step in -87_000..88_000 {
            let x = step as f32 / 1000.0;
            let exact = f64::from(x).exp();
            worst = worst.max((f64::from(exp([x; LANES])[3]) - exact).abs() / exact);
        }
        assert!(worst < 1.2e-7, "{worst}");
    }

    #[test]
    fn exp_keeps_its_head_at_the_edges() {
        assert_eq!(exp_one(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp_one(-100.0), 0.0);
        assert_eq!(exp_one(0.0), 1.0);
        assert!(exp_one(f32::INFINITY).is_finite());
        assert_eq!(exp_one(f32::NAN), 0.0);
    }
}
