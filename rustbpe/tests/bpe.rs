//! Training and encoding against slow versions that do what the definition says and nothing else.

use std::collections::HashMap;

use proptest::prelude::*;
use rustbpe::{Output, Pattern, PieceCounts, Tokenizer, Vocabulary, encode_piece, from_json, pieces, to_json, train};

/// Recount all pairs before each merge; compare everything with everything.
fn slow_train(text: &str, wanted: usize) -> Vec<(u32, u32)> {
    let mut words: Vec<Vec<u32>> = pieces(text)
        .map(|piece| piece.bytes().map(u32::from).collect())
        .collect();
    let mut merges = Vec::new();
    while merges.len() < wanted {
        let mut counts: HashMap<(u32, u32), u64> = HashMap::new();
        for word in &words {
            for pair in word.windows(2) {
                *counts.entry((pair[0], pair[1])).or_default() += 1;
            }
        }
        let mut best: Option<((u32, u32), u64)> = None;
        for (pair, count) in counts {
            if best.is_none_or(|(other, most)| count > most || count == most && pair < other) {
                best = Some((pair, count));
            }
        }
        let Some((pair, _)) = best else { break };
        let id = 256 + merges.len() as u32;
        merges.push(pair);
        for word in &mut words {
            let mut position = 0;
            while position + 1 < word.len() {
                if (word[position], word[position + 1]) == pair {
                    word.splice(position..position + 2, [id]);
                }
                position += 1;
            }
        }
    }
    merges
}

/// Encode as tiktoken does: a whole piece that is a token is that token; else the neighbours whose bytes together are
/// the token of the lowest id merge, the leftmost first.
fn slow_encode(vocabulary: &Vocabulary, text: &str) -> Vec<u32> {
    let ids: HashMap<&[u8], u32> = (0..vocabulary.size() as u32)
        .filter_map(|id| Some((vocabulary.token(id)?, id)))
        .filter(|(bytes, _)| !bytes.is_empty())
        .collect();
    let mut encoded = Vec::new();
    for piece in pieces(text) {
        if let Some(&id) = ids.get(piece.as_bytes()) {
            encoded.push(id);
            continue;
        }
        let mut parts: Vec<&[u8]> = piece.as_bytes().chunks(1).collect();
        loop {
            let mut best: Option<(u32, usize)> = None;
            for position in 1..parts.len() {
                let both = [parts[position - 1], parts[position]].concat();
                if let Some(&id) = ids.get(&both[..])
                    && best.is_none_or(|(lowest, _)| id < lowest)
                {
                    best = Some((id, position));
                }
            }
            let Some((id, position)) = best else { break };
            let bytes = vocabulary.token(id).unwrap();
            parts.splice(position - 1..=position, [bytes]);
        }
        encoded.extend(parts.iter().map(|part| ids[part]));
    }
    encoded
}

fn trained(text: &str, wanted: usize) -> Vocabulary {
    let mut counts = PieceCounts::default();
    counts.add(&Pattern::default(), text).unwrap();
    Vocabulary::new(train(&counts, wanted, |_| true).unwrap(), vec!["<|end|>".into()]).unwrap()
}

/// Few letters, so that pairs repeat, overlap and tie.
fn dense() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!["a", "a", "b", "c", "é", " ", "!", "1"]),
        0..300,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn merges_are_those_of_the_definition(text in dense(), wanted in 0..80usize) {
        let mut counts = PieceCounts::default();
        counts.add(&Pattern::default(), &text).unwrap();
        prop_assert_eq!(train(&counts, wanted, |_| true).unwrap(), slow_train(&text, wanted));
    }

    #[test]
    fn no_token_is_made_twice(text in dense()) {
        let vocabulary = trained(&text, 1000);
        let tokens: Vec<_> = (0..vocabulary.size() as u32 - 1).map(|id| vocabulary.token(id).unwrap()).collect();
        let distinct: std::collections::HashSet<_> = tokens.iter().collect();
        prop_assert_eq!(distinct.len(), tokens.len());
    }

    #[test]
    fn ids_are_those_of_the_definition(text in dense(), other in dense(), wanted in 0..200usize) {
        let vocabulary = trained(&text, wanted);
        let expected = slow_encode(&vocabulary, &other);
        prop_assert_eq!(vocabulary.decode(&expected), other.as_bytes());
        let tokenizer = Tokenizer::new(vocabulary, Pattern::default());
        for _ in 0..2 {
            // The second time from memory.
            prop_assert_eq!(&tokenizer.encode(&other).unwrap(), &expected);
        }
    }

    #[test]
    fn long_pieces_are_merged_like_short_ones(text in "[ab]{0,120}", wanted in 0..60usize, long in "[ab]{65,400}") {
        let vocabulary = trained(&text, wanted);
        prop_assert_eq!(encode_piece(&vocabulary, long.as_bytes()), slow_encode(&vocabulary, &long));
    }

    #[test]
    fn json_round_trip(text in dense(), wanted in 0..200usize) {
        let vocabulary = trained(&text, wanted);
        let read = from_json(&to_json(&vocabulary)).unwrap();
        prop_assert_eq!(read.merges(), vocabulary.merges());
        prop_assert_eq!(read.special(), vocabulary.special());
    }
}

#[test]
fn texts_come_back_in_order_from_any_number_of_threads() {
    let tokenizer = Tokenizer::new(trained("banana bandana and a ban", 30), Pattern::default());
    let texts: Vec<String> = (0..3000).map(|index| "banana ban, and ".repeat(index % 40)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let expected: Vec<u32> = texts
        .iter()
        .flat_map(|text| [vec![7], tokenizer.encode(text).unwrap()])
        .flatten()
        .collect();
    let size: usize = texts.iter().map(|text| text.len() + 1).sum();
    for threads in 1..5 {
        let (mut narrow, mut wide, mut ends) = (vec![0u16; size], vec![0u32; size], Vec::new());
        let output = Output {
            ids: &mut narrow,
            before: Some(7),
            ends: &mut ends,
        };
        assert_eq!(tokenizer.encode_texts(&texts, threads, output).unwrap(), expected.len());
        let output = Output {
            ids: &mut wide,
            before: Some(7),
            ends: &mut ends,
        };
        assert_eq!(tokenizer.encode_texts(&texts, threads, output).unwrap(), expected.len());
        assert_eq!(wide[..expected.len()], expected);
        assert!(narrow.iter().zip(&expected).all(|(&id, &other)| u32::from(id) == other));
        assert_eq!(ends.len(), 2 * texts.len());
        assert_eq!(ends[texts.len() - 1] as usize, expected.len());
        let output = Output {
            ids: &mut narrow[..expected.len() - 1],
            before: Some(7),
            ends: &mut ends,
        };
        assert!(tokenizer.encode_texts(&texts, threads, output).is_err());
    }
}

#[test]
fn any_bytes_decode_exactly() {
    let vocabulary = trained("banana bandana", 8);
    let bytes: Vec<u8> = (0..=255).rev().collect();
    assert_eq!(vocabulary.decode(&encode_piece(&vocabulary, &bytes)), bytes);
}

#[test]
fn damaged_json_is_refused() {
    let whole = to_json(&trained("banana bandana", 8));
    assert!(from_json(&whole).is_ok());
    let last = format!("\"id\": {}", trained("banana bandana", 8).size() - 1);
    for (from, to) in [
        (&*last, "\"id\": 9"),
        ("\"a n\"", "\"a q\""),
        ("\"a n\"", "\"an\""),
        ("\"an\": 256", "\"an\": 4000000000"),
        ("\"an\": 256,", ""),
        ("\"BPE\"", "\"WordPiece\""),
        ("p{N}|", "p{N}{1,3}|"),
        ("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}"),
        ("\"merges\": [", "\"merges\": [\"a n\", "),
    ] {
        assert!(whole.contains(from), "{from}");
        assert!(from_json(&whole.replacen(from, to, 1)).is_err(), "{from} → {to}");
    }
    assert!(from_json(&whole[..whole.len() / 2]).is_err());
    assert!(from_json("").is_err());
}

#[test]
fn vocabularies_that_make_no_sense_are_refused() {
    assert!(Vocabulary::new(vec![(97, 256)], vec![]).is_err());
    assert!(Vocabulary::new(vec![(97, 98), (97, 98)], vec![]).is_err());
    assert!(Vocabulary::new(vec![], vec![String::new(); 1 << 16]).is_err());
}
