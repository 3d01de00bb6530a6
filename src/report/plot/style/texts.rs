//! Where the texts of a picture stand, so that a test can hold them against each other.

/// A line of text in a picture, in units of its layout.
#[derive(Debug, Clone, PartialEq)]
pub struct TextBox {
    /// What it says.
    pub text: String,
    /// Left, top, right and bottom edge.
    pub edges: [f32; 4],
}

impl TextBox {
    /// Whether the two share more than a hairline.
    pub fn overlaps(&self, other: &TextBox) -> bool {
        let ([left, top, right, bottom], [l, t, r, b]) = (self.edges, other.edges);
        right.min(r) - left.max(l) > HAIR && bottom.min(b) - top.max(t) > HAIR
    }
}

/// A picture that was drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Its file without the ending, below the folder.
    pub name: String,
    /// Width and height in units of its layout.
    pub size: [i32; 2],
    /// All its texts, in the order of drawing.
    pub texts: Vec<TextBox>,
}

/// Lines may touch by this much: descenders rarely meet capitals.
const HAIR: f32 = 1.0;

impl Drawn {
    /// A sentence on each text that leaves the picture, and on each two that overlap.
    pub fn faults(&self) -> Vec<String> {
        let [width, height] = self.size.map(|side| side as f32);
        let mut faults = vec![];
        for (n, text) in self.texts.iter().enumerate() {
            let [left, top, right, bottom] = text.edges;
            if left < 0.0 || top < 0.0 || right > width || bottom > height {
                faults.push(format!("{}: `{}` leaves the picture", self.name, text.text));
            }
            for other in self.texts[..n].iter().filter(|other| other.overlaps(text)) {
                let (a, b) = (&other.text, &text.text);
                faults.push(format!("{}: `{a}` and `{b}` overlap", self.name));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(edges: &[[f32; 4]]) -> Drawn {
        let text = |&edges: &[f32; 4]| TextBox { text: "word".into(), edges };
        Drawn { name: "p".into(), size: [100, 50], texts: edges.iter().map(text).collect() }
    }

    #[test]
    fn a_text_outside_is_a_fault() {
        for edges in [
            [-1.0, 5.0, 20.0, 15.0],
            [80.0, 5.0, 101.0, 15.0],
            [5.0, 45.0, 20.0, 55.0],
            [5.0, -5.0, 20.0, 5.0],
        ] {
            assert_eq!(drawn(&[edges]).faults(), ["p: `word` leaves the picture"]);
        }
        assert_eq!(drawn(&[[0.0, 0.0, 100.0, 50.0]]).faults(), [""; 0]);
    }

    #[test]
    fn two_texts_at_one_place_are_a_fault() {
        let first = [10.0, 10.0, 40.0, 20.0];
        let both = drawn(&[first, [35.0, 15.0, 60.0, 25.0]]);
        assert_eq!(both.faults(), ["p: `word` and `word` overlap"]);
        for beside in [[41.0, 10.0, 60.0, 20.0], [10.0, 20.0, 40.0, 30.0]] {
            assert_eq!(drawn(&[first, beside]).faults(), [""; 0]);
        }
    }
}
