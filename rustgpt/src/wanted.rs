//! Help towards words that somebody asked for: the tokens that say one become likelier the longer it is missing. What
//! the model finds impossible stays so, and a word comes where it fits best.

/// What a missing word's tokens gain with each token that was told without it, in nats, and what they gain at most.
const RISE: f32 = 0.06;
const MOST: f32 = 6.0;

/// A word: the ways to write it, each as tokens. It is said when one of them is.
pub type Word = Vec<Vec<u32>>;

/// Add to `logits` what the missing ones of `words` gain after `told`.
pub fn favour(logits: &mut [f32], words: &[Word], told: &[u32]) {
    let rising = (RISE * told.len() as f32).min(MOST);
    let missing = words.iter().filter(|word| !word.iter().any(|way| holds(told, way)));
    let mut gains: Vec<(u32, f32)> = missing
        .flatten()
        .filter_map(|way| {
            let begun = begun(told, way);
            // What was begun is to be said to its end.
            let gain = if begun > 0 { MOST } else { rising };
            way.get(begun).map(|&token| (token, gain))
        })
        .collect();
    // Words that begin alike don't gain twice.
    gains.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    gains.dedup_by_key(|gain| gain.0);
    for (token, gain) in gains {
        if let Some(logit) = logits.get_mut(token as usize) {
            *logit += gain;
        }
    }
}

fn holds(told: &[u32], way: &[u32]) -> bool {
    way.is_empty() || told.windows(way.len()).any(|window| window == way)
}

/// How many tokens of `way`, but not all, `told` ends with.
fn begun(told: &[u32], way: &[u32]) -> usize {
    (1..way.len())
        .rev()
        .find(|&count| told.ends_with(&way[..count]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gains(words: &[Word], told: &[u32]) -> Vec<f32> {
        let mut logits = vec![0.0; 8];
        favour(&mut logits, words, told);
        logits
    }

    #[test]
    fn a_missing_word_gains_more_and_more() {
        let words = [vec![vec![3]]];
        assert_eq!(gains(&words, &[]), vec![0.0; 8]);
        assert_eq!(gains(&words, &[1; 10])[3], 10.0 * RISE);
        assert_eq!(gains(&words, &[1; 1000])[3], MOST);
        assert_eq!(gains(&words, &[1; 10]).iter().filter(|&&gain| gain > 0.0).count(), 1);
    }

    #[test]
    fn what_was_begun_is_to_be_ended_and_what_was_said_gains_nothing() {
        let words = [vec![vec![3, 4, 5], vec![6]]];
        assert_eq!(gains(&words, &[1, 3, 4])[5], MOST);
        assert!(gains(&words, &[1, 3, 4])[6] > 0.0);
        assert_eq!(gains(&words, &[1, 3, 4, 5, 1]), vec![0.0; 8]);
        assert_eq!(gains(&words, &[6, 1]), vec![0.0; 8]);
    }

    #[test]
    fn words_that_begin_alike_gain_once_and_unknown_tokens_nothing() {
        let words = [vec![vec![3, 4]], vec![vec![3, 5]], vec![vec![99]], vec![vec![]]];
        assert_eq!(gains(&words, &[1; 10])[3], 10.0 * RISE);
        assert_eq!(gains(&words, &[1, 3])[4], MOST);
    }
}
