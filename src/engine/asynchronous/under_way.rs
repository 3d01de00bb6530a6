//! What packets under way carry, by the numbers that the mesh gives them.

pub(in crate::engine) struct UnderWay<W> {
    words: Vec<W>,
}

impl<W: Copy> UnderWay<W> {
    pub(in crate::engine) fn new() -> UnderWay<W> {
        UnderWay { words: vec![] }
    }

    /// `number` is that of a packet received before, or the next one.
    pub(in crate::engine) fn put(&mut self, number: u32, word: W) {
        match self.words.get_mut(number as usize) {
            Some(place) => *place = word,
            None => self.words.push(word),
        }
    }

    pub(in crate::engine) fn of(&self, number: u32) -> W {
        self.words[number as usize]
    }
}
