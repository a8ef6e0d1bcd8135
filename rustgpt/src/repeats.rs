//! What keeps a story from saying the same again: penalties on tokens, bans on runs of them.

use crate::sampler::Sampling;

/// Holds back what is in the sequence already; keeps its memory from call to call.
#[derive(Default)]
pub struct Repeats {
    logits: Vec<f32>,
    seen: Vec<bool>,
}

impl Repeats {
    /// `logits` after the penalties and bans that `sampling` asks for, given `sequence`.
    pub fn held_back<'a>(&'a mut self, logits: &'a [f32], sampling: &Sampling, sequence: &[u32]) -> &'a [f32] {
        if sampling.repetition_penalty == 1.0 && sampling.no_repeat_ngram == 0 {
            return logits;
        }
        self.logits.clear();
        self.logits.extend_from_slice(logits);
        penalise(&mut self.logits, &mut self.seen, sampling.repetition_penalty, sequence);
        if ban_repeats(&mut self.logits, sampling.no_repeat_ngram, sequence) == logits.len() {
            // Nothing may follow, but something must.
            return logits;
        }
        &self.logits
    }
}

/// Hold back each token of `sequence` once; `seen` is memory.
fn penalise(logits: &mut [f32], seen: &mut Vec<bool>, penalty: f32, sequence: &[u32]) {
    seen.clear();
    seen.resize(logits.len(), false);
    for &token in sequence {
        let token = token as usize;
        if let Some(seen) = seen.get_mut(token).filter(|seen| !**seen) {
            *seen = true;
            logits[token] = if logits[token] > 0.0 {
                logits[token] / penalty
            } else {
                logits[token] * penalty
            };
        }
    }
}

/// Make every token impossible that would complete a run of `size` tokens which is in `sequence` already; return how
/// many those are.
fn ban_repeats(logits: &mut [f32], size: usize, sequence: &[u32]) -> usize {
    if size == 0 || sequence.len() < size {
        return 0;
    }
    let newest = &sequence[sequence.len() + 1 - size..];
    let mut banned = 0;
    for run in sequence.windows(size) {
        let token = run[size - 1] as usize;
        if &run[..size - 1] == newest && logits.get(token).is_some_and(|logit| *logit > f32::NEG_INFINITY) {
            logits[token] = f32::NEG_INFINITY;
            banned += 1;
        }
    }
    banned
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_run_comes_twice(tokens in proptest::collection::vec(0u32..4, 0..40), size in 1usize..5) {
            let mut logits = vec![0.0; 4];
            let banned = ban_repeats(&mut logits, size, &tokens);
            for (token, logit) in (0..).zip(&logits) {
                let mut next = tokens.clone();
                next.push(token);
                let run = &next[next.len().saturating_sub(size)..];
                let repeats = run.len() == size && tokens.windows(size).any(|before| before == run);
                prop_assert_eq!(repeats, *logit == f32::NEG_INFINITY);
            }
            prop_assert_eq!(banned, logits.iter().filter(|logit| **logit == f32::NEG_INFINITY).count());
        }
    }

    #[test]
    fn a_penalty_falls_once_on_each_token_that_was_there() {
        let mut logits = vec![2.0, -2.0, 2.0, -2.0];
        penalise(&mut logits, &mut Vec::new(), 2.0, &[0, 1, 0, 0, 1]);
        assert_eq!(logits, [1.0, -4.0, 2.0, -2.0]);
    }
}
