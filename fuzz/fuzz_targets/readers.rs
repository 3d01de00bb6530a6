//! One file of a folder, changed by the fuzzer, and read as the library reads it. `SPIKEMESH_SEEDS`
//! names the folder, `SPIKEMESH_FILE` the file in it; `fuzz/run.sh` sets both.
#![no_main]

#[path = "../../tests/mutants/change.rs"]
mod change;
#[path = "../../tests/mutants/readers.rs"]
mod readers;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use rand::SeedableRng;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

/// What a reader may take, in bytes.
const MEMORY: u64 = 256 << 20;

/// A copy of the folder, and who reads the file.
struct Place {
    folder: TempDir,
    file: String,
    form: change::Form,
    read: readers::Read,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let said = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let (seeds, file) = (PathBuf::from(said("SPIKEMESH_SEEDS")), said("SPIKEMESH_FILE"));
    let folder = tempfile::tempdir().expect("a folder");
    copy(&seeds, folder.path());
    spikemesh::memory::allow(MEMORY);
    let (form, read) = readers::of(&file);
    Place { folder, file, form, read }
});

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the seeds").flatten() {
        let target = to.join(entry.file_name());
        match entry.path() {
            folder if folder.is_dir() => copy(&folder, &target),
            file => drop(fs::copy(file, target).expect("a seed")),
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let place = &*PLACE;
    fs::write(place.folder.path().join(&place.file), bytes).expect("the file");
    (place.read)(place.folder.path(), &place.file);
});

// Every second mutant is one by structure, so that it gets beyond the first check.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 2 == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut rng = change::Rng::seed_from_u64(seed.into());
    let new = change::mutant(PLACE.form, &data[..size], &mut rng);
    let long = new.len().min(max_size);
    data[..long].copy_from_slice(&new[..long]);
    long
});
