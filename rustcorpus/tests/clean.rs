use proptest::prelude::*;
use rustcorpus::{Change, Cleaner, Drop, Rules};

const ALL: Rules = Rules {
    quotes: true,
    fragments: true,
    min_ascii: 0.5,
    min_words: 3,
    max_words: 8,
    cut_off: true,
};
const NONE: Rules = Rules {
    quotes: false,
    fragments: false,
    min_ascii: 0.0,
    min_words: 0,
    max_words: 0,
    cut_off: false,
};

fn clean(rules: Rules, text: &str) -> Result<(String, u8), Drop> {
    let mut out = String::from("before");
    let result = Cleaner::new(rules).clean(text, &mut out);
    assert!(out.starts_with("before"));
    match result {
        Ok(changes) => Ok((out["before".len()..].to_owned(), changes)),
        Err(reason) => {
            assert_eq!(out, "before");
            Err(reason)
        }
    }
}

#[test]
fn stories_are_left_out_for_their_reason() {
    for (text, reason) in [
        (" \n\t\u{200b}", Drop::Empty),
        ("He said <|im_end|> and left.", Drop::Fragment),
        ("The caf\u{fffd} was nice.", Drop::Fragment),
        ("Жила-была девочка одна.", Drop::Foreign),
        ("The end.", Drop::TooShort),
        ("One two three four five six seven eight nine.", Drop::TooLong),
        ("And then he went to", Drop::CutOff),
    ] {
        assert_eq!(clean(ALL, text), Err(reason), "{text}");
    }
    for text in [
        "He is <| not |> markup.",
        "\"Is it?\" she said.)",
        "She said, “Yes!”",
        "I saw 5 < 6!",
    ] {
        assert!(clean(ALL, text).is_ok(), "{text}");
    }
}

#[test]
fn changes_are_made_and_told() {
    let (text, changes) = clean(ALL, "  “Cafe\u{301}”\u{200b} \t is — nice…\r\n\r\n").unwrap();
    assert_eq!(text, "\"Café\" is - nice...");
    let all = Change::Unicode as u8 | Change::Quotes as u8 | Change::Controls as u8 | Change::Spaces as u8;
    assert_eq!(changes, all);
    assert_eq!(
        clean(ALL, "One day\nTim ran.").unwrap(),
        ("One day\nTim ran.".to_owned(), 0)
    );
}

proptest! {
    #[test]
    fn cleaning_twice_is_cleaning_once(text in "\\PC{0,60}|[ -~\u{80}-\u{a0}\u{2010}-\u{2030}e\u{301}\n\r\t]{0,60}") {
        for rules in [NONE, ALL] {
            if let Ok((once, _)) = clean(rules, &text) {
                let (twice, changes) = clean(rules, &once).unwrap();
                prop_assert_eq!(&twice, &once);
                prop_assert_eq!(changes, 0);
            }
        }
    }
}

/// The normal form of ASCII text, character by character.
fn tidied(text: &str) -> String {
    let (mut out, mut gap) = (String::new(), None);
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\x0b' | '\x0c' => gap = Some('\n'),
            ' ' | '\t' => gap = gap.or(Some(' ')),
            control if control.is_ascii_control() => {}
            _ => {
                out.extend(gap.take().filter(|_| !out.is_empty()));
                out.push(character);
            }
        }
    }
    out
}

proptest! {
    #[test]
    fn blocks_and_single_characters_come_to_the_same(text in "([a-c]{30,34}[ \n\t\u{7}.]{1,3}){0,5}|[\0-~]{0,80}") {
        match clean(NONE, &text) {
            Ok((found, changes)) => {
                prop_assert_eq!(&found, &tidied(&text));
                let untouched = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']) == found;
                prop_assert_eq!(changes == 0, untouched);
            }
            Err(reason) => prop_assert!(reason == Drop::Empty && tidied(&text).is_empty()),
        }
    }
}
