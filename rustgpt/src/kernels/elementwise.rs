//! What happens between the matrix products: norms, rotations, activations, sums of exponentials.

use super::kernel;
use super::simd::{LANES, Simd, exp, highest, total};

kernel! {
    /// RMSNorm of each vector of `inputs` (Zhang and Sennrich, 2019) to `outputs`; a vector is as long as `scale`.
    pub fn rms_norm(inputs: &[f32], scale: &[f32], epsilon: f32, outputs: &mut [f32]) = rms_norm_body
}

#[inline(always)]
fn rms_norm_body<S: Simd>(inputs: &[f32], scale: &[f32], epsilon: f32, outputs: &mut [f32]) {
    for (input, output) in inputs
        .chunks_exact(scale.len())
        .zip(outputs.chunks_exact_mut(scale.len()))
    {
        output.copy_from_slice(input);
        // SAFETY: the level of `S` was detected.
        unsafe { normalise::<S>(output, scale, epsilon) };
    }
}

#[inline(always)]
unsafe fn normalise<S: Simd>(values: &mut [f32], scale: &[f32], epsilon: f32) {
    unsafe {
        let mut squares = S::splat(0.0);
        for chunk in values.chunks(LANES) {
            let chunk = load_up_to::<S>(chunk, 0.0);
            squares = S::fma(chunk, chunk, squares);
        }
        let factor = S::splat(1.0 / (total::<S>(squares) / values.len() as f32 + epsilon).sqrt());
        for (chunk, scale) in values.chunks_mut(LANES).zip(scale.chunks(LANES)) {
            let value = S::mul(load_up_to::<S>(chunk, 0.0), factor);
            store_up_to::<S>(chunk, S::mul(value, load_up_to::<S>(scale, 0.0)));
        }
    }
}

/// The numbers in `values`, up to sixteen, and `rest` in the place of what is missing.
#[inline(always)]
unsafe fn load_up_to<S: Simd>(values: &[f32], rest: f32) -> S::F {
    if values.len() >= LANES {
        return unsafe { S::load(values.as_ptr()) };
    }
    let mut lanes = [rest; LANES];
    lanes[..values.len()].copy_from_slice(values);
    unsafe { S::load(lanes.as_ptr()) }
}

/// Fill `values`, up to sixteen.
#[inline(always)]
unsafe fn store_up_to<S: Simd>(values: &mut [f32], value: S::F) {
    if values.len() >= LANES {
        return unsafe { S::store(values.as_mut_ptr(), value) };
    }
    let mut lanes = [0.0; LANES];
    unsafe { S::store(lanes.as_mut_ptr(), value) };
    values.copy_from_slice(&lanes[..values.len()]);
}

kernel! {
    /// RMSNorm of each head in place where there is a `scale`, then their rotation by the angles of their position
    /// (RoPE, Su et al., 2021; number i is paired with number i + head_dim / 2).
    pub fn rotate(heads: &mut [f32], scale: Option<&[f32]>, epsilon: f32, cosines: &[f32], sines: &[f32]) = rotate_body
}

#[inline(always)]
fn rotate_body<S: Simd>(heads: &mut [f32], scale: Option<&[f32]>, epsilon: f32, cosines: &[f32], sines: &[f32]) {
    for head in heads.chunks_exact_mut(2 * cosines.len()) {
        // SAFETY: the level of `S` was detected.
        unsafe {
            if let Some(scale) = scale {
                normalise::<S>(head, scale, epsilon);
            }
            let (first, second) = head.split_at_mut(cosines.len());
            let angles = cosines.chunks(LANES).zip(sines.chunks(LANES));
            for ((a, b), (cosine, sine)) in first.chunks_mut(LANES).zip(second.chunks_mut(LANES)).zip(angles) {
                let (x, y) = (load_up_to::<S>(a, 0.0), load_up_to::<S>(b, 0.0));
                let (cosine, sine) = (load_up_to::<S>(cosine, 0.0), load_up_to::<S>(sine, 0.0));
                store_up_to::<S>(a, S::sub(S::mul(x, cosine), S::mul(y, sine)));
                store_up_to::<S>(b, S::add(S::mul(y, cosine), S::mul(x, sine)));
            }
        }
    }
}

kernel! {
    /// `output += input`.
    pub fn add_assign(output: &mut [f32], input: &[f32]) = add_assign_body
}

#[inline(always)]
fn add_assign_body<S: Simd>(output: &mut [f32], input: &[f32]) {
    for (output, &input) in output.iter_mut().zip(input) {
        *output += input;
    }
}

kernel! {
    /// SwiGLU (Shazeer, 2020): `silu(gate) * up` to `output`.
    pub fn gated(gate: &[f32], up: &[f32], output: &mut [f32]) = gated_body
}

#[inline(always)]
fn gated_body<S: Simd>(gate: &[f32], up: &[f32], output: &mut [f32]) {
    for (output, (gate, up)) in output.chunks_mut(LANES).zip(gate.chunks(LANES).zip(up.chunks(LANES))) {
        // SAFETY: the level of `S` was detected.
        unsafe {
            let (gate, up) = (load_up_to::<S>(gate, 0.0), load_up_to::<S>(up, 0.0));
            let decay = exp::<S>(S::sub(S::splat(0.0), gate));
            let silu = S::div(gate, S::add(S::splat(1.0), decay));
            store_up_to::<S>(output, S::mul(silu, up));
        }
    }
}

kernel! {
    /// Replace scores by e^((score - highest) * factor) and return their sum.
    pub fn softmax_weights(scores: &mut [f32], factor: f32) -> f32 = softmax_weights_body
}

#[inline(always)]
pub fn softmax_weights_body<S: Simd>(scores: &mut [f32], factor: f32) -> f32 {
    // SAFETY: the level of `S` was detected.
    unsafe {
        let highest = S::splat(highest_of::<S>(scores));
        let mut sum = S::splat(0.0);
        for chunk in scores.chunks_mut(LANES) {
            let score = load_up_to::<S>(chunk, f32::NEG_INFINITY);
            let weight = exp::<S>(S::mul(S::sub(score, highest), S::splat(factor)));
            store_up_to::<S>(chunk, weight);
            sum = S::add(sum, weight);
        }
        total::<S>(sum)
    }
}

#[inline(always)]
unsafe fn highest_of<S: Simd>(values: &[f32]) -> f32 {
    unsafe {
        let mut most = S::splat(f32::NEG_INFINITY);
        for chunk in values.chunks(LANES) {
            most = S::max(load_up_to::<S>(chunk, f32::NEG_INFINITY), most);
        }
        highest::<S>(most)
    }
}

kernel! {
    /// The natural logarithm of the sum of e^logit.
    pub fn log_sum_exp(logits: &[f32]) -> f32 = log_sum_exp_body
}

#[inline(always)]
fn log_sum_exp_body<S: Simd>(logits: &[f32]) -> f32 {
    // SAFETY: the level of `S` was detected.
    unsafe {
        let highest = highest_of::<S>(logits);
        let mut sum = S::splat(0.0);
        for chunk in logits.chunks(LANES) {
            let logit = load_up_to::<S>(chunk, f32::NEG_INFINITY);
            sum = S::add(sum, exp::<S>(S::sub(logit, S::splat(highest))));
        }
        highest + libm::logf(total::<S>(sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Level;
    use proptest::prelude::*;

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    proptest! {
        #[test]
        fn every_level_gives_the_same_bits(
            values in proptest::collection::vec(-60f32..60.0, 2..70), scale in proptest::collection::vec(-3f32..3.0, 70)
        ) {
            let size = values.len() / 2 * 2;
            let values = &values[..size];
            let results: Vec<_> = Level::available().into_iter().map(|level| {
                let mut norm = vec![0.0; size];
                rms_norm(level, values, &scale[..size], 1e-6, &mut norm);
                let mut gate = vec![0.0; size];
                gated(level, values, &scale[..size], &mut gate);
                let mut turned = values.to_vec();
                rotate(level, &mut turned, Some(&scale[..size]), 1e-6, &scale[..size / 2], &values[..size / 2]);
                let mut scores = values.to_vec();
                let logsum = log_sum_exp(level, &scores);
                let sum = softmax_weights(level, &mut scores, 0.7);
                (bits(&norm), bits(&gate), bits(&turned), bits(&scores), sum.to_bits(), logsum.to_bits())
            }).collect();
            prop_assert!(results.iter().all(|result| result == &results[0]));
        }

        #[test]
        fn they_compute_what_they_say(values in proptest::collection::vec(-20f32..20.0, 1..70)) {
            let level = Level::detect();
            let exact: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
            let mut gate = vec![0.0; values.len()];
            gated(level, &values, &values, &mut gate);
            for (gate, x) in gate.iter().zip(&exact) {
                let expected = x * x / (1.0 + (-x).exp());
                prop_assert!((f64::from(*gate) - expected).abs() <= 1e-6 * expected.abs());
            }
            let logsum = exact.iter().map(|x| x.exp()).sum::<f64>().ln();
            prop_assert!((f64::from(log_sum_exp(level, &values)) - logsum).abs() < 1e-5);
        }
    }

    /// e^x by way of SwiGLU would test it badly: softmax of two scores is exp itself.
    fn exp_of(level: Level, x: f32) -> f32 {
        let mut scores = [0.0, x];
        softmax_weights(level, &mut scores, 1.0);
        scores[1]
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        for level in Level::available() {
            let mut worst = 0.0f64;
            for step in -86_999..0 {
                let x = step as f32 / 1000.0;
                let exact = f64::from(x).exp();
                worst = worst.max((f64::from(exp_of(level, x)) - exact).abs() / exact);
            }
            assert!(worst < 1.2e-7, "{level:?}: {worst}");
            assert_eq!(exp_of(level, f32::NEG_INFINITY), 0.0);
            assert_eq!(exp_of(level, -88.0), 0.0);
            assert_eq!(exp_of(level, 0.0), 1.0);
        }
    }
}
