//! Counting the pieces of texts: all that training needs to know of them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use rustc_hash::FxHashMap;

use crate::chunks::Chunks;
use crate::error::Error;
use crate::parallel::{lock, run};
use crate::pattern::Pattern;
use crate::scan::{BlockPiece, BlockPieces, Sink};
use crate::table::{Back, Front, short_key, with_piece};

/// How often each piece occurs in the texts seen so far. Grows with the number of different pieces, not with the texts.
///
/// Words that are frequent come early in a text, so the first ones get the places in front.
#[derive(Debug, Clone)]
pub struct PieceCounts {
    front: Box<Front>,
    back: Back,
    long: FxHashMap<Box<[u8]>, u64>,
}

impl Default for PieceCounts {
    fn default() -> Self {
        Self {
            front: Front::boxed(),
            back: Back::default(),
            long: FxHashMap::default(),
        }
    }
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
        self.front.iter().count() + self.back.len() + self.long.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Call `visit` with each piece and its count, in no particular order.
    pub fn for_each(&self, mut visit: impl FnMut(&[u8], u64)) {
        for (key, count) in self.front.iter().chain(self.back.iter()) {
            with_piece(key, |piece| visit(piece, count));
        }
        self.long.iter().for_each(|(piece, &count)| visit(piece, count));
    }

    fn raise(&mut self, piece: &[u8], by: u64) {
        match short_key(piece) {
            Some(key) => match self.front.get(key) {
                Some(count) => *count += by,
                None => self.raise_short(key, by),
            },
            None => self.raise_long(piece, by),
        }
    }

    /// Count a short piece that isn't in front.
    #[inline(never)]
    fn raise_short(&mut self, key: u64, by: u64) {
        match self.back.get(key) {
            Some(count) => *count += by,
            None if self.front.claim(key, by) => {}
            None => self.back.insert(key, by),
        }
    }

    #[inline(never)]
    fn raise_long(&mut self, piece: &[u8], by: u64) {
        match self.long.get_mut(piece) {
            Some(count) => *count += by,
            None => {
                self.long.insert(piece.into(), by);
            }
        }
    }

    /// Count pieces as long as they are found in front. Returns the first one that isn't.
    #[inline(always)]
    fn count_known<'window>(&mut self, pieces: &mut BlockPieces<'window>) -> Option<BlockPiece<'window>> {
        let front = &mut *self.front;
        loop {
            let piece = pieces.next()?;
            match front.get(piece.key) {
                Some(count) => *count += 1,
                None => return Some(piece),
            }
        }
    }
}

impl Sink for PieceCounts {
    #[inline(always)]
    fn block(&mut self, mut pieces: BlockPieces) {
        while let Some(missed) = self.count_known(&mut pieces) {
            match missed.key {
                0 => self.raise_long(missed.bytes(), 1),
                key => self.raise_short(key, 1),
            }
        }
    }

    fn single(&mut self, piece: &[u8]) {
        self.raise(piece, 1);
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
            while !stop.load(Relaxed) {
                // In a statement of its own: the files are locked while one is read, not while its text is counted.
                let chunk = lock(&files).next(memory)?;
                let Some(chunk) = chunk else { break };
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
            share.for_each(|piece, count| counts.raise(piece, count));
        }
        counts
    }
}
