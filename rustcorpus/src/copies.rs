//! The longest run of words that a text shares with a corpus.
//!
//! The texts are few and the corpus is large, so the texts become the index, a suffix automaton of their words (Blumer et
//! al., 1985), and the corpus is read past it: one step a word, in memory that depends on the texts alone.

use rustc_hash::FxHashMap;

use crate::words::{lower, words};

/// More words than this are not indexed: no texts to compare have them, and memory must end somewhere.
pub const MAX_INDEXED: usize = 1 << 22;

const ROOT: u32 = 0;

/// A class of runs that end at the same places of the texts.
struct State {
    /// Words of the longest run of the class.
    length: u32,
    /// The class of the longest suffix that ends at more places.
    link: u32,
    /// Words of the longest run of the class, or of one that extends a run of it, that the corpus has; 0 if none.
    seen: u32,
    /// The class of the runs one word longer, by that word.
    next: FxHashMap<u32, u32>,
}

/// Texts, and how much of them a corpus was found to hold.
pub struct Copies {
    words: FxHashMap<Box<str>, u32>,
    states: Vec<State>,
    texts: Vec<Vec<u32>>,
}

impl Copies {
    /// Index `texts`; None if they have more than `MAX_INDEXED` words.
    pub fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut copies = Self {
            words: FxHashMap::default(),
            states: Vec::new(),
            texts: Vec::new(),
        };
        copies.push(0, ROOT);
        let (mut buffer, mut total) = (String::new(), 0);
        for text in texts {
            let (mut state, mut ids) = (ROOT, Vec::new());
            for word in words(text) {
                total += 1;
                if total > MAX_INDEXED {
                    return None;
                }
                let (word, fresh) = (lower(word, &mut buffer), copies.words.len() as u32);
                let id = match copies.words.get(word) {
                    Some(&id) => id,
                    None => *copies.words.entry(word.into()).or_insert(fresh),
                };
                ids.push(id);
                state = copies.extend(state, id);
            }
            copies.texts.push(ids);
        }
        Some(copies)
    }

    /// Read one story of the corpus; runs don't go on from one to the next.
    pub fn read(&mut self, story: &str) {
        let (mut state, mut length, mut buffer) = (ROOT, 0, String::new());
        for word in words(story) {
            let Some(&id) = self.words.get(lower(word, &mut buffer)) else {
                (state, length) = (ROOT, 0);
                continue;
            };
            loop {
                if let Some(target) = self.next(state, id) {
                    (state, length) = (target, length + 1);
                    break;
                }
                if state == ROOT {
                    length = 0;
                    break;
                }
                state = self.states[state as usize].link;
                length = self.states[state as usize].length;
            }
            let seen = &mut self.states[state as usize].seen;
            *seen = length.max(*seen);
        }
    }

    /// For each text, the words of the longest run in it that a story had too.
    pub fn longest(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.states.len() as u32).collect();
        order.sort_unstable_by_key(|&state| self.states[state as usize].length);
        let mut seen: Vec<u32> = self.states.iter().map(|state| state.seen).collect();
        // Where a run was seen, so were all its suffixes.
        for &state in order.iter().rev() {
            let link = self.states[state as usize].link as usize;
            if seen[state as usize] > 0 {
                seen[link] = self.states[link].length;
            }
        }
        // Where a run ends that wasn't seen, one of its suffixes may have been.
        for &state in &order {
            seen[state as usize] = seen[state as usize].max(seen[self.states[state as usize].link as usize]);
        }
        let longest = |ids: &Vec<u32>| {
            let mut state = ROOT;
            let runs = ids.iter().map(|&id| {
                state = self.next(state, id).unwrap_or(ROOT);
                seen[state as usize]
            });
            runs.max().unwrap_or(0)
        };
        self.texts.iter().map(longest).collect()
    }

    /// The state after one more word of a text.
    fn extend(&mut self, from: u32, id: u32) -> u32 {
        let length = self.states[from as usize].length + 1;
        if let Some(known) = self.next(from, id) {
            // Another text went this way: its class may hold longer runs, which don't end here.
            return self.split(from, id, known, length);
        }
        let made = self.push(length, ROOT);
        let mut state = from;
        loop {
            if let Some(known) = self.next(state, id) {
                let length = self.states[state as usize].length + 1;
                let link = self.split(state, id, known, length);
                self.states[made as usize].link = link;
                return made;
            }
            self.states[state as usize].next.insert(id, made);
            if state == ROOT {
                return made;
            }
            state = self.states[state as usize].link;
        }
    }

    /// The class of the run of `length` that leads from `from` by `id` to `known`, split off if `known` is longer.
    fn split(&mut self, from: u32, id: u32, known: u32, length: u32) -> u32 {
        if self.states[known as usize].length == length {
            return known;
        }
        let link = self.states[known as usize].link;
        let clone = self.push(length, link);
        self.states[known as usize].link = clone;
        self.states[clone as usize].next = self.states[known as usize].next.clone();
        let mut state = from;
        while self.next(state, id) == Some(known) {
            self.states[state as usize].next.insert(id, clone);
            if state == ROOT {
                break;
            }
            state = self.states[state as usize].link;
        }
        clone
    }

    fn next(&self, state: u32, id: u32) -> Option<u32> {
        self.states[state as usize].next.get(&id).copied()
    }

    fn push(&mut self, length: u32, link: u32) -> u32 {
        self.states.push(State {
            length,
            link,
            seen: 0,
            next: FxHashMap::default(),
        });
        self.states.len() as u32 - 1
    }
}
