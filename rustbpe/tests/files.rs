//! Files read in chunks against the same text in one piece.

use std::collections::HashMap;
use std::path::PathBuf;

use rustbpe::{Chunks, Counter, Error, Output, Pattern, PieceCounts, Tokenizer, Vocabulary};

const SEPARATOR: &str = "<|end|>";

/// A file that is removed at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("rustbpe-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// About 2 MB: several chunks, documents of all lengths, one longer than a chunk, one word as long.
fn documents() -> Vec<String> {
    let mut documents: Vec<String> = (0..3000)
        .map(|index| {
            format!(
                "Story {index}: it was é “cold”\n\n and, {}.\n",
                "so on ".repeat(index % 90)
            )
        })
        .collect();
    documents.push("a long story ".repeat(50_000));
    documents.push("x".repeat(400_000));
    documents.push(" ".repeat(300_000));
    documents
}

fn counted(counts: &PieceCounts) -> HashMap<Vec<u8>, u64> {
    let mut found = HashMap::new();
    counts.for_each(|piece, count| {
        found.insert(piece.to_vec(), count);
    });
    found
}

#[test]
fn counts_are_those_of_the_documents() {
    let documents = documents();
    let mut expected = PieceCounts::default();
    for document in &documents {
        expected.add(&Pattern::default(), document).unwrap();
    }
    let file = Temporary::new("count", documents.join(SEPARATOR).as_bytes());
    for threads in 1..4 {
        let mut counter = Counter::new(Pattern::default(), threads);
        let mut told = 0;
        let files = Chunks::new(vec![file.0.clone()], Some(SEPARATOR), false);
        counter
            .add_files(files, &mut |done| {
                told = done;
                true
            })
            .unwrap();
        assert_eq!(counted(&counter.into_counts()), counted(&expected));
        assert!(told > 0);
    }
}

#[test]
fn text_without_separators_is_cut_between_pieces() {
    let text = documents().concat();
    let mut expected = PieceCounts::default();
    expected.add(&Pattern::default(), &text).unwrap();
    let file = Temporary::new("plain", text.as_bytes());
    for separator in [None, Some(SEPARATOR)] {
        let mut counter = Counter::new(Pattern::default(), 2);
        counter
            .add_files(Chunks::new(vec![file.0.clone()], separator, false), &mut |_| true)
            .unwrap();
        assert_eq!(counted(&counter.into_counts()), counted(&expected));
    }
}

#[test]
fn ids_are_those_of_the_documents() {
    let documents = documents();
    let tokenizer = Tokenizer::new(
        Vocabulary::new(vec![(115, 111), (97, 32)], vec![]).unwrap(),
        Pattern::default(),
    );
    let mut expected = Vec::new();
    let mut expected_ends = Vec::new();
    for document in &documents {
        expected.extend(tokenizer.encode(document).unwrap());
        expected_ends.push(expected.len() as i64);
    }
    let (first, second) = documents.split_at(1000);
    let files = [
        Temporary::new("one", first.join(SEPARATOR).as_bytes()),
        Temporary::new("empty", b""),
        Temporary::new("two", (second.join(SEPARATOR) + SEPARATOR).as_bytes()),
    ];
    for threads in 1..4 {
        let paths = files.iter().map(|file| file.0.clone()).collect();
        let (mut ids, mut ends) = (vec![0u32; 3_000_000], Vec::new());
        let output = Output {
            ids: &mut ids,
            before: None,
            ends: &mut ends,
        };
        let files = Chunks::new(paths, Some(SEPARATOR), true);
        let count = tokenizer.encode_files(files, threads, output, &mut |_| true).unwrap();
        assert_eq!(ids[..count], expected);
        assert_eq!(ends, expected_ends);
    }
}

#[test]
fn what_can_go_wrong() {
    let good = Temporary::new("good", documents().concat().as_bytes());
    let junk = Temporary::new("junk", b"a story \xff\xfe of bytes");
    let count = |paths: Vec<PathBuf>, go_on: bool| {
        let mut counter = Counter::new(Pattern::default(), 2);
        counter.add_files(Chunks::new(paths, None, false), &mut |_| go_on)
    };
    assert!(matches!(count(vec![good.0.clone(), junk.0.clone()], true), Err(Error::NotText(path)) if path == junk.0));
    assert!(matches!(
        count(vec![PathBuf::from("/nowhere/at/all")], true),
        Err(Error::File(..))
    ));
    assert!(matches!(count(vec![good.0.clone()], false), Err(Error::Stopped)));
}
