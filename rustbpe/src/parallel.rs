//! Work on several threads.

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
