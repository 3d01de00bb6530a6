//! What cannot be read is told in words.

use super::written::{self, aedat, archive, npy, sample};
use super::{event, read};
use spikemesh::error_code::Coded;
use zip::CompressionMethod;

/// Code and words of a refusal.
#[track_caller]
fn refused(name: &str, bytes: &[u8], code: &str, words: &[&str]) {
    let error = read(name, bytes).expect_err(name);
    let text = error.to_string();
    assert_eq!(error.code().to_string(), code, "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is missing: {text}");
    }
}

#[test]
fn files_of_other_kinds_are_named() {
    refused("a.txt", b"hello", "E0422", &["a.txt", ".aedat4"]);
    refused("a.png", b"\x89PNG\r\n", "E0422", &["a picture"]);
    refused("a.aedat", b"#!AER-DAT2.0\r\n# x", "E0423", &["version before 4", "dv-processing"]);
    refused("a.raw", b"% evt 2.1\n% end\n", "E0423", &["other than 2 and 3"]);
    refused("a.h5", b"\x89HDF\r\n\x1a\n", "E0423", &["h5py"]);
    assert_eq!(
        super::events::read("nowhere.bs2".as_ref()).unwrap_err().code().to_string(),
        "E0421"
    );
}

#[test]
fn damage_is_told_with_its_place() {
    refused("a.bs2", b"", "E0424", &["it is empty"]);
    refused("a.bs2", &[0; 12], "E0424", &["byte 10", "5 bytes"]);
    refused("a.raw", b"no header", "E0424", &["% evt 2.0"]);
    refused("a.dat", b"\x00\x08", "E0424", &["lines of text"]);
    refused("a.dat", b"% Version 1\n\x00\x08", "E0424", &["version 1"]);
    refused("a.dat", b"% Version 2\n\x28\x08", "E0424", &["kind 40"]);
    let bytes = aedat(&sample(20), 3, 20);
    refused("a.aedat4", &bytes[..40], "E0424", &["longer than the file"]);
    let mut other = bytes.clone();
    other[14 + 4 + 24] = 9;
    refused("a.aedat4", &other, "E0424", &["unknown way (9)"]);
    let short = npy("[('t','<u8'),('x','<u2'),('y','<u2'),('p','?')]", "(9,)", false, &[0; 40]);
    refused("a.npy", &short, "E0424", &["ends before the last of [9]"]);
    let nested = npy("[('t',{{{{{{{{{{{{{{{{{{{{})]", "(9,)", false, &[]);
    refused("a.npy", &nested, "E0424", &["header cannot be read"]);
    refused("a.npz", b"PK\x03\x04 and nothing", "E0424", &["no archive"]);
}

#[test]
fn columns_are_named() {
    refused("a.csv", b"t,x,y\n1,2,3\n", "E0425", &["t, x, y;", "each once"]);
    refused("a.csv", b"t,x,y,p,t_us\n1,2,3,1,1\n", "E0425", &["each once"]);
    refused("a.npy", &npy("'<f4'", "(3, 5)", false, &[0; 60]), "E0425", &["[3, 5]", "[N, 4]"]);
    let named = npy("[('t','<u8'),('row','<u2')]", "(1,)", false, &[0; 10]);
    refused("a.npy", &named, "E0425", &["records of t, row"]);
    let text = npy("[('t','<U2'),('x','u1'),('y','u1'),('p','u1')]", "(1,)", false, &[0; 11]);
    refused("a.npy", &text, "E0425", &["integers or truth values"]);
    let one = || npy("'|u1'", "(1,)", false, &[0]);
    let two = npy("'|u1'", "(2,)", false, &[0; 2]);
    let files = [("t.npy", two), ("x.npy", one()), ("y.npy", one()), ("p.npy", one())];
    let bytes = archive(&files, CompressionMethod::Stored);
    refused("a.npz", &bytes, "E0425", &["[2, 1, 1, 1]"]);
    let bytes = archive(&files[..2], CompressionMethod::Stored);
    refused("a.npz", &bytes, "E0425", &["t, x", "called events"]);
}

#[test]
fn values_are_told_with_their_row() {
    refused("a.csv", b"t,x,y,p\n1,2,3,1\n1,70000,3,1\n", "E0426", &["line 3", "x is 70000"]);
    refused("a.csv", b"t,x,y,p\n0.5,2,3,1\n", "E0426", &["line 2", "0.5", "t_s"]);
    refused("a.csv", b"t,x,y,p\n-5,2,3,1\n", "E0426", &["-5", "times are numbers from 0"]);
    refused("a.csv", b"t_s,x,y,p\n1e300,2,3,1\n", "E0426", &["times are numbers from 0"]);
    refused("a.csv", b"t,x,y,p\n1,2,3,7\n", "E0426", &["p is 7", "0 or -1"]);
    refused("a.csv", b"t,x,y,p\n1,2,NaN,1\n", "E0426", &["`NaN` is no number"]);
    refused("a.csv", b"t,x,y,p\n1,2,3\n", "E0426", &["line 2", "as many values"]);
    let events = [event(1, 2, 3, true), event(1, 2, 3, true)];
    let mut bytes = written::matrix(&events, false);
    let at = bytes.len() - 24;
    bytes[at..at + 8].copy_from_slice(&2.5f64.to_le_bytes());
    refused("a.npy", &bytes, "E0426", &["row 1", "x is 2.5"]);
}
