//! Bytes that begin on a cache line, so that a row of weights touches as few lines as it fills.

/// Read-only bytes, the first of them at a multiple of 64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    lines: Vec<Line>,
    len: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
struct Line([u8; 64]);

impl Lines {
    pub fn new(bytes: &[u8]) -> Lines {
        let line = |chunk: &[u8]| {
            let mut line = Line([0; 64]);
            line.0[..chunk.len()].copy_from_slice(chunk);
            line
        };
        Lines { lines: bytes.chunks(64).map(line).collect(), len: bytes.len() }
    }

    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the lines are 64 bytes each, without gaps, and hold at least `len` of them.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}
