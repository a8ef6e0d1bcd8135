//! Memory for weights: one run of large pages for all of a model, where the system has them.
//!
//! Every token reads all weights once. With pages of 4 KiB a processor looks up thousands of them for each token, and
//! in a virtual machine each look-up is several.

use std::alloc::{Layout, alloc, handle_alloc_error};
use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;

/// As much as a processor moves at once, and where its widest loads like to begin: four bytes for each of sixteen rows.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Line(pub [[u8; 4]; 16]);

const LARGE_PAGE: usize = 2 << 20;

/// Hands out parts of one run of memory until it is used up, then runs of their own.
pub struct Arena {
    run: Arc<Run>,
    used: Cell<usize>,
}

struct Run {
    begin: NonNull<Line>,
    length: usize,
}

/// Some lines that nobody else has.
pub struct Lines {
    begin: NonNull<Line>,
    length: usize,
    _run: Arc<Run>,
}

// SAFETY: a run is plain memory; parts of it don't overlap, and each is behind the borrow rules of its `Lines`.
unsafe impl Send for Run {}
// SAFETY: as above.
unsafe impl Sync for Run {}
// SAFETY: as above.
unsafe impl Send for Lines {}
// SAFETY: as above.
unsafe impl Sync for Lines {}

impl Arena {
    /// With room for `length` lines.
    pub fn new(length: usize) -> Self {
        Self {
            run: Arc::new(Run::new(length.max(1))),
            used: Cell::new(0),
        }
    }

    /// `length` lines of zeros.
    pub fn lines(&self, length: usize) -> Lines {
        let begin = self.used.get();
        if length > self.run.length - begin {
            return Self::new(length).lines(length);
        }
        self.used.set(begin + length);
        // SAFETY: the part lies within the run and is handed out once; it may be read once it is written.
        unsafe {
            let begin = self.run.begin.add(begin);
            begin.write_bytes(0, length);
            Lines {
                begin,
                length,
                _run: Arc::clone(&self.run),
            }
        }
    }
}

impl Run {
    fn new(length: usize) -> Self {
        let layout = Self::layout(length);
        // SAFETY: the layout isn't empty.
        let Some(begin) = NonNull::new(unsafe { alloc(layout) }) else {
            handle_alloc_error(layout)
        };
        #[cfg(target_os = "linux")]
        if layout.align() == LARGE_PAGE {
            // SAFETY: it is advice about memory that was just allocated; where it isn't taken nothing is lost.
            unsafe { libc::madvise(begin.as_ptr().cast(), layout.size(), libc::MADV_HUGEPAGE) };
        }
        Self {
            begin: begin.cast(),
            length,
        }
    }

    fn layout(length: usize) -> Layout {
        let lines = Layout::array::<Line>(length).expect("no more than a file holds");
        let align = if lines.size() >= LARGE_PAGE {
            LARGE_PAGE
        } else {
            lines.align()
        };
        lines.align_to(align).expect("a power of two")
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // SAFETY: it was allocated so.
        unsafe { std::alloc::dealloc(self.begin.as_ptr().cast(), Self::layout(self.length)) };
    }
}

impl Deref for Lines {
    type Target = [Line];

    fn deref(&self) -> &[Line] {
        // SAFETY: initialised by `Arena::lines`, and alive as long as the run that is held here.
        unsafe { std::slice::from_raw_parts(self.begin.as_ptr(), self.length) }
    }
}

impl DerefMut for Lines {
    fn deref_mut(&mut self) -> &mut [Line] {
        // SAFETY: as above, and nobody else has these lines.
        unsafe { std::slice::from_raw_parts_mut(self.begin.as_ptr(), self.length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_apart_and_zero() {
        let arena = Arena::new(10);
        let mut parts: Vec<Lines> = [3, 7, 5, 0, 40_000].map(|length| arena.lines(length)).into();
        for (value, part) in (1..).zip(&mut parts) {
            assert!(part.iter().all(|line| line.0 == [[0; 4]; 16]));
            part.fill(Line([[value; 4]; 16]));
        }
        drop(arena);
        for (value, part) in (1..).zip(&parts) {
            assert!(part.iter().all(|line| line.0 == [[value; 4]; 16]));
        }
        assert_eq!(
            parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
            [3, 7, 5, 0, 40_000]
        );
    }
}
