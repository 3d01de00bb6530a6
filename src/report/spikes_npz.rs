//! `spikes.npz`: the events of `spikes.csv` as arrays, for what is too large for a text.

use super::Error;
use crate::activity::SpikeRecord;
use crate::pipeline::Spikes;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

const NAME: &str = "spikes.npz";

/// Name and type of an array, and its value of a spike in the bytes of that type.
type Array = (&'static str, &'static str, fn(&SpikeRecord) -> Vec<u8>);

/// One array for each column, all of the same length.
const ARRAYS: [Array; 4] = [
    ("step", "<u4", |spike| spike.step.to_le_bytes().into()),
    ("layer", "<i4", |spike| spike.layer.to_le_bytes().into()),
    ("neuron", "<u4", |spike| spike.neuron.to_le_bytes().into()),
    ("count", "<i2", |spike| spike.count.to_le_bytes().into()),
];

/// Writes one array after the other: what a run recorded may be larger than memory.
pub(super) fn write(dir: &Path, spikes: &Spikes) -> Result<(), Error> {
    let path = dir.join(NAME);
    let failed = |source| Error::Write { path: path.clone(), source };
    archive(File::create(&path).map_err(failed)?, spikes).map_err(failed)
}

fn archive(file: File, spikes: &Spikes) -> io::Result<()> {
    let mut count = 0u64;
    spikes.each(|_| {
        count += 1;
        io::Result::Ok(())
    })?;
    // The same bytes whenever it is written; read as it lies.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .large_file(true);
    let mut archive = ZipWriter::new(BufWriter::new(file));
    for (name, kind, bytes) in ARRAYS {
        archive.start_file(format!("{name}.npy"), options)?;
        archive.write_all(&header(kind, count))?;
        let mut held = Vec::with_capacity(HELD);
        spikes.each(|spike| {
            held.extend(bytes(&spike));
            if held.len() + size_of::<u32>() > HELD {
                archive.write_all(&held)?;
                held.clear();
            }
            io::Result::Ok(())
        })?;
        archive.write_all(&held)?;
    }
    archive.finish()?.flush()
}

/// Bytes that are written at once.
const HELD: usize = 1 << 16;

/// What stands before the values of a `.npy` file of version 1.0, one dimension: a dictionary of
/// Python that fills up to a multiple of 64 bytes (numpy's `lib/format.py`).
fn header(kind: &str, count: u64) -> Vec<u8> {
    let mut text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({count},), }}");
    let begin = 10;
    let whole = (begin + text.len() + 1).next_multiple_of(64);
    text.extend(std::iter::repeat_n(' ', whole - begin - text.len() - 1));
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    // A header of one dimension takes one or two times 64 bytes.
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;
    use ndarray_npy::NpzReader;

    #[test]
    fn arrays_read_back() {
        let root = tempfile::tempdir().unwrap();
        // More than are held in memory, and more than are written at once.
        let spike = |n: u32| SpikeRecord {
            step: n / 100,
            layer: (n % 7) as i32 - 1,
            neuron: n * 3,
            count: (n % 5) as i16 - 2,
        };
        let spikes: Spikes = (0..70_001).map(spike).collect();
        write(root.path(), &spikes).unwrap();
        let mut archive = NpzReader::new(File::open(root.path().join(NAME)).unwrap()).unwrap();
        let steps: Array1<u32> = archive.by_name("step").unwrap();
        let layers: Array1<i32> = archive.by_name("layer").unwrap();
        let neurons: Array1<u32> = archive.by_name("neuron").unwrap();
        let counts: Array1<i16> = archive.by_name("count").unwrap();
        assert_eq!(steps.len(), 70_001);
        for n in 0..70_001 {
            let SpikeRecord { step, layer, neuron, count } = spike(n);
            let at = n as usize;
            assert_eq!((steps[at], layers[at]), (step, layer));
            assert_eq!((neurons[at], counts[at]), (neuron, count));
        }
        let bytes = std::fs::read(root.path().join(NAME)).unwrap();
        write(root.path(), &spikes).unwrap();
        assert_eq!(std::fs::read(root.path().join(NAME)).unwrap(), bytes);
    }
}
