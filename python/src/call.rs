//! Work on threads of its own, while Python hears of it and can end it.

use crate::fault;
use pyo3::prelude::*;
use spikemesh::cli::{Call, Listener, Stop, Stopped};
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a pressed Ctrl-C is looked for.
const LOOK: Duration = Duration::from_millis(50);
/// How long work that was asked to end is waited for. What takes longer between two of its steps
/// ends by itself, later, and nobody hears of it.
const PATIENCE: Duration = Duration::from_millis(800);
/// As much as a process has for its first thread: the work was written for that one.
const STACK: usize = 8 << 20;

/// What a call has to say.
enum Message<T> {
    Remark(String),
    Progress(String, f64),
    Done(Result<T, Stopped>),
}

struct Teller<T>(Sender<Message<T>>);

impl<T: Send> Listener for Teller<T> {
    fn remark(&self, line: &str) {
        // Where nobody listens any more, nobody misses it.
        let _ = self.0.send(Message::Remark(line.into()));
    }

    fn progress(&self, what: &str, share: f64) {
        let _ = self.0.send(Message::Progress(what.into(), share));
    }
}

/// Threads by process and number: those of a parent do not come along in a fork.
type Pools = HashMap<(u32, usize), Arc<rayon::ThreadPool>>;

static POOLS: LazyLock<Mutex<Pools>> = LazyLock::new(Mutex::default);

fn pool(threads: usize) -> PyResult<Arc<rayon::ThreadPool>> {
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (std::process::id(), threads);
    if let Some(pool) = pools.get(&key) {
        return Ok(pool.clone());
    }
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK);
    let pool = builder.build().map_err(|error| fault::internal(&error.to_string()))?;
    let pool = Arc::new(pool);
    pools.insert(key, pool.clone());
    Ok(pool)
}

/// Does `work` as the call of `words` with so many threads (0: one for each core) without the
/// interpreter's lock. `listener` has methods `remark(line)` and `progress(what, share)`.
///
/// # Errors
/// An exception of the listener, or a signal's, such as KeyboardInterrupt: both end the work.
pub fn carry<T: Send + 'static>(
    py: Python<'_>,
    words: Vec<String>,
    threads: usize,
    listener: Py<PyAny>,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    let (tell, told) = channel();
    let stop = Stop::default();
    let teller: Arc<dyn Listener> = Arc::new(Teller(tell.clone()));
    let call = Call { words, listener: Some(teller), stop: stop.clone() };
    let pool = pool(threads)?;
    let carried = move || {
        let done = pool.install(|| call.make(work));
        let _ = tell.send(Message::Done(done));
    };
    let thread = std::thread::Builder::new().name("spikemesh".into()).spawn(carried);
    thread.map_err(|error| fault::internal(&error.to_string()))?;
    // A receiver belongs to one thread at a time, and this one waits in it alone.
    let told = Mutex::new(told);
    heard(py, &told, listener.bind(py)).inspect_err(|_| {
        stop.ask();
        py.detach(|| wait(&told));
    })
}

/// Passes on what is said until the work is done.
fn heard<T: Send>(
    py: Python<'_>,
    told: &Mutex<Receiver<Message<T>>>,
    listener: &Bound<'_, PyAny>,
) -> PyResult<T> {
    loop {
        let next =
            py.detach(|| told.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(LOOK));
        match next {
            Ok(Message::Done(done)) => {
                return done.map_err(|Stopped| fault::internal("nobody asked for the end"));
            }
            Ok(Message::Remark(line)) => {
                listener.call_method1("remark", (line,))?;
            }
            Ok(Message::Progress(what, share)) => {
                listener.call_method1("progress", (what, share))?;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(fault::internal("it panicked")),
        }
        py.check_signals()?;
    }
}

/// Until work that was asked to end has ended, or patience has.
fn wait<T>(told: &Mutex<Receiver<Message<T>>>) {
    let told = told.lock().unwrap_or_else(PoisonError::into_inner);
    let end = Instant::now() + PATIENCE;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        match told.recv_timeout(left) {
            Ok(Message::Done(_)) | Err(_) => return,
            Ok(_) => {}
        }
    }
}
