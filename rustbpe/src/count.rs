//! Counting the pieces of texts: all that training needs to know of them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use crate::chunks::Chunks;
use crate::error::Error;
use crate::parallel::{lock, run};
use crate::pattern::Pattern;
use crate::scan::Sink;
use crate::table::PieceTable;

/// How often each piece occurs in the texts seen so far. Grows with the number of different pieces, not with the texts.
#[derive(Debug, Default, Clone)]
pub struct PieceCounts {
    table: PieceTable,
}

impl PieceCounts {
    /// Count the pieces of `text` too.
    ///
    /// # Errors
    ///
    /// The pattern's regular expression gives up. The Qwen2 pattern never does.
    pub fn add(&mut self, pattern: &Pattern, text: &str) -> Result<(), Error> {
        pattern.split(text, self)
    }

    /// Number of different pieces.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Call `visit` with each piece and its count, in no particular order.
    pub fn for_each(&self, visit: impl FnMut(&[u8], u64)) {
        self.table.for_each(visit);
    }
}

impl Sink for PieceCounts {
    #[inline(always)]
    fn short(&mut self, key: u64) {
        *self.table.short(key) += 1;
    }

    #[inline]
    fn long(&mut self, piece: &[u8]) {
        *self.table.long(piece) += 1;
    }
}

/// Counts pieces on several threads.
#[derive(Debug)]
pub struct Counter {
    pattern: Pattern,
    /// A share of the counts for each thread.
    shares: Vec<PieceCounts>,
}

/// Texts that a thread takes at once.
const GROUP: usize = 64;

impl Counter {
    /// A counter that runs on `threads` threads, the calling one among them.
    pub fn new(pattern: Pattern, threads: usize) -> Self {
        Self {
            pattern,
            shares: vec![PieceCounts::default(); threads.max(1)],
        }
    }

    /// Count the pieces of all `texts` too.
    ///
    /// # Errors
    ///
    /// The pattern's regular expression gives up.
    pub fn add(&mut self, texts: &[&str]) -> Result<(), Error> {
        let pattern = &self.pattern;
        let next = AtomicUsize::new(0);
        let results = run(&mut self.shares, (), |counts, _| {
            while let Some(group) = texts.chunks(GROUP).nth(next.fetch_add(1, Relaxed)) {
                group.iter().try_for_each(|text| counts.add(pattern, text))?;
            }
            Ok(())
        });
        results.into_iter().collect()
    }

    /// Count the pieces of files too, in memory that doesn't grow with them. `go_on` is told the number of bytes done
    /// so far now and then, on the calling thread; counting stops when it returns false.
    ///
    /// # Errors
    ///
    /// A file can't be read or isn't UTF-8, or as [`Self::add`].
    pub fn add_files(&mut self, files: Chunks, go_on: &mut dyn FnMut(usize) -> bool) -> Result<(), Error> {
        let pattern = &self.pattern;
        let separator = files.separator().to_owned();
        let files = Mutex::new(files);
        let (done, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let count = |counts: &mut PieceCounts, mut go_on: Option<&mut dyn FnMut(usize) -> bool>| {
            let mut memory = Vec::new();
            while !stop.load(Relaxed)
                && let Some(chunk) = lock(&files).next(memory)?
            {
                for text in chunk.documents(&separator)? {
                    counts.add(pattern, text)?;
                }
                memory = chunk.into_bytes();
                let done = done.fetch_add(memory.len(), Relaxed) + memory.len();
                if let Some(go_on) = &mut go_on
                    && !go_on(done)
                {
                    return Err(Error::Stopped);
                }
            }
            Ok(())
        };
        let results = run(&mut self.shares, go_on, |counts, go_on| {
            count(counts, go_on).inspect_err(|_| stop.store(true, Relaxed))
        });
        results.into_iter().collect()
    }

    /// All that was counted.
    pub fn into_counts(self) -> PieceCounts {
        let mut shares = self.shares.into_iter();
        let mut counts = shares.next().unwrap_or_default();
        for share in shares {
            share.for_each(|piece, count| *counts.table.long(piece) += count);
        }
        counts
    }
}
