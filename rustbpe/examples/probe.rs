use rustbpe::*;
use std::time::Instant;
fn best(n: usize, bytes: usize, mut f: impl FnMut()) -> f64 {
    let mut b = f64::MAX;
    for _ in 0..n {
        let t = Instant::now();
        f();
        b = b.min(t.elapsed().as_secs_f64());
    }
    bytes as f64 / 1e6 / b
}
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let n: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let mode = std::env::args().nth(3).unwrap_or("all".into());
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("<|endoftext|>", "");
    let p = Pattern::default();
    let mut counts = rustbpe::PieceCounts::default();
    counts.add(&p, &text).unwrap();
    let merges = rustbpe::train(&counts, 1789, |_| true).unwrap();
    let v = rustbpe::Vocabulary::new(merges, vec![]).unwrap();
    let on = |m: &str| mode == "all" || mode == m;
    if on("count") {
        println!(
            "count {:.0} MB/s",
            best(n, text.len(), || {
                let mut c = rustbpe::PieceCounts::default();
                c.add(&p, &text).unwrap();
            })
        );
    }
    if on("files") {
        for t in 1..3 {
            println!(
                "files {t} {:.0} MB/s",
                best(n, text.len(), || {
                    let mut c = Counter::new(p.clone(), t);
                    c.add_files(
                        Chunks::new(vec![path.clone().into()], Some("<|endoftext|>"), false),
                        &mut |_| true,
                    )
                    .unwrap();
                    c.into_counts();
                })
            );
        }
    }
    if on("train") {
        println!(
            "train {:.5} s",
            text.len() as f64
                / 1e6
                / best(n, text.len(), || {
                    rustbpe::train(&counts, 1789, |_| true).unwrap();
                })
        );
    }
    let mut e = rustbpe::Encoder::new(&v, &p, Memory::default());
    let mut out = vec![0u16; text.len() + 8];
    if on("cold") {
        println!(
            "cold {:.0} MB/s",
            best(n, text.len(), || {
                rustbpe::Encoder::new(&v, &p, Memory::default())
                    .encode(&text, &mut out)
                    .unwrap();
            })
        );
    }
    if on("warm") {
        e.encode(&text, &mut out).unwrap();
        println!(
            "warm {:.0} MB/s",
            best(n, text.len(), || {
                e.encode(&text, &mut out).unwrap();
            })
        );
    }
    if on("warm32") {
        let mut out = vec![0u32; text.len() + 8];
        println!(
            "warm32 {:.0} MB/s",
            best(n, text.len(), || {
                e.encode(&text, &mut out).unwrap();
            })
        );
    }
}
