//! A command inside another program: the words that stand for it, who hears of it, and how it ends
//! before its end.
//!
//! A call belongs to the thread that makes it, so that several can be made at once.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Hears what a user of the command line sees on standard error.
pub trait Listener: Send + Sync {
    /// Something was read otherwise than it was written, or will take long.
    fn remark(&self, line: &str);
    /// The share of `what` that is done, 0 to 1; a few times a second while it goes on.
    fn progress(&self, what: &str, share: f64);
}

/// Ends a call, from any thread, at the next step that it comes to.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

/// A call was ended by its [`Stop`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

impl Stop {
    /// Asks for the end.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Goes on, unless the end was asked for. Then the work is unwound as a panic would, without
    /// its message: it can end anywhere, and nothing between has to pass an error on. Whatever was
    /// half done goes with it.
    pub(super) fn look(&self) {
        if self.0.load(Ordering::Relaxed) {
            Stopped.unwind();
        }
    }
}

impl Stopped {
    /// Ends what is around it, too: the call that a call was made for.
    pub(super) fn unwind(self) -> ! {
        panic::resume_unwind(Box::new(self))
    }
}

/// A command that another program makes.
#[derive(Clone)]
pub struct Call {
    /// What a command line for the same would be, without the program's name; reports have it.
    pub words: Vec<String>,
    /// Hears remarks and progress in place of standard error; then standard output has nothing.
    pub listener: Option<Arc<dyn Listener>>,
    /// Ends the command from another thread.
    pub stop: Stop,
}

thread_local! {
    static CURRENT: RefCell<Option<Call>> = const { RefCell::new(None) };
}

impl Call {
    /// Of a process that is the command line itself.
    pub fn of_words(words: Vec<String>) -> Call {
        Call { words, listener: None, stop: Stop::default() }
    }

    /// Does `work` on this thread.
    ///
    /// # Errors
    /// Its end was asked for.
    pub fn make<T>(self, work: impl FnOnce() -> T) -> Result<T, Stopped> {
        let outer = CURRENT.replace(Some(self));
        // What is half done is dropped, and nothing outlives the call but what `work` gives.
        let done = panic::catch_unwind(AssertUnwindSafe(work));
        CURRENT.set(outer);
        done.map_err(|cause: Box<dyn Any + Send>| match cause.downcast::<Stopped>() {
            Ok(stopped) => *stopped,
            Err(fault) => panic::resume_unwind(fault),
        })
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("words", &self.words).finish_non_exhaustive()
    }
}

/// The words of the call that this thread makes.
pub(super) fn words() -> Option<Vec<String>> {
    CURRENT.with_borrow(|call| call.as_ref().map(|call| call.words.clone()))
}

/// Words of a command line with more options: before `--`, as no word behind it is an option.
pub(super) fn with_options(
    mut words: Vec<String>,
    options: impl IntoIterator<Item = String>,
) -> Vec<String> {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    words.splice(end..end, options);
    words
}

/// Who hears of it, if anybody does in place of the terminal.
pub(super) fn listener() -> Option<Arc<dyn Listener>> {
    CURRENT.with_borrow(|call| call.as_ref()?.listener.clone())
}

/// What ends it; nothing ends what is no call.
pub(super) fn stop() -> Stop {
    CURRENT.with_borrow(|call| call.as_ref().map(|call| call.stop.clone())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_where_it_is_asked_to_and_leaves_nothing() {
        let stop = Stop::default();
        let call = || Call { stop: stop.clone(), ..Call::of_words(vec!["run".into()]) };
        assert_eq!(call().make(words), Ok(Some(vec!["run".into()])));
        stop.ask();
        assert_eq!(call().make(|| super::stop().look()), Err(Stopped));
        assert_eq!(words(), None);
        super::stop().look();
    }

    #[test]
    fn other_panics_go_on() {
        let fault = || Call::of_words(vec![]).make(|| panic::resume_unwind(Box::new(7)));
        let caught = panic::catch_unwind(fault).unwrap_err();
        assert_eq!(caught.downcast_ref::<i32>(), Some(&7));
        assert_eq!(words(), None);
    }
}
