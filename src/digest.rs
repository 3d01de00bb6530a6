//! Hashes that name files in reports.
//!
//! ```
//! use spikemesh::digest::sha256;
//!
//! let hash = sha256([&b"one"[..], b"two"]);
//! assert_eq!((hash.len(), &hash), (64, &sha256([&b"onetwo"[..]])));
//! ```

use sha2::{Digest, Sha256};

/// SHA-256 of the parts one after another, in lower-case hexadecimal.
pub fn sha256<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    parts.into_iter().for_each(|part| hash.update(part));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
