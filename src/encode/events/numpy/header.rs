//! Headers of arrays: shape, and where the numbers of a row stand.

use super::super::columns::Number;
use super::super::table::shortened;
use super::MAGIC;
use super::literal::{self, Value};

/// Longest header; those of events have some hundred bytes.
const LONGEST: usize = 64 << 10;

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Truth,
    Signed,
    Unsigned,
    Float,
    /// No number.
    Other,
}

/// An element within the data: where it begins, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Cell {
    offset: usize,
    size: usize,
    kind: Kind,
    big_endian: bool,
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Field {
    pub name: String,
    pub cell: Cell,
}

/// What the header of an array says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Header {
    pub shape: Vec<usize>,
    /// Fields of a record; `None` for plain elements.
    pub fields: Option<Vec<Field>>,
    /// Bytes of an element or record.
    pub item: usize,
    plain: Cell,
    by_columns: bool,
    /// Where the data begin.
    pub at: usize,
}

/// Where the numbers of a row stand; in a list they are all the same one.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Layout {
    cells: [Cell; 4],
    row: usize,
}

/// What is wrong, and at which byte.
type Fault = (usize, String);

/// Reads the header of the bytes of a `.npy` file.
pub(in super::super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let fault = |at: usize, what: &str| (at, what.to_string());
    let none = || fault(0, "it does not begin as NumPy arrays do");
    let (version, rest) =
        bytes.strip_prefix(MAGIC).and_then(|rest| rest.split_first_chunk()).ok_or_else(none)?;
    let (length, at) = match (version, rest) {
        ([1, _], &[a, b, ..]) => (usize::from(u16::from_le_bytes([a, b])), 10),
        ([2 | 3, _], &[a, b, c, d, ..]) => (u32::from_le_bytes([a, b, c, d]) as usize, 12),
        _ => return Err(fault(6, "its version is none of 1, 2 and 3")),
    };
    if length > LONGEST {
        return Err(fault(8, "its header is too long for an array of events"));
    }
    let text = bytes.get(at..at + length).ok_or_else(|| fault(8, "it ends within its header"))?;
    let text = std::str::from_utf8(text).map_err(|_| fault(at, "its header is no text"))?;
    let value = literal::value(text.trim_end());
    let header = value.and_then(|value| of_literal(&value, at + length));
    header.ok_or_else(|| (at, format!("its header cannot be read: {}", shortened(text))))
}

fn of_literal(value: &Value, at: usize) -> Option<Header> {
    let Value::Table(entries) = value else { return None };
    let get =
        |name: &str| entries.iter().find(|(key, _)| matches!(key, Value::Text(key) if key == name));
    let (_, Value::Truth(by_columns)) = get("fortran_order")? else { return None };
    let (_, Value::List(sizes)) = get("shape")? else { return None };
    let size = |value: &Value| match value {
        Value::Whole(size) => usize::try_from(*size).ok(),
        _ => None,
    };
    let shape = sizes.iter().map(size).collect::<Option<_>>()?;
    let other = Cell { offset: 0, size: 0, kind: Kind::Other, big_endian: false };
    let (plain, fields, item) = match &get("descr")?.1 {
        Value::Text(kind) => {
            let cell = cell(kind)?;
            (cell, None, cell.size)
        }
        Value::List(fields) => {
            let (fields, item) = record(fields)?;
            (other, Some(fields), item)
        }
        _ => return None,
    };
    Some(Header { shape, fields, item, plain, by_columns: *by_columns, at })
}

/// Fields and bytes of a record.
fn record(values: &[Value]) -> Option<(Vec<Field>, usize)> {
    let (mut fields, mut offset) = (vec![], 0usize);
    for value in values {
        let Value::List(parts) = value else { return None };
        let (name, kind, count) = match &parts[..] {
            [name, Value::Text(kind)] => (name, kind, Some(1)),
            [name, Value::Text(kind), Value::List(sizes)] => (name, kind, count(sizes)),
            _ => return None,
        };
        let name = match name {
            Value::Text(name) => name,
            // A title, then the name.
            Value::List(names) => match &names[..] {
                [_, Value::Text(name)] => name,
                _ => return None,
            },
            _ => return None,
        };
        let mut cell = Cell { offset, ..cell(kind)? };
        offset = offset.checked_add(cell.size.checked_mul(count?)?)?;
        if parts.len() > 2 {
            cell.kind = Kind::Other;
        }
        fields.push(Field { name: name.clone(), cell });
    }
    Some((fields, offset))
}

fn count(sizes: &[Value]) -> Option<usize> {
    sizes.iter().try_fold(1usize, |count, size| match size {
        Value::Whole(size) => count.checked_mul(usize::try_from(*size).ok()?),
        _ => None,
    })
}

/// An element of a type such as `<u8`.
fn cell(text: &str) -> Option<Cell> {
    let bare = text.trim_start_matches(['<', '>', '=', '|']);
    let letter = bare.chars().next()?;
    let digits: String =
        bare[letter.len_utf8()..].chars().take_while(char::is_ascii_digit).collect();
    let number: usize = if digits.is_empty() { 1 } else { digits.parse().ok()? };
    // Letters of text have four bytes.
    let size = if letter == 'U' { number.checked_mul(4)? } else { number };
    let kind = match (letter, size) {
        ('b' | '?', 1) => Kind::Truth,
        ('i', 1 | 2 | 4 | 8) => Kind::Signed,
        ('u', 1 | 2 | 4 | 8) => Kind::Unsigned,
        ('f', 4 | 8) => Kind::Float,
        _ => Kind::Other,
    };
    Some(Cell { offset: 0, size, kind, big_endian: text.starts_with('>') })
}

impl Header {
    /// Rows of four plain numbers.
    pub fn matrix(&self, rows: usize) -> Option<Layout> {
        let size = self.item;
        let step = if self.by_columns { rows.checked_mul(size)? } else { size };
        let mut cells = [self.plain; 4];
        for (column, cell) in cells.iter_mut().enumerate() {
            cell.offset = step.checked_mul(column)?;
        }
        Some(Layout { cells, row: if self.by_columns { size } else { size.checked_mul(4)? } })
    }

    /// One dimension of plain numbers.
    pub fn list(&self) -> Option<Layout> {
        let is_one = self.fields.is_none() && self.shape.len() == 1;
        is_one.then_some(Layout { cells: [self.plain; 4], row: self.item })
    }

    /// Plain bytes, row by row.
    pub fn is_of_bytes(&self) -> bool {
        (self.plain.kind, self.plain.size, self.by_columns) == (Kind::Unsigned, 1, false)
    }

    /// The data, if they are there as a whole.
    pub fn data<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], Fault> {
        let size = self.shape.iter().try_fold(self.item, |size, &n| size.checked_mul(n));
        let data = bytes.get(self.at..).unwrap_or_default();
        size.and_then(|size| data.get(..size)).ok_or_else(|| {
            (bytes.len(), format!("it ends before the last of {:?} elements", self.shape))
        })
    }

    /// Type and shape for a message.
    pub fn described(&self) -> String {
        let what = match &self.fields {
            Some(fields) => {
                let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
                format!("records of {}", shortened(&names.join(", ")))
            }
            None => "plain elements".into(),
        };
        let shown = &self.shape[..self.shape.len().min(8)];
        format!("an array {shown:?} of {what}")
    }
}

impl Layout {
    /// Of records of `item` bytes.
    pub fn records(cells: [Cell; 4], item: usize) -> Layout {
        Layout { cells, row: item }
    }

    pub fn is_of_numbers(&self) -> bool {
        self.cells.iter().all(|cell| cell.kind != Kind::Other)
    }

    /// The four numbers of a row, which the data have.
    pub fn row(&self, data: &[u8], row: usize) -> [Number; 4] {
        self.cells.map(|cell| {
            let at = row * self.row + cell.offset;
            let bytes = data.get(at..at + cell.size).unwrap_or_default();
            cell.kind.number(bytes, cell.big_endian)
        })
    }
}
