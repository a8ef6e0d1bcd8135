//! Rotary positions (Su et al., 2021): by which angles the pairs of a head turn.

use crate::config::Config;

/// Cosines and sines of RoPE, `head_dim / 2` of each for every position so far.
pub struct Angles {
    frequencies: Vec<f32>,
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Angles {
    pub fn new(config: &Config) -> Self {
        // Rounded to float32 where PyTorch's models round, so that far positions turn by the same angles.
        let frequency =
            |index: usize| libm::pow(config.rope_theta, -2.0 * index as f64 / config.head_dim as f64) as f32;
        let frequencies = (0..config.head_dim / 2).map(frequency).collect();
        Self {
            frequencies,
            cosines: Vec::new(),
            sines: Vec::new(),
        }
    }

    /// Have the angles of all positions below `positions`.
    pub fn reach(&mut self, positions: usize) {
        for position in self.cosines.len() / self.frequencies.len()..positions {
            for &frequency in &self.frequencies {
                let angle = f64::from(position as f32 * frequency);
                self.cosines.push(libm::cos(angle) as f32);
                self.sines.push(libm::sin(angle) as f32);
            }
        }
    }

    /// Those of one position.
    pub fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let size = self.frequencies.len();
        let range = position * size..(position + 1) * size;
        (&self.cosines[range.clone()], &self.sines[range])
    }
}
