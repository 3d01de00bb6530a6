//! Power of an NVIDIA GPU while a command of the user's runs the float network on it.

use crate::baseline::{self, Baseline};
use crate::cli::{Error, Result};
use crate::compare::Workload;
use crate::report::{self, significant};
use std::fmt::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Time between two readings; the driver refreshes about as often.
const INTERVAL: Duration = Duration::from_millis(20);
/// Time for which an idle GPU is watched.
const IDLE: Duration = Duration::from_secs(3);

/// Watts, or why there are none.
type Reading = Result<f64, String>;

/// Name of a GPU and what reads its power, or why there is none.
type Opened<T> = Result<(String, T), String>;

/// What is run.
pub struct Load<'a> {
    /// For the shell; `{inferences}` and `{batch}` are replaced.
    pub command: &'a str,
    pub inferences: u64,
    pub batches: &'a [u64],
}

pub enum Measured {
    Baseline(Box<Baseline>),
    /// Why there is nothing.
    Nothing(String),
}

/// What a GPU drew over some time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Drawn {
    seconds: f64,
    joules: f64,
    highest_w: f64,
}

/// One batch size, after an unrecorded run that warms up.
struct Run {
    batch: u64,
    drawn: Drawn,
}

/// Watches the GPU idle and under every batch, and writes `measured-<name>.toml` into `dir`.
///
/// # Errors
/// The command fails, or the GPU is lost while it runs.
pub fn measure(load: &Load, workload: &Workload, dir: &Path) -> Result<Measured> {
    let (name, mut watts) = match open() {
        Ok(opened) => opened,
        Err(reason) => return Ok(Measured::Nothing(reason)),
    };
    let idle = watch(&mut watts, None)?;
    let mut runs = vec![];
    for &batch in load.batches {
        let start = || {
            let command = load.command.replace("{inferences}", &load.inferences.to_string());
            shell(&command.replace("{batch}", &batch.to_string()))
        };
        watch(&mut watts, Some(start()?))?;
        runs.push(Run { batch, drawn: watch(&mut watts, Some(start()?))? });
    }
    let text = record(&name, idle, &runs, load.inferences, workload);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let path = dir.join(format!("measured-{}.toml", name.chars().map(plain).collect::<String>()));
    std::fs::write(&path, text)
        .map_err(|source| report::Error::Write { path: path.clone(), source })?;
    Ok(Measured::Baseline(Box::new(baseline::load(&path.to_string_lossy())?)))
}

fn shell(command: &str) -> Result<Child> {
    let child = Command::new("sh")
        .arg("-c")
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn();
    child.map_err(|error| Error::GpuStart { error }.into())
}

/// Integrates power until `child` ends, or for a while if there is none.
fn watch(watts: &mut impl FnMut() -> Reading, mut child: Option<Child>) -> Result<Drawn> {
    let start = Instant::now();
    let mut drawn = Drawn { seconds: 0.0, joules: 0.0, highest_w: 0.0 };
    loop {
        let now = match watts() {
            Ok(now) => now,
            Err(reason) => {
                if let Some(child) = &mut child {
                    // It may be gone already; nothing is left to do about it either way.
                    let _ = child.kill().and_then(|()| child.wait());
                }
                let seconds = significant(start.elapsed().as_secs_f64());
                return Err(Error::GpuLost { seconds, reason }.into());
            }
        };
        sleep(INTERVAL);
        let seconds = start.elapsed().as_secs_f64();
        drawn.joules += now * (seconds - drawn.seconds);
        drawn.seconds = seconds;
        drawn.highest_w = drawn.highest_w.max(now);
        match &mut child {
            Some(child) => match child.try_wait().map_err(|error| Error::GpuWait { error })? {
                Some(status) if status.success() => return Ok(drawn),
                Some(status) => return Err(Error::GpuFailed { status }.into()),
                None => {}
            },
            None if start.elapsed() >= IDLE => return Ok(drawn),
            None => {}
        }
    }
}

impl Drawn {
    fn mean_w(self) -> f64 {
        self.joules / self.seconds
    }
}

/// A baseline as TOML: low ends have the idle power subtracted.
fn record(name: &str, idle: Drawn, runs: &[Run], inferences: u64, workload: &Workload) -> String {
    let idle_w = idle.mean_w();
    let figure = |[low, nominal, high]: [f64; 3], source: &str| {
        format!(
            "{{ low = {low:?}, nominal = {nominal:?}, high = {high:?}, basis = \"measured\", \
             source = \"{source}\" }}"
        )
    };
    let power = |drawn: Drawn| {
        // A GPU that draws no more than idle did not run the command.
        let [mean, above] = [drawn.mean_w(), drawn.mean_w() - idle_w].map(|watts| watts.max(1e-3));
        [above.min(mean), mean, drawn.highest_w.max(mean)]
    };
    let source = format!(
        "NVML every {} ms over the whole command, start of the runtime included; low end has {} W \
         of idle power subtracted, high end is the highest reading",
        INTERVAL.as_millis(),
        significant(idle_w)
    );
    let first = runs.first().map_or(idle, |run| run.drawn);
    let name = name.replace(['"', '\\'], "");
    let mut text = format!(
        "# Written by `spikemesh compare --measure-gpu`.\ntitle = \"{name}, measured\"\n\
         kind = \"gpu\"\n\
         trust = \"{name}, {} J in {} s for {inferences} inferences, idle power {} W\"\n\
         power_w = {}\n",
        significant(first.joules),
        significant(first.seconds),
        significant(idle_w),
        figure(power(first), &source)
    );
    for Run { batch, drawn } in runs {
        let per_second = inferences as f64 / drawn.seconds;
        let macs = workload.work.macs() as f64;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n[[rate]]\nnetwork = \"{}\"\nprecision = \"fp32\"\nbatch = {batch}\nmacs = \
             {}\nper_second = {}\npower_w = {}\n",
            workload.name.replace(['"', '\\'], ""),
            figure([macs; 3], "counted from the network"),
            figure(
                [per_second; 3],
                "inferences / seconds of the whole command; the precision is the command's"
            ),
            figure(power(*drawn), &source)
        );
    }
    text
}

#[cfg(not(feature = "measure-gpu"))]
fn open() -> Opened<fn() -> Reading> {
    Err("this spikemesh was built without the feature measure-gpu \
         (cargo build --features measure-gpu)"
        .into())
}

/// Name of the first GPU, and its power in watts.
#[cfg(feature = "measure-gpu")]
fn open() -> Opened<impl FnMut() -> Reading> {
    let none = |e: nvml_wrapper::error::NvmlError| format!("no NVIDIA GPU answers ({e})");
    let nvml = nvml_wrapper::Nvml::init().map_err(none)?;
    let name = nvml.device_by_index(0).and_then(|device| device.name()).map_err(none)?;
    let watts = move || {
        let power = nvml.device_by_index(0).and_then(|device| device.power_usage());
        power.map(|milliwatts| f64::from(milliwatts) * 1e-3).map_err(|e| e.to_string())
    };
    Ok((name, watts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ann::count::tiny_yolo_v2_voc;

    #[test]
    fn power_is_integrated_and_recorded() {
        let mut steady = || Ok(50.0);
        let drawn = watch(&mut steady, Some(shell("sleep 0.2").unwrap())).unwrap();
        assert!(drawn.seconds >= 0.2 && (drawn.mean_w() - 50.0).abs() < 1e-9, "{drawn:?}");
        let idle = Drawn { seconds: 1.0, joules: 20.0, highest_w: 21.0 };
        let workload = Workload { name: "tiny".into(), work: tiny_yolo_v2_voc() };
        let text = record("GPU \"X\"", idle, &[Run { batch: 1, drawn }], 100, &workload);
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), text).unwrap();
        let baseline = baseline::load(&path.path().to_string_lossy()).unwrap();
        let power = baseline.rates[0].power_w.as_ref().unwrap();
        assert!(
            (power.low - 30.0).abs() < 1e-6 && (power.nominal - 50.0).abs() < 1e-6,
            "{power:?}"
        );
    }

    #[test]
    fn a_gpu_that_disappears_is_one_error() {
        let mut readings = 0;
        let mut lost = || {
            readings += 1;
            if readings < 4 { Ok(50.0) } else { Err("GPU is lost".to_string()) }
        };
        let error = watch(&mut lost, Some(shell("sleep 5").unwrap())).unwrap_err().to_string();
        assert!(
            error.contains("the GPU was lost after") && error.contains("nothing was recorded"),
            "{error}"
        );
        let error = watch(&mut || Ok(1.0), Some(shell("exit 3").unwrap())).unwrap_err().to_string();
        assert!(error.contains("--gpu-command failed: exit status: 3"), "{error}");
    }
}
