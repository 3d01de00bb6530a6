//! `.npy`: an array of records with fields t, x, y and p, or `[N, 4]` of plain numbers.

mod header;
mod literal;

use super::columns::{self, Columns, EXPECTED, Number};
use super::source::{Found, Source};
use super::{Error, Format};
use header::{Kind, Layout};

pub(super) use header::{Header, header};

pub(super) const FORMAT: Format =
    Format { name: "NumPy .npy", suffixes: &["npy"], begins: Some(begins), read };

/// Bytes that arrays begin with.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Arrays of pictures begin with these bytes, too: only one with the columns of events is one.
fn begins(start: &[u8]) -> bool {
    header(start).is_ok_and(|header| Events::of(&header).is_some())
}

fn read(source: &Source, found: &mut Found) -> Result<(), Error> {
    array(source, &source.bytes, found)
}

/// How an array holds events.
struct Events {
    columns: Columns,
    layout: Layout,
    rows: usize,
}

impl Events {
    fn of(header: &Header) -> Option<Events> {
        let (columns, layout) = match (&header.fields, &header.shape[..]) {
            (Some(fields), [_]) => {
                let columns = Columns::of(fields.iter().map(|field| field.name.as_str()))?;
                let cells = columns.at.map(|column| fields[column].cell);
                (columns, Layout::records(cells, header.item))
            }
            (None, &[rows, 4]) => (Columns::IN_ORDER, header.matrix(rows)?),
            _ => return None,
        };
        layout.is_of_numbers().then_some(Events { columns, layout, rows: header.shape[0] })
    }
}

/// Shape of an array `[N, H, W]` of bytes in the usual order, by its first bytes, and where its
/// data begin; `None` for other arrays.
///
/// # Errors
/// What is wrong with its header.
pub(in crate::encode) fn pixel_array(start: &[u8]) -> Result<Option<([usize; 3], u64)>, String> {
    let header = header(start).map_err(|(_, what)| what)?;
    let shape = <[usize; 3]>::try_from(&header.shape[..]).ok();
    Ok(shape.filter(|_| header.is_of_bytes()).map(|shape| (shape, header.at as u64)))
}

/// The events of the bytes of a `.npy` file, which may be a part of `source`.
pub(super) fn array(source: &Source, bytes: &[u8], found: &mut Found) -> Result<(), Error> {
    let header = header(bytes).map_err(|(at, what)| source.damaged(at, what))?;
    let events = Events::of(&header).ok_or_else(|| Error::Columns {
        path: source.path.clone(),
        found: format!("holds {}", header.described()),
        expected: format!(
            "it takes records of integers or truth values ({EXPECTED}), \
             or an array [N, 4] of the columns t, x, y, p"
        ),
    })?;
    let data = header.data(bytes).map_err(|(at, what)| source.damaged(at, what))?;
    for row in 0..events.rows {
        let values = events.layout.row(data, row);
        let event = columns::event(events.columns.unit, values).map_err(|what| Error::Value {
            path: source.path.clone(),
            place: format!("row {row}"),
            what,
        })?;
        found.push(source, event)?;
    }
    Ok(())
}

/// A list of numbers, such as the times alone.
pub(super) struct List<'a> {
    data: &'a [u8],
    layout: Layout,
    pub length: usize,
}

impl<'a> List<'a> {
    /// Of the bytes of a `.npy` file of one dimension.
    pub fn of(source: &Source, bytes: &'a [u8], name: &str) -> Result<List<'a>, Error> {
        let fault = |(at, what): (usize, String)| source.damaged(at, format!("{name}: {what}"));
        let header = header(bytes).map_err(fault)?;
        let layout = header.list().filter(Layout::is_of_numbers);
        let layout = layout.ok_or_else(|| Error::Columns {
            path: source.path.clone(),
            found: format!("holds {} as {name}", header.described()),
            expected: "each of t, x, y and p takes one dimension of numbers".into(),
        })?;
        let data = header.data(bytes).map_err(fault)?;
        Ok(List { data, layout, length: header.shape[0] })
    }

    pub fn get(&self, row: usize) -> Number {
        self.layout.row(self.data, row)[0]
    }
}

impl Kind {
    /// The number in these bytes, as many as the kind has.
    fn number(self, bytes: &[u8], big_endian: bool) -> Number {
        let mut wide = [0; 8];
        let length = bytes.len().min(8);
        wide[..length].copy_from_slice(&bytes[..length]);
        if big_endian {
            wide[..length].reverse();
        }
        let unsigned = u64::from_le_bytes(wide);
        match (self, length) {
            (Kind::Truth, _) => Number::Whole(i128::from(unsigned != 0)),
            (Kind::Float, 4) => Number::Float(f32::from_bits(unsigned as u32).into()),
            (Kind::Float, _) => Number::Float(f64::from_bits(unsigned)),
            (Kind::Signed, 1..) => {
                let unused = 64 - 8 * length as u32;
                Number::Whole(((unsigned << unused).cast_signed() >> unused).into())
            }
            _ => Number::Whole(unsigned.into()),
        }
    }
}
