use proptest::prelude::*;
use rustcorpus::Copies;

fn longest(texts: &[&str], stories: &[&str]) -> Vec<u32> {
    let mut copies = Copies::new(texts.iter().copied()).unwrap();
    stories.iter().for_each(|story| copies.read(story));
    copies.longest()
}

#[test]
fn the_longest_run_is_found_whatever_its_case_and_punctuation() {
    let texts = ["The dog saw a big cat.", "moon", "", "a big, big tree"];
    let stories = ["One day the dog saw a bird.", "It was A BIG cat! Big tree."];
    assert_eq!(longest(&texts, &stories), [4, 0, 0, 2]);
}

#[test]
fn runs_end_where_stories_and_texts_do() {
    assert_eq!(longest(&["one two three"], &["zero one", "two three"]), [2]);
    assert_eq!(longest(&["one two", "three four"], &["one two three four"]), [2, 2]);
    assert_eq!(longest(&["one two"], &[]), [0]);
}

/// The definition, spelled out.
fn plainly(text: &[u8], stories: &[Vec<u8>]) -> u32 {
    let shared = |run: &[u8]| {
        stories
            .iter()
            .any(|story| story.windows(run.len()).any(|part| part == run))
    };
    let runs = (0..text.len()).flat_map(|begin| (begin + 1..=text.len()).map(move |end| &text[begin..end]));
    runs.filter(|run| shared(run))
        .map(|run| run.len() as u32)
        .max()
        .unwrap_or(0)
}

proptest! {
    #[test]
    fn it_is_what_the_definition_says(
        texts in prop::collection::vec(prop::collection::vec(b'a'..b'd', 0..12), 0..6),
        stories in prop::collection::vec(prop::collection::vec(b'a'..b'e', 0..20), 0..6),
    ) {
        let spaced = |words: &Vec<u8>| words.iter().map(|&word| format!("{} ", word as char)).collect::<String>();
        let (told, read): (Vec<_>, Vec<_>) = (texts.iter().map(spaced).collect(), stories.iter().map(spaced).collect());
        let (told, read): (Vec<_>, Vec<_>) = (told.iter().map(|s| &**s).collect(), read.iter().map(|s| &**s).collect());
        let expected: Vec<u32> = texts.iter().map(|text| plainly(text, &stories)).collect();
        prop_assert_eq!(longest(&told, &read), expected);
    }
}
