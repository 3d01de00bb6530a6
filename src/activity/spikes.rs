//! Every spike of a run, in the order in which it came. What is more than some megabytes lies on
//! disk, in a file that has no name and goes with its process.

use super::SpikeRecord;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::IgnoredAny};
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};

/// Spikes that are kept in memory.
const HELD: usize = 1 << 16;
/// Bytes of a spike on disk.
const BYTES: usize = 14;

/// Recorded spikes.
#[derive(Debug, Default)]
pub struct Spikes {
    /// The last ones.
    held: Vec<SpikeRecord>,
    /// Those before them.
    disk: Option<File>,
    /// Why the disk took no more; told to whoever reads.
    failed: Option<String>,
}

impl Spikes {
    /// Adds one.
    pub fn push(&mut self, spike: SpikeRecord) {
        if self.held.len() == HELD {
            self.spill();
        }
        self.held.push(spike);
    }

    /// Moves what is held to the disk.
    fn spill(&mut self) {
        let written = self.write();
        self.held.clear();
        if let Err(error) = written {
            self.failed.get_or_insert(error.to_string());
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let mut file = match self.disk.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        let mut bytes = Vec::with_capacity(BYTES * self.held.len());
        for SpikeRecord { step, layer, neuron, count } in &self.held {
            bytes.extend(step.to_le_bytes());
            bytes.extend(layer.to_le_bytes());
            bytes.extend(neuron.to_le_bytes());
            bytes.extend(count.to_le_bytes());
        }
        file.seek(SeekFrom::End(0))?;
        file.write_all(&bytes)?;
        self.disk = Some(file);
        Ok(())
    }

    /// Hands every spike to `take`, in order.
    ///
    /// # Errors
    /// The disk took not all of them or gives them back no more; whatever `take` says.
    pub fn each<E: From<io::Error>>(
        &self,
        mut take: impl FnMut(SpikeRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(why) = &self.failed {
            return Err(io::Error::other(why.clone()).into());
        }
        if let Some(mut file) = self.disk.as_ref() {
            file.seek(SeekFrom::Start(0))?;
            let mut reader = BufReader::with_capacity(BYTES << 12, file);
            let mut bytes = [0; BYTES];
            loop {
                match reader.read_exact(&mut bytes) {
                    Ok(()) => take(read(&bytes))?,
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        self.held.iter().try_for_each(|&spike| take(spike))
    }

    /// All of them.
    ///
    /// # Errors
    /// As [`Spikes::each`].
    pub fn to_vec(&self) -> io::Result<Vec<SpikeRecord>> {
        let mut all = vec![];
        self.each(|spike| {
            all.push(spike);
            io::Result::Ok(())
        })?;
        Ok(all)
    }
}

fn read(bytes: &[u8; BYTES]) -> SpikeRecord {
    let &[a, b, c, d, e, f, g, h, i, j, k, l, m, n] = bytes;
    SpikeRecord {
        step: u32::from_le_bytes([a, b, c, d]),
        layer: i32::from_le_bytes([e, f, g, h]),
        neuron: u32::from_le_bytes([i, j, k, l]),
        count: i16::from_le_bytes([m, n]),
    }
}

impl Extend<SpikeRecord> for Spikes {
    fn extend<T: IntoIterator<Item = SpikeRecord>>(&mut self, spikes: T) {
        spikes.into_iter().for_each(|spike| self.push(spike));
    }
}

impl FromIterator<SpikeRecord> for Spikes {
    fn from_iter<T: IntoIterator<Item = SpikeRecord>>(spikes: T) -> Spikes {
        let mut all = Spikes::default();
        all.extend(spikes);
        all
    }
}

impl Clone for Spikes {
    fn clone(&self) -> Spikes {
        let mut all = Spikes::default();
        let copied = self.each(|spike| {
            all.push(spike);
            io::Result::Ok(())
        });
        if let Err(error) = copied {
            all.failed = Some(error.to_string());
        }
        all
    }
}

impl PartialEq for Spikes {
    fn eq(&self, other: &Spikes) -> bool {
        matches!((self.to_vec(), other.to_vec()), (Ok(one), Ok(other)) if one == other)
    }
}

/// They are no part of a saved activity, which has a null in their place.
impl Serialize for Spikes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for Spikes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Spikes, D::Error> {
        IgnoredAny::deserialize(from).map(|_| Spikes::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spikes_on_disk_come_back_in_order() {
        let spike = |n: usize| SpikeRecord {
            step: n as u32,
            layer: if n.is_multiple_of(3) { SpikeRecord::NO_LAYER } else { n as i32 % 7 },
            neuron: u32::MAX - n as u32,
            count: (n % 1000) as i16 - 99,
        };
        let many = 2 * HELD + 5;
        let mut spikes: Spikes = (0..many).map(spike).collect();
        assert!(spikes.disk.is_some() && spikes.held.len() == 5);
        let expected: Vec<_> = (0..many).map(spike).collect();
        assert_eq!(spikes.to_vec().unwrap(), expected);
        let copy = spikes.clone();
        assert!(copy == spikes);
        // Reading moves nothing of what is written later.
        spikes.extend((many..2 * many).map(spike));
        assert_eq!(spikes.to_vec().unwrap(), (0..2 * many).map(spike).collect::<Vec<_>>());
        assert!(copy != spikes);
    }
}
