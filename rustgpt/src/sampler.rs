//! How the next token is chosen from the logits.

use std::cmp::Ordering;

use crate::kernels::{Level, softmax_weights};
use crate::random::uniform;
use crate::repeats::Repeats;

/// Temperatures up to this one are greedy: the likeliest token, the lowest id of equals.
const GREEDY: f32 = 1e-6;

/// Settings of a choice, applied in this order.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Logits of tokens that are in the sequence already are divided by it where positive, else multiplied (Keskar et
    /// al., 2019); 1 changes nothing.
    pub repetition_penalty: f32,
    /// No run of so many tokens comes twice; 0 allows all.
    pub no_repeat_ngram: usize,
    /// Logits are divided by it; 0 is greedy.
    pub temperature: f32,
    /// Only the k likeliest tokens; 0 is all.
    pub top_k: usize,
    /// Only the likeliest tokens that together reach this share of the probability (Holtzman et al., 2020); 1 is all.
    pub top_p: f64,
    /// Only tokens at least this many times as likely as the likeliest (Nguyen et al., 2024); 0 is all.
    pub min_p: f32,
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            repetition_penalty: 1.0,
            no_repeat_ngram: 0,
            temperature: 0.8,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            seed: 0,
        }
    }
}

impl Sampling {
    /// Only the likeliest token can be chosen.
    fn greedy(&self) -> bool {
        self.temperature <= GREEDY || self.top_k == 1
    }
}

/// Proportional to a probability; the likeliest token's is `ONE`. In whole numbers sums are exact, so that it doesn't
/// matter in which order they are made.
type Weight = u32;

const ONE: f32 = (1 << 30) as f32;

/// A token and its logit.
type Ranked = (f32, u32);

/// The likelier first, of equals the lower id.
fn by_rank(a: &Ranked, b: &Ranked) -> Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

/// What ranks after all tokens.
const NOWHERE: Ranked = (f32::NEG_INFINITY, u32::MAX);

/// Parts of the range of shares of the likeliest token's probability: by exponent and first three digits.
const PARTS: usize = part(1.0) + 1;

const fn part(share: f32) -> usize {
    (share.to_bits() >> 20) as usize
}

/// Chooses tokens; keeps its memory between choices.
#[derive(Default)]
pub struct Sampler {
    repeats: Repeats,
    shares: Vec<f32>,
    weights: Vec<Weight>,
    parts: Vec<u64>,
    ranked: Vec<Ranked>,
}

impl Sampler {
    /// The token to follow `sequence`, in take `take`, given its finite `logits`.
    pub fn choose(&mut self, level: Level, logits: &[f32], sampling: &Sampling, sequence: &[u32], take: u64) -> u32 {
        let random = uniform(sampling.seed, take, sequence.len() as u64);
        let mut repeats = std::mem::take(&mut self.repeats);
        let token = self.draw(level, repeats.held_back(logits, sampling, sequence), sampling, random);
        self.repeats = repeats;
        token
    }

    /// With what probability each token is chosen to follow `sequence`, given its finite `logits`.
    pub fn probabilities(&mut self, level: Level, logits: &[f32], sampling: &Sampling, sequence: &[u32]) -> Vec<f64> {
        let mut repeats = std::mem::take(&mut self.repeats);
        let logits = repeats.held_back(logits, sampling, sequence);
        let mut probabilities = vec![0.0; logits.len()];
        if sampling.greedy() {
            probabilities[likeliest(logits) as usize] = 1.0;
        } else {
            let total = self.weigh(level, logits, sampling) as f64;
            for (probability, &weight) in probabilities.iter_mut().zip(&self.weights) {
                *probability = f64::from(weight) / total;
            }
        }
        self.repeats = repeats;
        probabilities
    }

    /// The token that the random number `uniform` in [0, 1) picks.
    fn draw(&mut self, level: Level, logits: &[f32], sampling: &Sampling, uniform: f64) -> u32 {
        if sampling.greedy() {
            return likeliest(logits);
        }
        let total = self.weigh(level, logits, sampling);
        let target = (uniform * total as f64) as u64;
        let mut sum = 0;
        let picked = self.weights.iter().position(|&weight| {
            sum += u64::from(weight);
            sum > target
        });
        picked.map_or_else(|| likeliest(logits), |id| id as u32)
    }

    /// Weigh every token, and return the sum of all weights.
    fn weigh(&mut self, level: Level, logits: &[f32], sampling: &Sampling) -> u64 {
        self.shares.clear();
        self.shares.extend_from_slice(logits);
        softmax_weights(level, &mut self.shares, 1.0 / sampling.temperature);
        self.weights.clear();
        self.weights
            .extend(self.shares.iter().map(|share| (share * ONE) as i32 as Weight));
        if sampling.top_k > 0 && sampling.top_k < logits.len() {
            let end = self.end_of_top_k(logits, sampling.top_k);
            self.cut(logits, end, 0);
        }
        let least = (sampling.min_p * ONE) as Weight;
        if sampling.top_p < 1.0 {
            let end = self.end_of_top_p(logits, sampling.top_p);
            self.cut(logits, end, least);
        } else if least > 0 {
            self.cut(logits, NOWHERE, least);
        }
        self.weights.iter().map(|&weight| u64::from(weight)).sum()
    }

    /// The last of the `top_k` likeliest tokens.
    fn end_of_top_k(&mut self, logits: &[f32], top_k: usize) -> Ranked {
        self.ranked.clear();
        self.ranked.extend(logits.iter().copied().zip(0..));
        *self.ranked.select_nth_unstable_by(top_k - 1, by_rank).1
    }

    /// The last of the likeliest tokens that together reach the share `top_p` of what is left. Only the part of the
    /// range of weights in which it lies needs to be ranked.
    fn end_of_top_p(&mut self, logits: &[f32], top_p: f64) -> Ranked {
        self.parts.clear();
        self.parts.resize(PARTS, 0);
        for (&share, &weight) in self.shares.iter().zip(&self.weights) {
            self.parts[part(share)] += u64::from(weight);
        }
        let share = (top_p * self.parts.iter().sum::<u64>() as f64) as u64;
        let mut sum = 0;
        let last = self.parts.iter().rposition(|weight| {
            sum += weight;
            sum >= share
        });
        let Some(last) = last else { return NOWHERE };
        sum -= self.parts[last];
        self.ranked.clear();
        for ((id, &logit), (&share, &weight)) in (0..).zip(logits).zip(self.shares.iter().zip(&self.weights)) {
            if part(share) == last && weight > 0 {
                self.ranked.push((logit, id));
            }
        }
        self.ranked.sort_unstable_by(by_rank);
        let end = self.ranked.iter().find(|(_, id)| {
            sum += u64::from(self.weights[*id as usize]);
            sum >= share
        });
        end.copied().unwrap_or(NOWHERE)
    }

    /// Take their weight from all tokens that rank after `end`, and from those that weigh less than `least`.
    fn cut(&mut self, logits: &[f32], end: Ranked, least: Weight) {
        for ((id, &logit), weight) in (0..).zip(logits).zip(&mut self.weights) {
            let kept = ((logit > end.0) | ((logit == end.0) & (id <= end.1))) & (*weight >= least);
            *weight &= Weight::from(kept).wrapping_neg();
        }
    }
}

fn likeliest(logits: &[f32]) -> u32 {
    let mut best = (f32::NEG_INFINITY, 0);
    for (&logit, id) in logits.iter().zip(0..) {
        if logit > best.0 {
            best = (logit, id);
        }
    }
    best.1
}

/// The `count` likeliest tokens, best first.
pub fn top(logits: &[f32], count: usize) -> Vec<u32> {
    let mut ranked: Vec<Ranked> = logits.iter().copied().zip(0..).collect();
    let count = count.min(ranked.len());
    if count > 0 && count < ranked.len() {
        ranked.select_nth_unstable_by(count - 1, by_rank);
    }
    ranked.truncate(count);
    ranked.sort_unstable_by(by_rank);
    ranked.into_iter().map(|(_, id)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, word for word: sort all, keep k, keep until the share is reached, walk along.
    fn plain(logits: &[f32], sampling: &Sampling, uniform: f64) -> u32 {
        let mut ranked: Vec<(f32, u32)> = logits.iter().copied().zip(0..).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        if sampling.top_k > 0 {
            ranked.truncate(sampling.top_k);
        }
        let highest = f64::from(ranked[0].0);
        let mut shares: Vec<(f64, u32)> = ranked
            .iter()
            .map(|&(logit, id)| {
                (
                    ((f64::from(logit) - highest) / f64::from(sampling.temperature)).exp(),
                    id,
                )
            })
            .collect();
        let total: f64 = shares.iter().map(|share| share.0).sum();
        let mut sum = 0.0;
        let mut kept = 0;
        while kept < shares.len() && (kept == 0 || sum < sampling.top_p * total) {
            sum += shares[kept].0;
            kept += 1;
        }
        shares.truncate(kept);
        shares.retain(|share| share.0 >= f64::from(sampling.min_p));
        shares.sort_by_key(|share| share.1);
        let target = uniform * shares.iter().map(|share| share.0).sum::<f64>();
        let mut sum = 0.0;
        shares
            .iter()
            .find(|share| {
                sum += share.0;
                sum > target
            })
            .unwrap_or(shares.last().unwrap())
            .1
    }

    proptest! {
        #[test]
        fn it_chooses_as_defined(
            logits in proptest::collection::vec(-8f32..8.0, 1..200),
            temperature in 0.2f32..3.0,
            top_k in 0usize..40,
            top_p in prop_oneof![Just(1.0), 0.05f64..1.0],
            min_p in prop_oneof![Just(0.0), 0.001f32..1.0],
            uniforms in proptest::collection::vec(0.0f64..1.0, 20),
        ) {
            let sampling = Sampling { temperature, top_k, top_p, min_p, ..Default::default() };
            let mut sampler = Sampler::default();
            // A random number that falls within a rounding error of a border may fall on either side of it.
            let agreed = uniforms.iter().filter(|&&uniform| {
                sampler.draw(Level::detect(), &logits, &sampling, uniform) == plain(&logits, &sampling, uniform)
            });
            prop_assert!(agreed.count() >= 19);
        }

        #[test]
        fn tokens_are_chosen_as_often_as_their_probability_says(
            logits in proptest::collection::vec(-4f32..4.0, 1..12),
            sequence in proptest::collection::vec(0u32..12, 0..12),
            temperature in prop_oneof![Just(0.0f32), 0.3f32..3.0],
            top_k in 0usize..8,
            top_p in prop_oneof![Just(1.0), 0.2f64..1.0],
            repetition_penalty in prop_oneof![Just(1.0f32), 1.0f32..2.0],
            no_repeat_ngram in 0usize..3,
        ) {
            let mut sampling =
                Sampling { temperature, top_k, top_p, repetition_penalty, no_repeat_ngram, ..Default::default() };
            let mut sampler = Sampler::default();
            let probabilities = sampler.probabilities(Level::detect(), &logits, &sampling, &sequence);
            prop_assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let mut times = vec![0.0; logits.len()];
            for seed in 0..2000 {
                sampling.seed = seed;
                times[sampler.choose(Level::detect(), &logits, &sampling, &sequence, 0) as usize] += 1.0 / 2000.0;
            }
            for (probability, share) in probabilities.iter().zip(times) {
                prop_assert!((probability - share).abs() < 0.07, "{probability} {share}");
                prop_assert!(*probability > 0.0 || share == 0.0);
            }
        }

        #[test]
        fn greedy_takes_the_first_of_the_likeliest(mut logits in proptest::collection::vec(-8f32..8.0, 2..100), at in 0usize..98) {
            let at = at.min(logits.len() - 2);
            logits[at] = 9.0;
            *logits.last_mut().unwrap() = 9.0;
            let mut sampler = Sampler::default();
            for sampling in [
                Sampling { temperature: 0.0, ..Default::default() },
                Sampling { top_k: 1, ..Default::default() },
                Sampling { top_p: 1e-9, ..Default::default() },
            ] {
                prop_assert_eq!(sampler.draw(Level::detect(), &logits, &sampling, 0.999), at as u32);
            }
        }

        #[test]
        fn the_top_is_ranked(logits in proptest::collection::vec(-8f32..8.0, 1..100), count in 0usize..120) {
            let top = top(&logits, count);
            prop_assert_eq!(top.len(), count.min(logits.len()));
            prop_assert!(top.windows(2).all(|pair| logits[pair[0] as usize] >= logits[pair[1] as usize]));
        }
    }

    #[test]
    fn something_always_follows() {
        let sampling = Sampling {
            no_repeat_ngram: 1,
            ..Default::default()
        };
        let token = Sampler::default().choose(Level::detect(), &[0.0, 1.0], &sampling, &[0, 1], 0);
        assert!(token < 2);
    }
}
