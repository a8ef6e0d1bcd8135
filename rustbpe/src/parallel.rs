//! Work on several threads.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Run `work` with each of `states`, on a thread for each, and return what each returned. The first one runs on the
/// calling thread, and only it is given `caller`, for what must happen there.
pub(crate) fn run<S: Send, C, R: Send>(
    states: &mut [S],
    caller: C,
    work: impl Fn(&mut S, Option<C>) -> R + Sync,
) -> Vec<R> {
    let Some((first, others)) = states.split_first_mut() else {
        return Vec::new();
    };
    let work = &work;
    thread::scope(|scope| {
        let others: Vec<_> = others
            .iter_mut()
            .map(|state| scope.spawn(move || work(state, None)))
            .collect();
        let mut results = vec![work(first, Some(caller))];
        for other in others {
            match other.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

/// Lock, also after a panic in another thread: that one is passed on by `run`.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts numbered results that come in any order back into order.
pub(crate) struct InOrder<R, T> {
    take: T,
    next: usize,
    early: BTreeMap<usize, R>,
}

impl<R, E, T: FnMut(R) -> Result<(), E>> InOrder<R, T> {
    pub(crate) fn new(take: T) -> Self {
        Self {
            take,
            next: 0,
            early: BTreeMap::new(),
        }
    }

    /// Result `number` is there: give `take` all that are next.
    pub(crate) fn put(&mut self, number: usize, result: R) -> Result<(), E> {
        self.early.insert(number, result);
        while let Some(result) = self.early.remove(&self.next) {
            self.next += 1;
            (self.take)(result)?;
        }
        Ok(())
    }
}
