//! What all benches share: a clock, a table that a person reads, and the same as CSV.

#![allow(dead_code, reason = "each bench uses a part of it")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Time of this thread: that of the processor where Linux tells it, so that other programs on the
/// machine do not count.
pub struct Clock {
    cpu: Option<f64>,
    wall: Instant,
}

impl Clock {
    pub fn start() -> Clock {
        Clock { cpu: cpu_seconds(), wall: Instant::now() }
    }

    pub fn seconds(&self) -> f64 {
        match self.cpu.zip(cpu_seconds()) {
            Some((before, now)) => now - before,
            None => self.wall.elapsed().as_secs_f64(),
        }
    }
}

#[cfg(target_os = "linux")]
fn cpu_seconds() -> Option<f64> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

#[cfg(not(target_os = "linux"))]
fn cpu_seconds() -> Option<f64> {
    None
}

/// Everything on the calling thread, whose clock is read.
pub fn one_thread() -> Result<(), Box<dyn Error>> {
    Ok(rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?)
}

/// The shortest of `repeats` times of `work`, and its last result.
pub fn shortest<T, E>(
    repeats: usize,
    mut work: impl FnMut() -> Result<T, E>,
) -> Result<(f64, T), E> {
    let timed = |work: &mut dyn FnMut() -> Result<T, E>| {
        let clock = Clock::start();
        let result = work()?;
        Ok((clock.seconds(), result))
    };
    let mut best = timed(&mut work)?;
    for _ in 1..repeats {
        let (seconds, result) = timed(&mut work)?;
        best = (seconds.min(best.0), result);
    }
    Ok(best)
}

/// Where tables are written: `target/bench`.
pub fn folder() -> std::io::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Rows of `quantity, measured, required, aim`.
#[derive(Default)]
pub struct Table(Vec<[String; 4]>);

impl Table {
    /// `required` and `aim` are empty where nothing is asked for.
    pub fn row(&mut self, quantity: &str, measured: impl ToString, required: &str, aim: &str) {
        self.0.push([quantity.into(), measured.to_string(), required.into(), aim.into()]);
    }

    /// Prints it and writes `target/bench/NAME.csv`.
    pub fn finish(self, name: &str) -> Result<(), Box<dyn Error>> {
        let mut file = csv::Writer::from_path(folder()?.join(format!("{name}.csv")))?;
        let header = ["quantity", "measured", "required", "aim"].map(String::from);
        for row in [header].iter().chain(&self.0) {
            let [quantity, measured, required, aim] = row;
            println!("{quantity:58} {measured:>14} {required:>9} {aim:>9}");
            file.write_record(row)?;
        }
        file.flush()?;
        Ok(())
    }
}
