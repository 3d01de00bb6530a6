//! As much of flatbuffers as AEDAT 4 needs: fields of a table, each looked up within its bytes.

/// A table within a buffer.
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the offsets of its fields stand.
    fields: usize,
    /// Bytes of these, with the two lengths before them.
    length: usize,
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|&four| u32::from_le_bytes(four))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|&two| u16::from_le_bytes(two))
}

/// What an offset at `at` points at.
fn behind(bytes: &[u8], at: usize) -> Option<usize> {
    at.checked_add(usize::try_from(u32_at(bytes, at)?).ok()?)
}

impl<'a> Table<'a> {
    /// The table that a buffer is of.
    pub fn root(bytes: &'a [u8]) -> Option<Table<'a>> {
        let at = behind(bytes, 0)?;
        let back = u32_at(bytes, at)?.cast_signed();
        let fields = at.checked_add_signed(isize::try_from(back).ok()?.checked_neg()?)?;
        let length = usize::from(u16_at(bytes, fields)?);
        Some(Table { bytes, at, fields, length })
    }

    /// Where a field stands; `None` where it has its default.
    fn field(&self, number: usize) -> Option<usize> {
        let at = 4 + 2 * number;
        if at + 2 > self.length {
            return None;
        }
        let offset = usize::from(u16_at(self.bytes, self.fields.checked_add(at)?)?);
        (offset != 0).then(|| self.at.checked_add(offset)).flatten()
    }

    pub fn i32(&self, number: usize) -> Option<i32> {
        u32_at(self.bytes, self.field(number)?).map(u32::cast_signed)
    }

    pub fn i64(&self, number: usize) -> Option<i64> {
        let bytes = self.bytes.get(self.field(number)?..)?.first_chunk()?;
        Some(i64::from_le_bytes(*bytes))
    }

    pub fn text(&self, number: usize) -> Option<&'a str> {
        self.field(number)?;
        std::str::from_utf8(self.list(number, 1)?).ok()
    }

    /// The bytes of a list of elements of `size` bytes; none where the field is left out. `None`
    /// where the list leaves the buffer.
    pub fn list(&self, number: usize, size: usize) -> Option<&'a [u8]> {
        let Some(field) = self.field(number) else { return Some(&[]) };
        let at = behind(self.bytes, field)?;
        let count = usize::try_from(u32_at(self.bytes, at)?).ok()?;
        self.bytes.get(at.checked_add(4)?..)?.get(..count.checked_mul(size)?)
    }
}
