//! Recordings of event cameras, pictures as spikes, and labelled sets, from files that are written
//! here byte by byte.

mod binning;
mod broken;
mod formats;
mod inspected;
mod labelled;
mod oracle;
mod rates;
mod refused;
pub mod written;

use spikemesh::encode::events::{self, Error, Event, Recording};
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a file into a folder of its own and reads it.
fn read(name: &str, bytes: &[u8]) -> Result<Recording, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    events::read(&path)
}

#[track_caller]
fn sound(name: &str, bytes: &[u8]) -> Recording {
    read(name, bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn event(t_us: u64, x: u16, y: u16, on: bool) -> Event {
    Event { t_us, x, y, on }
}

/// A file or folder of `../shared`; says so where it is missing.
pub fn shared(part: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no {}", path.display());
    None
}
