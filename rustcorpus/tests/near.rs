use std::collections::HashSet;

use proptest::prelude::*;
use rustcorpus::{NearIndex, SIGNATURE_BYTES, signature};

fn signature_of(words: &[u16]) -> Vec<u8> {
    let text: Vec<String> = words.iter().map(|word| format!("w{word}")).collect();
    let (mut shingles, mut out) = (Vec::new(), Vec::new());
    signature(&text.join(" "), &mut shingles, &mut out);
    out
}

fn similarity(one: &[u16], other: &[u16]) -> f64 {
    let runs = |words: &[u16]| words.windows(3).map(<[u16]>::to_vec).collect::<HashSet<_>>();
    let (one, other) = (runs(one), runs(other));
    one.intersection(&other).count() as f64 / one.union(&other).count() as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn near_copies_are_found_and_others_kept(
        words in prop::collection::vec(0u16..1000, 80..200),
        edits in prop::collection::vec((0usize..80, 1000u16..2000), 0..40),
    ) {
        let mut other = words.clone();
        for (place, word) in edits {
            other[place] = word;
        }
        let mut index = NearIndex::new(10, 0.6);
        prop_assert!(index.is_new(&signature_of(&words)));
        let is_new = index.is_new(&signature_of(&other));
        let similarity = similarity(&words, &other);
        if similarity > 0.85 {
            prop_assert!(!is_new, "{}", similarity);
        } else if similarity < 0.35 {
            prop_assert!(is_new, "{}", similarity);
        }
    }

    #[test]
    fn any_bytes_are_survived(text in "\\PC{0,40}", junk in prop::collection::vec(any::<u8>(), 0..300)) {
        let (mut shingles, mut out) = (Vec::new(), Vec::new());
        signature(&text, &mut shingles, &mut out);
        prop_assert_eq!(out.len(), SIGNATURE_BYTES);
        let mut index = NearIndex::new(2, 0.7); // junk may have the size of a signature
        index.is_new(&junk);
        index.is_new(&out);
        prop_assert!(!index.is_new(&out));
    }
}

#[test]
fn case_and_punctuation_make_no_difference() {
    let (mut shingles, mut one, mut other) = (Vec::new(), Vec::new(), Vec::new());
    signature("One day, Tim ran. He fell!", &mut shingles, &mut one);
    signature("one day tim  ran - he \"fell\"", &mut shingles, &mut other);
    assert_eq!(one, other);
}

#[test]
fn the_estimate_is_near_the_truth() {
    // Overlapping halves of one long row of distinct words: similarity 1/3.
    let words: Vec<u16> = (0..600).collect();
    let (one, other) = (signature_of(&words[..402]), signature_of(&words[198..]));
    let equal = one[100..].iter().zip(&other[100..]).filter(|(a, b)| a == b).count();
    assert!((20..=48).contains(&equal), "{equal} of 100");
}
