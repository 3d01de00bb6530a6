//! Writers of the formats, as plain as can be.

use lz4_flex::frame::FrameEncoder;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use spikemesh::encode::events::Event;
use std::fmt::Write as _;
use std::io::{Cursor, Write};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// Events of a sensor of 34 x 34, by time, some of the same time.
pub fn sample(count: usize) -> Vec<Event> {
    let mut random = SmallRng::seed_from_u64(7);
    let mut t_us = 900;
    let event = |_| {
        t_us += random.random_range(0..900);
        let (x, y) = (random.random_range(0..34), random.random_range(0..34));
        Event { t_us, x, y, on: random.random() }
    };
    (0..count).map(event).collect()
}

/// Five bytes an event.
pub fn bs2(events: &[Event]) -> Vec<u8> {
    let five = |event: &Event| {
        let word = u32::from(event.on) << 23 | event.t_us as u32;
        let [_, high, middle, low] = word.to_be_bytes();
        [event.x as u8, event.y as u8, high, middle, low]
    };
    events.iter().flat_map(five).collect()
}

/// The same with the times of 2^13 us, and a row of 240 for every round.
pub fn bin(events: &[Event]) -> Vec<u8> {
    let (mut bytes, mut rounds) = (vec![], 0);
    for &event in events {
        while event.t_us >> 13 > rounds {
            bytes.extend([0, 240, 0, 0, 0]);
            rounds += 1;
        }
        bytes.extend(bs2(&[Event { t_us: event.t_us - (rounds << 13), ..event }]));
    }
    bytes
}

pub fn dat(events: &[Event]) -> Vec<u8> {
    let mut bytes = b"% Data file containing CD events.\n% Version 2\n% Date 2026-01-01\n\
                      % Height 34\n% Width 34\n\x0c\x08"
        .to_vec();
    for event in events {
        bytes.extend((event.t_us as u32).to_le_bytes());
        let word = u32::from(event.on) << 28 | u32::from(event.y) << 14 | u32::from(event.x);
        bytes.extend(word.to_le_bytes());
    }
    bytes
}

pub fn evt2(events: &[Event]) -> Vec<u8> {
    let mut bytes = b"% evt 2.0\n% geometry 34x34\n% end\n".to_vec();
    let mut high = None;
    for event in events {
        if high != Some(event.t_us >> 6) {
            high = Some(event.t_us >> 6);
            bytes.extend((0x8000_0000 | (event.t_us >> 6) as u32).to_le_bytes());
        }
        let (kind, low) = (u32::from(event.on) << 28, (event.t_us as u32 & 0x3f) << 22);
        bytes.extend((kind | low | u32::from(event.x) << 11 | u32::from(event.y)).to_le_bytes());
    }
    bytes
}

pub const EVT3_HEADER: &[u8] = b"% evt 3.0\n% format EVT3;height=34;width=34\n% end\n";

pub fn evt3(events: &[Event]) -> Vec<u8> {
    let mut bytes = EVT3_HEADER.to_vec();
    let mut high = None;
    for event in events {
        let now = (event.t_us >> 12 & 0xfff) as u16;
        let mut words = vec![];
        if high != Some(now) {
            high = Some(now);
            words.push(0x8000 | now);
        }
        words.push(0x6000 | (event.t_us & 0xfff) as u16);
        words.extend([event.y, 0x2000 | u16::from(event.on) << 11 | event.x]);
        bytes.extend(words.into_iter().flat_map(u16::to_le_bytes));
    }
    bytes
}

/// A file of AEDAT 4, packed in the way of this number, with so many events a packet.
pub fn aedat(events: &[Event], packing: i32, per_packet: usize) -> Vec<u8> {
    let info = "<dv version=\"2.0\"><node name=\"outInfo\" path=\"/\">\
                <node name=\"0\" path=\"/0/\">\
                <attr key=\"typeIdentifier\" type=\"string\">EVTS</attr>\
                <node name=\"info\" path=\"/0/info/\"><attr key=\"sizeX\" type=\"int\">34</attr>\
                <attr key=\"sizeY\" type=\"int\">34</attr></node></node>\
                <node name=\"1\" path=\"/1/\">\
                <attr key=\"typeIdentifier\" type=\"string\">IMUS</attr></node></node></dv>";
    let mut header = Vec::new();
    header.extend(20u32.to_le_bytes());
    header.extend(b"IOHE");
    // Lengths of this list and of the table, then where its three fields stand.
    header.extend([10u16, 20, 4, 12, 8, 0].into_iter().flat_map(u16::to_le_bytes));
    header.extend([12, packing, 12].into_iter().flat_map(i32::to_le_bytes));
    header.extend((-1i64).to_le_bytes());
    header.extend((info.len() as u32).to_le_bytes());
    header.extend(info.as_bytes());
    header.push(0);
    let mut bytes = b"#!AER-DAT4.0\r\n".to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend(header);
    for part in events.chunks(per_packet) {
        let data = packed(packet(part), packing);
        bytes.extend(0i32.to_le_bytes());
        bytes.extend((data.len() as i32).to_le_bytes());
        bytes.extend(data);
        // One of another stream.
        let other = packed(vec![4, 0, 0, 0, 0, 0, 0, 0, b'I', b'M', b'U', b'S'], packing);
        bytes.extend(1i32.to_le_bytes());
        bytes.extend((other.len() as i32).to_le_bytes());
        bytes.extend(other);
    }
    bytes
}

fn packet(events: &[Event]) -> Vec<u8> {
    let mut table = Vec::new();
    table.extend(16u32.to_le_bytes());
    table.extend(b"EVTS");
    table.extend([6u16, 8, 4, 0].into_iter().flat_map(u16::to_le_bytes));
    table.extend(8i32.to_le_bytes());
    table.extend(4u32.to_le_bytes());
    table.extend((events.len() as u32).to_le_bytes());
    for event in events {
        table.extend((event.t_us as i64).to_le_bytes());
        table.extend((event.x as i16).to_le_bytes());
        table.extend((event.y as i16).to_le_bytes());
        table.extend([u8::from(event.on), 0, 0, 0]);
    }
    let mut bytes = (table.len() as u32).to_le_bytes().to_vec();
    bytes.extend(table);
    bytes
}

fn packed(data: Vec<u8>, packing: i32) -> Vec<u8> {
    match packing {
        0 => data,
        1 | 2 => {
            let mut encoder = FrameEncoder::new(Vec::new());
            encoder.write_all(&data).unwrap();
            encoder.finish().unwrap()
        }
        _ => compress_to_vec(&data[..], CompressionLevel::Fastest),
    }
}

/// A `.npy` file of this type, shape and order.
pub fn npy(descr: &str, shape: &str, by_columns: bool, data: &[u8]) -> Vec<u8> {
    let order = if by_columns { "True" } else { "False" };
    let mut text = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}");
    while !(text.len() + 11).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend(data);
    bytes
}

/// Records of x, y, p, t with a gap.
pub fn records(events: &[Event]) -> Vec<u8> {
    let descr = "[('x', '<u2'), ('y', '>i4'), ('', '|V3'), ('p', '|b1'), ('t', '<i8')]";
    let mut data = vec![];
    for event in events {
        data.extend(event.x.to_le_bytes());
        data.extend(i32::from(event.y).to_be_bytes());
        data.extend([9, 9, 9, u8::from(event.on)]);
        data.extend((event.t_us as i64).to_le_bytes());
    }
    npy(descr, &format!("({},)", events.len()), false, &data)
}

/// `[N, 4]` of floats.
pub fn matrix(events: &[Event], by_columns: bool) -> Vec<u8> {
    let row = |event: &Event| {
        [event.t_us as f64, event.x.into(), event.y.into(), u8::from(event.on).into()]
    };
    let values: Vec<f64> = match by_columns {
        false => events.iter().flat_map(row).collect(),
        true => (0..4).flat_map(|c| events.iter().map(move |event| row(event)[c])).collect(),
    };
    let data: Vec<u8> = values.into_iter().flat_map(f64::to_le_bytes).collect();
    npy("'<f8'", &format!("({}, 4)", events.len()), by_columns, &data)
}

/// An archive of these files.
pub fn archive(files: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Arrays x, y, t and p.
pub fn lists(events: &[Event], method: CompressionMethod) -> Vec<u8> {
    let shape = format!("({},)", events.len());
    let list = |descr: &str, each: &dyn Fn(&Event) -> Vec<u8>| {
        npy(descr, &shape, false, &events.iter().flat_map(each).collect::<Vec<_>>())
    };
    archive(
        &[
            ("x.npy", list("'<u2'", &|event| event.x.to_le_bytes().to_vec())),
            ("y.npy", list("'|u1'", &|event| vec![event.y as u8])),
            ("t.npy", list("'<u4'", &|event| (event.t_us as u32).to_le_bytes().to_vec())),
            ("p.npy", list("'|i1'", &|event| vec![if event.on { 1 } else { 255 }])),
        ],
        method,
    )
}

pub fn csv(events: &[Event]) -> Vec<u8> {
    let mut text = "y,t,p,x\n".to_string();
    for Event { t_us, x, y, on } in events {
        writeln!(text, "{y},{t_us},{},{x}", u8::from(*on)).unwrap();
    }
    text.into_bytes()
}

/// A file of each format, by name.
pub fn each(events: &[Event]) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("plain.bin", bin(events)),
        ("plain.bs2", bs2(events)),
        ("none.aedat4", aedat(events, 0, 100)),
        ("lz4.aedat4", aedat(events, 1, 100)),
        ("lz4-high.aedat4", aedat(events, 2, 7)),
        ("zstd.aedat4", aedat(events, 3, 100)),
        ("zstd-high.aedat4", aedat(events, 4, 1000)),
        ("plain.dat", dat(events)),
        ("two.raw", evt2(events)),
        ("three.raw", evt3(events)),
        ("records.npy", records(events)),
        ("rows.npy", matrix(events, false)),
        ("columns.npy", matrix(events, true)),
        ("stored.npz", lists(events, CompressionMethod::Stored)),
        ("packed.npz", lists(events, CompressionMethod::Deflated)),
        ("one.npz", archive(&[("events.npy", records(events))], CompressionMethod::Deflated)),
        ("plain.csv", csv(events)),
    ]
}
