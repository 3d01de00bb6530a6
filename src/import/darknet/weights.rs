//! The `.weights`: a header, then the layers' numbers in the order of the `.cfg`.

/// What is left of the file.
pub struct Weights<'a> {
    rest: &'a [u8],
    taken: usize,
}

impl Weights<'_> {
    /// Reads the header: major, minor and revision of the format as 32-bit numbers, then how many
    /// images were seen in training: in 64 bits since version 0.2, in 32 before.
    pub fn open(bytes: &[u8]) -> Result<Weights<'_>, String> {
        let too_short =
            || format!("its {} bytes are too few for a header; is it cut short?", bytes.len());
        let (version, rest) = bytes.split_first_chunk::<12>().ok_or_else(too_short)?;
        let number = |at: usize| {
            i32::from_le_bytes([version[at], version[at + 1], version[at + 2], version[at + 3]])
        };
        let (major, minor) = (number(0), number(4));
        // From 1000 on the numbers say that matrices are transposed, which only old files did.
        if !(0..1000).contains(&major) || !(0..1000).contains(&minor) {
            return Err(format!("version {major}.{minor} is unknown; are these Darknet weights?"));
        }
        let seen = if major * 10 + minor >= 2 { 8 } else { 4 };
        let (_, rest) = rest.split_at_checked(seen).ok_or_else(too_short)?;
        Ok(Weights { rest, taken: 0 })
    }

    /// The next `n` numbers, which are `what`.
    pub fn take(&mut self, n: usize, what: &str) -> Result<Vec<f32>, String> {
        let left = self.rest.len() / 4;
        if n > left {
            let (rest, taken) = (self.rest.len(), self.taken);
            return Err(format!(
                "it needs {n} numbers for {what}, but after {taken} numbers only {rest} bytes are \
                 left; is the file cut short, or of another .cfg?"
            ));
        }
        let (own, rest) = self.rest.split_at(4 * n);
        let (words, _) = own.as_chunks::<4>();
        let numbers: Vec<f32> = words.iter().map(|&word| f32::from_le_bytes(word)).collect();
        if let Some(at) = numbers.iter().position(|x| !x.is_finite()) {
            let (x, at) = (numbers[at], self.taken + at);
            return Err(format!(
                "{x} among its {what} (number {at} of the file); is it of another .cfg?"
            ));
        }
        self.rest = rest;
        self.taken += n;
        Ok(numbers)
    }

    /// Nothing may be left once all layers have theirs.
    pub fn finish(&self) -> Result<(), String> {
        let (rest, taken) = (self.rest.len(), self.taken);
        if rest == 0 {
            return Ok(());
        }
        Err(format!(
            "{rest} bytes are left after the {taken} numbers that the .cfg asks for; is it of \
             another .cfg?"
        ))
    }
}
