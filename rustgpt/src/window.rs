//! Which tokens of a sequence that has outgrown the context the model still sees.
//!
//! The opening stays (it names the people of the story), the newest stay, and the middle is forgotten half a context
//! at a time: then what is left is read again from the start, at its new positions. What is visible depends on the
//! length of the sequence alone, so a story told in one go and one gone on with are the same.

use std::ops::Range;

/// The forgotten tokens of a sequence of `length` tokens; what is left fits into `context` tokens.
pub fn forgotten(length: usize, context: usize) -> Range<usize> {
    let opening = context / 8;
    let steps = length.saturating_sub(context).div_ceil(context / 2);
    opening..opening + steps * (context / 2)
}

/// What the model sees of `sequence`.
pub fn visible(sequence: &[u32], context: usize) -> Vec<u32> {
    without(sequence, forgotten(sequence.len(), context))
}

/// `sequence` without what is `gone`.
pub fn without(sequence: &[u32], gone: Range<usize>) -> Vec<u32> {
    if gone.is_empty() {
        return sequence.to_vec();
    }
    [&sequence[..gone.start], &sequence[gone.end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_left_fits_and_is_much(length in 0usize..10_000, context in 16usize..600) {
            let gone = forgotten(length, context);
            let left = length - gone.len();
            prop_assert!(left <= context);
            if length <= context {
                prop_assert!(gone.is_empty());
            } else {
                prop_assert!(gone.end < length && left > context / 2 - 1);
            }
        }

        #[test]
        fn one_token_more_never_brings_a_token_back(length in 0usize..10_000, context in 16usize..600) {
            let (now, then) = (forgotten(length, context), forgotten(length + 1, context));
            prop_assert!(now.start == then.start && now.end <= then.end);
        }
    }
}
