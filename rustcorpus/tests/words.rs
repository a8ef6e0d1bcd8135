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
    assert_eq!(
        one.sorted(),
        [("the", 3), ("été", 2), ("cat", 1), ("dog", 1), ("end", 1)]
    );
}

#[test]
fn unknown_words_are_counted() {
    let known: FxHashSet<String> = ["the", "dog"].map(String::from).into_iter().collect();
    assert_eq!(unknown_words("The dog saw the Moon.", &known), (2, 5));
}
