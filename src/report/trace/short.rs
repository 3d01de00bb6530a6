//! Events as bytes: a trace has millions of them, and messages that are derived take several times
//! as long. A test holds both against each other.

use super::proto::NEEDS_STATE;
use prost::encoding::encode_varint;

/// What stands before a packet: it is field 1 of a trace.
pub(super) const PACKET: u8 = 0x0a;
/// The one sequence of packets.
pub(super) const SEQUENCE: u8 = 1;

/// Tags of a packet's fields, and of those of its event.
const TIMESTAMP: u8 = 8 << 3;
const SEQUENCE_ID: u8 = 10 << 3;
const TRACK_EVENT: u8 = 11 << 3 | 2;
const FLAGS: u8 = 13 << 3;
const TYPE: u8 = 9 << 3;
const NAME_IID: u8 = 10 << 3;
const TRACK_UUID: u8 = 11 << 3;
/// Of two bytes.
const COUNTER_VALUE: [u8; 2] = [0xf0, 0x01];
const FLOW_ID: [u8; 2] = [0xf9, 0x02];

/// An event without a name of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Short {
    /// [`super::proto::SLICE_BEGIN`] and others.
    pub kind: u8,
    pub track: u64,
    pub detail: Detail,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Detail {
    None,
    /// Number of its name, and the flow that goes through it.
    Slice {
        name: u64,
        flow: u64,
    },
    Value(u32),
}

impl Short {
    /// Adds its packet, `later` than the one before.
    pub fn add(&self, later: u64, held: &mut Vec<u8>) {
        // No packet is longer, so that every length takes one byte.
        held.reserve(64);
        let packet = begin(held, PACKET);
        held.push(TIMESTAMP);
        encode_varint(later, held);
        held.extend([SEQUENCE_ID, SEQUENCE]);
        let event = begin(held, TRACK_EVENT);
        held.extend([TYPE, self.kind]);
        if let Detail::Slice { name, .. } = self.detail {
            held.push(NAME_IID);
            encode_varint(name, held);
        }
        held.push(TRACK_UUID);
        encode_varint(self.track, held);
        match self.detail {
            Detail::None => {}
            Detail::Value(value) => {
                held.extend(COUNTER_VALUE);
                encode_varint(value.into(), held);
            }
            Detail::Slice { flow, .. } => {
                held.extend(FLOW_ID);
                held.extend(flow.to_le_bytes());
            }
        }
        end(held, event);
        if let Detail::Slice { .. } = self.detail {
            held.extend([FLAGS, NEEDS_STATE as u8]);
        }
        end(held, packet);
    }
}

/// A message begins; gives the place of its length.
fn begin(held: &mut Vec<u8>, tag: u8) -> usize {
    held.extend([tag, 0]);
    held.len() - 1
}

/// It ends.
fn end(held: &mut [u8], length: usize) {
    held[length] = (held.len() - length - 1) as u8;
}

#[cfg(test)]
mod tests {
    use super::super::proto::{COUNTER, SLICE_BEGIN, SLICE_END, TracePacket, TrackEvent};
    use super::*;
    use prost::Message;

    #[test]
    fn bytes_are_those_of_the_messages() {
        let largest = Detail::Slice { name: u64::MAX, flow: u64::MAX };
        for (kind, detail) in [
            (SLICE_BEGIN, Detail::Slice { name: 300, flow: 7 }),
            (SLICE_BEGIN, largest),
            (SLICE_END, Detail::None),
            (COUNTER, Detail::Value(0)),
            (COUNTER, Detail::Value(u32::MAX)),
        ] {
            for track in [2, 300, u64::MAX] {
                let mut event =
                    TrackEvent { r#type: kind, track_uuid: track, ..TrackEvent::default() };
                let mut flags = 0;
                match detail {
                    Detail::Slice { name, flow } => {
                        (event.name_iid, event.flow_ids, flags) = (name, vec![flow], NEEDS_STATE);
                    }
                    Detail::Value(value) => event.counter_value = Some(value.into()),
                    Detail::None => {}
                }
                let packet = TracePacket {
                    timestamp: Some(u64::MAX),
                    trusted_packet_sequence_id: SEQUENCE.into(),
                    track_event: Some(event),
                    sequence_flags: flags,
                    ..TracePacket::default()
                };
                let mut held = vec![];
                Short { kind: kind as u8, track, detail }.add(u64::MAX, &mut held);
                assert_eq!(held[0], PACKET);
                assert_eq!(held[1..], packet.encode_length_delimited_to_vec());
            }
        }
    }
}
