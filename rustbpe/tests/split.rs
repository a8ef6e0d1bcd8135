//! The scanner against the regex engine on the pattern that it was written for.

use std::sync::LazyLock;

use fancy_regex::Regex;
use proptest::prelude::*;
use rustbpe::{QWEN2_PATTERN, pieces};

fn by_regex(text: &str) -> Vec<&str> {
    REGEX
        .find_iter(text)
        .map(|found| found.expect("no backtracking limit").as_str())
        .collect()
}

static REGEX: LazyLock<Regex> = LazyLock::new(|| Regex::new(QWEN2_PATTERN).expect("a good pattern"));

/// Text of the characters between which the pattern's alternatives decide.
fn tricky() -> impl Strategy<Value = String> {
    let parts = [
        " ", "  ", "\n", "\r", "\t", "\u{a0}", "\u{85}", "\u{3000}", "'", "'s", "'S", "'ſ", "'ll", "'lL", "'l", "'re",
        "'VE", "'d", "a", "Zz", "é", "字", "\u{301}", "1", "½", "٣", "!", "?!", "“", "🙂", "\0", "\u{7f}", "s", "ſ",
        "K",
    ];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn equals_the_regex_on_tricky_text(text in tricky()) {
        prop_assert_eq!(pieces(&text).collect::<Vec<_>>(), by_regex(&text));
    }
}

proptest! {
    #[test]
    fn equals_the_regex_on_any_text(text in any::<String>()) {
        prop_assert_eq!(pieces(&text).collect::<Vec<_>>(), by_regex(&text));
    }
}
