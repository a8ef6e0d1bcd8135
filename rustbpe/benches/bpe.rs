//! Splitting, counting, training and encoding, each for itself: `cargo bench -p rustbpe`.
//!
//! The text is two million bytes of made-up words, as many of them and as unevenly used as in stories. Beside other
//! libraries, and on real stories, `benchmarks/bpe_*.py` measure.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rustbpe::{Counter, Encoder, Memory, Pattern, Vocabulary, pieces, room, train};

const BYTES: usize = 2_000_000;
const WORDS: f64 = 12_000.0;
const MERGES: usize = 1_789;

/// Words by Zipf's law: the word at rank r is drawn about 1/r as often as the first.
fn text() -> String {
    let (mut text, mut state) = (String::with_capacity(BYTES + 64), 1u64);
    while text.len() < BYTES {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let chance = (state >> 11) as f64 / (1u64 << 53) as f64;
        let mut rank = WORDS.powf(chance) as usize;
        text.push(' ');
        while rank > 0 {
            text.push_str(["ba", "ne", "to", "ly", "ri", "mo", "sha"][rank % 7]);
            rank /= 7;
        }
        if state >> 60 == 0 {
            text.push_str(".\n");
        }
    }
    text
}

fn bpe(criterion: &mut Criterion) {
    let text = text();
    let pattern = Pattern::default();
    let count = |text: &str| {
        let mut counter = Counter::new(Pattern::default(), 1);
        counter.add(&[text]).expect("the pattern has no limit");
        counter.into_counts()
    };
    let counts = count(&text);
    let merges = || train(&counts, MERGES, |_| true).expect("the text is small");
    let vocabulary = Vocabulary::new(merges(), Vec::new()).expect("the merges are in order");
    let mut ids = vec![0u16; room(text.len())];

    let mut group = criterion.benchmark_group("bpe");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("split", |bench| bench.iter(|| pieces(black_box(&text)).count()));
    group.bench_function("count", |bench| bench.iter(|| count(black_box(&text))));
    group.bench_function("merge", |bench| bench.iter(merges));
    group.bench_function("encode, cold", |bench| {
        bench.iter(|| Encoder::new(&vocabulary, &pattern, Memory::default()).encode(black_box(&text), &mut ids));
    });
    let mut warm = Encoder::new(&vocabulary, &pattern, Memory::default());
    group.bench_function("encode, warm", |bench| {
        bench.iter(|| warm.encode(black_box(&text), &mut ids));
    });
    group.finish();
}

criterion_group!(benches, bpe);
criterion_main!(benches);
