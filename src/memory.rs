//! How much memory a command may take: a message in place of a killed process.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// What [`allow`] was given; 0 where nobody asked.
static GIVEN: AtomicU64 = AtomicU64::new(0);

/// What would take more memory than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} of memory needed, {} allowed ({}); give --max-memory {} or more",
    text(*needed), text(*allowed), if *given { "--max-memory" } else { "half of what is free" },
    text(needed.saturating_add(needed / 8)).replace(' ', "")
)]
pub struct TooMuch {
    /// Bytes that it would take.
    pub needed: u64,
    /// Bytes that it may take.
    pub allowed: u64,
    /// The limit was asked for, not read from the machine.
    pub given: bool,
}

/// Bytes that the program takes whatever the network: itself, and the pictures that it draws.
pub const PROGRAM: u64 = 48 << 20;

/// Sets the limit of this process, in bytes.
pub fn allow(bytes: u64) {
    GIVEN.store(bytes, Ordering::Relaxed);
}

/// The limit in bytes, and whether somebody asked for it.
pub fn allowed() -> (u64, bool) {
    static FREE: OnceLock<u64> = OnceLock::new();
    match GIVEN.load(Ordering::Relaxed) {
        0 => (FREE.get_or_init(free) / 2, false),
        given => (given, true),
    }
}

/// Whether `bytes` are within the limit.
///
/// # Errors
/// How much is needed, how much allowed, and how to allow more.
pub fn check(bytes: u64) -> Result<(), TooMuch> {
    let (allowed, given) = allowed();
    if bytes <= allowed { Ok(()) } else { Err(TooMuch { needed: bytes, allowed, given }) }
}

/// Bytes that this process can still get, by the machine, its control group and its limits.
fn free() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let mut free = system.available_memory();
    if let Some(group) = system.cgroup_limits() {
        free = free.min(group.free_memory);
    }
    if let Some(space) = address_space() {
        free = free.min(space);
    }
    // A system that tells nothing is taken for a small machine.
    if free == 0 { 4 << 30 } else { free }
}

/// The limit of this process' addresses, if one is set, as by `ulimit -v`.
fn address_space() -> Option<u64> {
    #[cfg(unix)]
    return rustix::process::getrlimit(rustix::process::Resource::As).current;
    #[cfg(not(unix))]
    None
}

/// Addresses that allocators keep for a thread, and those that all other work wants.
const PER_THREAD: u64 = 96 << 20;
const BESIDE_THREADS: u64 = 256 << 20;

/// Most threads that the limit of addresses leaves room for; `None` without such a limit.
pub fn most_threads() -> Option<usize> {
    let most = address_space()?.saturating_sub(BESIDE_THREADS) / PER_THREAD;
    Some(usize::try_from(most).unwrap_or(usize::MAX).max(1))
}

const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// Reads a size such as `16GiB`, `800 MB` or a number of bytes.
///
/// # Errors
/// What a size looks like.
///
/// ```
/// use spikemesh::memory::parse;
/// assert_eq!((parse("16GiB"), parse("1.5 kB")), (Ok(16 << 30), Ok(1500)));
/// assert!(parse("much").is_err() && parse("0").is_err() && parse("-1GiB").is_err());
/// ```
pub fn parse(size: &str) -> Result<u64, String> {
    let size = size.trim();
    let lower = size.to_ascii_lowercase();
    let unit = UNITS.iter().find(|(unit, _)| lower.ends_with(&unit.to_ascii_lowercase()));
    let (digits, times) =
        unit.map_or((size, 1), |(unit, times)| (&size[..size.len() - unit.len()], *times));
    let number: Option<f64> = digits.trim().parse().ok();
    // Beyond the largest whole number the conversion stays there.
    let bytes = number.filter(|n| n.is_finite()).map_or(0, |n| (n * times as f64) as u64);
    if bytes > 0 { Ok(bytes) } else { Err(format!("`{size}` is no size; such as 16GiB or 800MB")) }
}

/// A number of bytes for people.
fn text(bytes: u64) -> String {
    let (unit, times) = UNITS[..4].iter().find(|(_, times)| bytes >= *times).unwrap_or(&("B", 1));
    // Rounded up, so that what a message asks for is enough.
    let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(*times));
    if tenths.is_multiple_of(10) {
        format!("{} {unit}", tenths / 10)
    } else {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_how_much_and_what_helps() {
        let error = TooMuch { needed: 3 << 29, allowed: 1 << 30, given: true };
        let text = error.to_string();
        assert_eq!(
            text,
            "1.5 GiB of memory needed, 1 GiB allowed (--max-memory); give --max-memory 1.7GiB or \
             more"
        );
        assert!(parse("1.7GiB").unwrap() >= error.needed);
    }

    #[test]
    fn the_machine_has_memory() {
        assert!(free() > 1 << 20);
    }
}
