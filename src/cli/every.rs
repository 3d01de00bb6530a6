//! Inputs on all threads, and one message where several of them fail.

use super::Result;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What `make` makes of every item and its number, in order. Of several that fail the first is
/// told, at any number of threads; none behind it is begun any more.
pub fn every<T: Sync, U: Send>(
    items: &[T],
    make: impl Fn(usize, &T) -> Result<U> + Sync,
) -> Result<Vec<U>> {
    let failed = AtomicUsize::new(usize::MAX);
    let one = |(n, item): (usize, &T)| {
        if n > failed.load(Ordering::Relaxed) {
            return None;
        }
        let made = make(n, item);
        if made.is_err() {
            failed.fetch_min(n, Ordering::Relaxed);
        }
        Some(made)
    };
    let all: Vec<Option<Result<U>>> = items.par_iter().enumerate().map(one).collect();
    // What was not begun stands behind a failure.
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::super::Error;
    use super::*;
    use std::path::PathBuf;
    use std::time::Duration;

    #[test]
    fn the_first_that_fails_is_told() {
        let items: Vec<usize> = (0..64).collect();
        let doubled = every(&items, |n, item| Ok(n + item)).ok().unwrap();
        assert_eq!(doubled, (0..64).map(|n| 2 * n).collect::<Vec<_>>());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
        let fails = |n: usize, _: &usize| -> Result<()> {
            if n % 16 != 7 {
                return Ok(());
            }
            // The first is the last to say so.
            std::thread::sleep(Duration::from_millis(8 * (64 - n as u64) / 16));
            Err(Error::NoRun { folder: PathBuf::from(n.to_string()) }.into())
        };
        for _ in 0..4 {
            let error = pool.install(|| every(&items, fails)).err().unwrap();
            let first = Error::NoRun { folder: PathBuf::from("7") };
            assert_eq!(error.to_string(), first.to_string());
        }
    }
}
