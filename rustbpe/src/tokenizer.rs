//! The tokenizer: a vocabulary and a pattern, and texts encoded with them on several threads.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use crate::chunks::{Chunk, Chunks};
use crate::encode::{Encoder, Id, Memory, room};
use crate::error::Error;
use crate::parallel::{lock, run};
use crate::pattern::Pattern;
use crate::vocabulary::Vocabulary;

/// Encodes texts. What one call learned about pieces is there for the next.
#[derive(Debug)]
pub struct Tokenizer {
    vocabulary: Vocabulary,
    pattern: Pattern,
    memories: Mutex<Vec<Memory>>,
}

/// Where a batch of ids goes.
pub struct Output<'a, I> {
    /// The ids of all documents, one after the other.
    pub ids: &'a mut [I],
    /// An id that stands before each document, if any.
    pub before: Option<u16>,
    /// Where the ids of each document end.
    pub ends: &'a mut Vec<i64>,
}

impl Tokenizer {
    /// A tokenizer that splits by `pattern`.
    pub fn new(vocabulary: Vocabulary, pattern: Pattern) -> Self {
        Self {
            vocabulary,
            pattern,
            memories: Mutex::default(),
        }
    }

    /// Its tokens.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// How it splits texts.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The ids of `text`. Special tokens in it are text like any other.
    ///
    /// # Errors
    ///
    /// The pattern's regular expression gives up. The Qwen2 pattern never does.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, Error> {
        let mut ids = vec![0; room(text.len())];
        let count = self.with_encoders(1, |encoders| encoders[0].encode(text, &mut ids))?;
        ids.truncate(count);
        Ok(ids)
    }

    /// Encode `texts` on `threads` threads and return the number of ids.
    ///
    /// # Errors
    ///
    /// The ids are more than there is room for, or as [`Self::encode`].
    pub fn encode_texts<I: Id>(&self, texts: &[&str], threads: usize, output: Output<I>) -> Result<usize, Error> {
        let mut groups = texts.chunk_by(group_by_bytes());
        let next = move || Ok(groups.next());
        self.encode_groups(threads, next, |group| Ok(group.to_vec()), output, &mut |_| true)
    }

    /// Encode the documents of files and return the number of ids. `go_on` is told the number of bytes done so far now
    /// and then, on the calling thread; encoding stops when it returns false.
    ///
    /// # Errors
    ///
    /// A file can't be read or isn't UTF-8, or as [`Self::encode_texts`].
    pub fn encode_files<I: Id>(
        &self,
        mut files: Chunks,
        threads: usize,
        output: Output<I>,
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<usize, Error> {
        let separator = files.separator().to_owned();
        let next = move || files.next(Vec::new());
        self.encode_groups(
            threads,
            next,
            |chunk: &Chunk| chunk.documents(&separator),
            output,
            go_on,
        )
    }

    /// Encode groups of texts: `next` gives the next group, `texts` what is in it.
    fn encode_groups<I: Id, G: Send>(
        &self,
        threads: usize,
        next: impl FnMut() -> Result<Option<G>, Error> + Send,
        texts: impl for<'group> Fn(&'group G) -> Result<Vec<&'group str>, Error> + Sync,
        output: Output<I>,
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<usize, Error> {
        let before = output.before;
        let collected = Mutex::new(Collected {
            output,
            count: 0,
            next: 0,
            early: BTreeMap::new(),
        });
        let source = Mutex::new((0, next));
        let (done, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = |encoder: &mut Encoder, mut go_on: Option<&mut dyn FnMut(usize) -> bool>| {
            let (mut ids, mut ends) = (Vec::new(), Vec::new());
            while !stop.load(Relaxed) {
                let (number, group) = {
                    let mut source = lock(&source);
                    let Some(group) = (source.1)()? else { break };
                    source.0 += 1;
                    (source.0 - 1, group)
                };
                let texts = texts(&group)?;
                let bytes: usize = texts.iter().map(|text| text.len()).sum();
                ids.resize(ids.len().max(room(bytes) + texts.len()), I::default());
                let count = encode_group(encoder, &texts, before, &mut ids, &mut ends)?;
                lock(&collected).put(number, &ids[..count], &ends)?;
                let done = done.fetch_add(bytes, Relaxed) + bytes;
                if let Some(go_on) = &mut go_on
                    && !go_on(done)
                {
                    return Err(Error::Stopped);
                }
            }
            Ok(())
        };
        let results = self.with_encoders(threads.max(1), |encoders| {
            run(encoders, go_on, |encoder, go_on| {
                work(encoder, go_on).inspect_err(|_| stop.store(true, Relaxed))
            })
        });
        results.into_iter().collect::<Result<(), Error>>()?;
        let collected = lock(&collected);
        Ok(collected.count)
    }

    /// Lend encoders with the memory of earlier ones to `work`.
    fn with_encoders<R>(&self, number: usize, work: impl FnOnce(&mut [Encoder]) -> R) -> R {
        let mut memories = {
            let mut kept = lock(&self.memories);
            let start = kept.len().saturating_sub(number);
            kept.split_off(start)
        };
        memories.resize_with(number, Memory::default);
        let mut encoders: Vec<_> = memories
            .into_iter()
            .map(|memory| Encoder::new(&self.vocabulary, &self.pattern, memory))
            .collect();
        let result = work(&mut encoders);
        lock(&self.memories).extend(encoders.into_iter().map(Encoder::into_memory));
        result
    }
}

/// Write the ids of a group of texts to the front of `ids`, and where those of each text end into `ends`; returns the
/// number of ids.
fn encode_group<I: Id>(
    encoder: &mut Encoder,
    texts: &[&str],
    before: Option<u16>,
    ids: &mut [I],
    ends: &mut Vec<usize>,
) -> Result<usize, Error> {
    ends.clear();
    let mut count = 0;
    for text in texts {
        if let Some(before) = before {
            ids[count] = I::new(before);
            count += 1;
        }
        count += encoder.encode(text, &mut ids[count..])?;
        ends.push(count);
    }
    Ok(count)
}

/// Puts the ids of numbered groups, which come in any order, into order.
struct Collected<'a, I> {
    output: Output<'a, I>,
    count: usize,
    /// The number of the group that is next.
    next: usize,
    early: BTreeMap<usize, (Vec<I>, Vec<usize>)>,
}

impl<I: Id> Collected<'_, I> {
    fn put(&mut self, number: usize, ids: &[I], ends: &[usize]) -> Result<(), Error> {
        if number != self.next {
            self.early.insert(number, (ids.to_vec(), ends.to_vec()));
            return Ok(());
        }
        self.append(ids, ends)?;
        while let Some((ids, ends)) = self.early.remove(&self.next) {
            self.append(&ids, &ends)?;
        }
        Ok(())
    }

    fn append(&mut self, ids: &[I], ends: &[usize]) -> Result<(), Error> {
        let place = self.output.ids.get_mut(self.count..self.count + ids.len());
        place
            .ok_or_else(|| Error::Invalid("there is too little room for the ids".into()))?
            .copy_from_slice(ids);
        self.output
            .ends
            .extend(ends.iter().map(|end| (self.count + end) as i64));
        self.count += ids.len();
        self.next += 1;
        Ok(())
    }
}

/// Bytes of text that a thread takes at once: they and their ids fit the second-level cache.
const GROUP: usize = 1 << 17;

/// Tells for each two neighbours whether they go into the same group.
fn group_by_bytes<'text>() -> impl FnMut(&&'text str, &&'text str) -> bool {
    let mut bytes = 0;
    move |text, _| {
        bytes += text.len();
        let same = bytes < GROUP;
        if !same {
            bytes = 0;
        }
        same
    }
}
