//! What happens between the matrix products: norms, rotations, activations, sums of exponentials.

use super::kernel;
use super::lanes::{LANES, Lanes, exp, fused, load, total};

kernel! {
    /// RMSNorm of each vector of `inputs` (Zhang and Sennrich, 2019) to `outputs`; the length of a vector is that of `scale`.
    pub fn rms_norm(inputs: &[f32], scale: &[f32], epsilon: f32, outputs: &mut [f32]) = rms_norm_body
}

#[inline(always)]
fn rms_norm_body(inputs: &[f32], scale: &[f32], epsilon: f32, outputs: &mut [f32]) {
    let size = scale.len();
    for (input, output) in inputs.chunks_exact(size).zip(outputs.chunks_exact_mut(size)) {
        let factor = 1.0 / (sum_of_squares(input) / size as f32 + epsilon).sqrt();
        for ((output, &input), &scale) in output.iter_mut().zip(input).zip(scale) {
            *output = input * factor * scale;
        }
    }
}

#[inline(always)]
fn sum_of_squares(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        sums = fused(*chunk, *chunk, sums);
    }
    let mut last = [0.0; LANES];
    last[..rest.len()].copy_from_slice(rest);
    total(fused(last, last, sums))
}

kernel! {
    /// RMSNorm of one head in place where there is a `scale`, then its rotation by the angles of its position
    /// (RoPE, Su et al., 2021; number i is paired with number i + head_dim / 2).
    pub fn rotate(head: &mut [f32], scale: Option<&[f32]>, epsilon: f32, cosines: &[f32], sines: &[f32]) = rotate_body
}

#[inline(always)]
fn rotate_body(head: &mut [f32], scale: Option<&[f32]>, epsilon: f32, cosines: &[f32], sines: &[f32]) {
    if let Some(scale) = scale {
        let factor = 1.0 / (sum_of_squares(head) / head.len() as f32 + epsilon).sqrt();
        for (value, &scale) in head.iter_mut().zip(scale) {
            *value = *value * factor * scale;
        }
    }
    let (first, second) = head.split_at_mut(head.len() / 2);
    for (((a, b), &cosine), &sine) in first.iter_mut().zip(second).zip(cosines).zip(sines) {
        let (x, y) = (*a, *b);
        *a = x * cosine - y * sine;
        *b = y * cosine + x * sine;
    }
}

kernel! {
    /// `output += input`.
    pub fn add_assign(output: &mut [f32], input: &[f32]) = add_assign_body
}

#[inline(always)]
fn add_assign_body(output: &mut [f32], input: &[f32]) {
    for (output, &input) in output.iter_mut().zip(input) {
        *output += input;
    }
}

kernel! {
    /// SwiGLU (Shazeer, 2020): `silu(gate) * up` to `output`.
    pub fn gated(gate: &[f32], up: &[f32], output: &mut [f32]) = gated_body
}

#[inline(always)]
fn gated_body(gate: &[f32], up: &[f32], output: &mut [f32]) {
    let (outputs, rest) = output.as_chunks_mut::<LANES>();
    for (index, output) in outputs.iter_mut().enumerate() {
        *output = gated_lanes(load(&gate[index * LANES..]), load(&up[index * LANES..]));
    }
    let done = outputs.len() * LANES;
    for (index, output) in rest.iter_mut().enumerate() {
        *output = gated_lanes([gate[done + index]; LANES], [up[done + index]; LANES])[0];
    }
}

#[inline(always)]
fn gated_lanes(gate: Lanes, up: Lanes) -> Lanes {
    let decay = exp(gate.map(|value| -value));
    std::array::from_fn(|lane| gate[lane] / (1.0 + decay[lane]) * up[lane])
}

kernel! {
    /// Replace scores by e^((score - highest) * factor) and return their sum; the length is a multiple of sixteen.
    pub fn softmax_weights(scores: &mut [f32], factor: f32) -> f32 = softmax_weights_body
}

#[inline(always)]
pub fn softmax_weights_body(scores: &mut [f32], factor: f32) -> f32 {
    let (chunks, rest) = scores.as_chunks_mut::<LANES>();
    assert!(rest.is_empty());
    let highest = highest(chunks);
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        *chunk = exp(chunk.map(|score| (score - highest) * factor));
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    total(sums)
}

#[inline(always)]
fn highest(chunks: &[Lanes]) -> f32 {
    let mut highest = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            highest[lane] = if chunk[lane] > highest[lane] {
                chunk[lane]
            } else {
                highest[lane]
            };
        }
    }
    highest
        .into_iter()
        .fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a })
}

kernel! {
    /// The natural logarithm of the sum of e^logit; the length is a multiple of sixteen (pad with -infinity).
    pub fn log_sum_exp(logits: &[f32]) -> f32 = log_sum_exp_body
}

#[inline(always)]
fn log_sum_exp_body(logits: &[f32]) -> f32 {
    let (chunks, rest) = logits.as_chunks::<LANES>();
    assert!(rest.is_empty());
    let highest = highest(chunks);
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        let powers = exp(chunk.map(|logit| logit - highest));
        for lane in 0..LANES {
            sums[lane] += powers[lane];
        }
    }
    highest + libm::logf(total(sums))
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
            values in proptest::collection::vec(-60f32..60.0, 1..70), scale in proptest::collection::vec(-3f32..3.0, 70)
        ) {
            let size = values.len();
            let results: Vec<_> = Level::available().into_iter().map(|level| {
                let mut norm = vec![0.0; size];
                rms_norm(level, &values, &scale[..size], 1e-6, &mut norm);
                let mut gate = vec![0.0; size];
                gated(level, &values, &scale[..size], &mut gate);
                let mut scores = values.clone();
                scores.resize(size.next_multiple_of(LANES), f32::NEG_INFINITY);
                let logsum = log_sum_exp(level, &scores);
                let sum = softmax_weights(level, &mut scores, 0.7);
                (bits(&norm), bits(&gate), bits(&scores), sum.to_bits(), logsum.to_bits())
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
            let mut scores = values.clone();
            scores.resize(values.len().next_multiple_of(LANES), f32::NEG_INFINITY);
            let logsum = exact.iter().map(|x| x.exp()).sum::<f64>().ln();
            prop_assert!((f64::from(log_sum_exp(level, &scores)) - logsum).abs() < 1e-5);
        }
    }
}
