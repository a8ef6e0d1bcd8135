use std::collections::BTreeMap;

use proptest::prelude::*;
use rustc_hash::FxHashSet;
use rustcorpus::{WordCounts, unknown_words, words};

#[test]
fn words_are_runs_of_letters_with_inner_apostrophes() {
    let found: Vec<&str> = words("'Don't!' Tim's café-dog, 3 cats' x_y ''").collect();
    assert_eq!(found, ["Don't", "Tim's", "café", "dog", "cats", "x", "y"]);
    assert_eq!(words(&"a".repeat(33)).count(), 0);
}

#[test]
fn counts_fold_case_and_merge() {
    let (mut one, mut other) = (WordCounts::default(), WordCounts::default());
    one.add("The dog. the Cat. ÉTÉ été");
    other.add("THE end");
    one.merge(other);
    let expected = [("the", 3), ("été", 2), ("cat", 1), ("dog", 1), ("end", 1)];
    assert_eq!(one.sorted(), expected.map(|(word, count)| (word.to_owned(), count)));
}

proptest! {
    #[test]
    fn counts_are_those_of_the_words(text in "[a-cA-C' .]{0,40}|[a-z' ]{0,200}|[a-cÉé'\u{0} ]{0,60}") {
        let mut counts = WordCounts::default();
        counts.add(&text);
        let mut plain = BTreeMap::new();
        words(&text).for_each(|word| *plain.entry(word.to_lowercase()).or_insert(0) += 1);
        prop_assert_eq!(counts.sorted().into_iter().collect::<BTreeMap<_, u64>>(), plain);
    }
}

#[test]
fn unknown_words_are_counted() {
    let known: FxHashSet<String> = ["the", "dog"].map(String::from).into_iter().collect();
    assert_eq!(unknown_words("The dog saw the Moon.", &known), (2, 5));
}
