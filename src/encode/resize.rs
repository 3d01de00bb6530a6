//! Bilinear resize of 8-bit pictures with half-pixel centres and without antialiasing.

use super::detector::{Position, Sides};
use super::labelled::Grey;

/// An 8-bit picture, `[height, width, 3]`, RGB, row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    width: usize,
    height: usize,
    data: Vec<u8>,
}

/// Where a picture lies on its letterbox canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letterbox {
    /// Width of the scaled picture.
    pub width: usize,
    /// Height of the scaled picture.
    pub height: usize,
    /// First canvas column of the picture.
    pub left: usize,
    /// First canvas row of the picture.
    pub top: usize,
}

impl Letterbox {
    /// Fits a picture of `from` (width, height) into a canvas of `to` (width, height): the tighter
    /// side fills the canvas, the other becomes an integer (at least 1) as `sides` says.
    pub fn fit(
        from: (usize, usize),
        to: (usize, usize),
        position: Position,
        sides: Sides,
    ) -> Letterbox {
        let (w, h) = (from.0.max(1) as u128, from.1.max(1) as u128);
        let (tw, th) = (to.0 as u128, to.1 as u128);
        // Whole numbers, so that the filled side is exact and the truncation never loses a pixel
        // to a rounded scale. Both quotients are at most the canvas side.
        let share = |whole: u128, by: u128| sides.of(whole, by) as usize;
        let (width, height) =
            if tw * h <= th * w { (to.0, share(h * tw, w)) } else { (share(w * th, h), to.1) };
        let (width, height) = (width.max(1), height.max(1));
        let (left, top) = match position {
            Position::Center => (to.0.saturating_sub(width) / 2, to.1.saturating_sub(height) / 2),
            Position::TopLeft => (0, 0),
        };
        Letterbox { width, height, left, top }
    }
}

/// The two source cells of every target cell along one axis, and the weight of the second.
fn taps(from: usize, to: usize) -> Vec<(usize, usize, f64)> {
    let scale = from as f64 / to as f64;
    (0..to)
        .map(|i| {
            let x = ((i as f64 + 0.5) * scale - 0.5).clamp(0.0, (from - 1) as f64);
            let low = x.floor();
            (low as usize, (low as usize + 1).min(from - 1), x - low)
        })
        .collect()
}

impl Pixels {
    /// Takes `width * height * 3` bytes; `None` if the length differs or a side is 0.
    pub fn new(width: usize, height: usize, data: Vec<u8>) -> Option<Pixels> {
        let len = width.checked_mul(height)?.checked_mul(3)?;
        (len > 0 && data.len() == len).then_some(Pixels { width, height, data })
    }

    /// A grey picture in colour: all three are the same.
    pub(super) fn of_grey(grey: &Grey) -> Pixels {
        let data = grey.pixels.iter().flat_map(|&pixel| [pixel; 3]).collect();
        Pixels { width: grey.width, height: grey.height, data }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The bytes, `[height, width, 3]`, RGB.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Whether red, green and blue are the same everywhere.
    pub fn is_grey(&self) -> bool {
        self.data.chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
    }

    /// The picture in its brightness: luma of Rec. 601, as JPEG files and most image libraries have
    /// it.
    pub fn grey(&self) -> Pixels {
        let luma = |pixel: &[u8]| {
            let sum =
                299 * u32::from(pixel[0]) + 587 * u32::from(pixel[1]) + 114 * u32::from(pixel[2]);
            ((sum + 500) / 1000) as u8
        };
        let data = self.data.chunks_exact(3).flat_map(|pixel| [luma(pixel); 3]).collect();
        Pixels { data, ..*self }
    }

    /// Bilinear resize: half-pixel centres, the border pixel repeated, no antialiasing, every value
    /// rounded to the nearest of 0..=255 (half up). A `width` or `height` of 0 counts as 1.
    pub fn resize(&self, width: usize, height: usize) -> Pixels {
        let (width, height) = (width.max(1), height.max(1));
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let columns = taps(self.width, width);
        let mut data = Vec::with_capacity(width * height * 3);
        for (y0, y1, fy) in taps(self.height, height) {
            let upper = &self.data[y0 * self.width * 3..][..self.width * 3];
            let lower = &self.data[y1 * self.width * 3..][..self.width * 3];
            for &(x0, x1, fx) in &columns {
                for c in 0..3 {
                    let mix = |row: &[u8]| {
                        f64::from(row[x0 * 3 + c]) * (1.0 - fx) + f64::from(row[x1 * 3 + c]) * fx
                    };
                    let value = mix(upper) * (1.0 - fy) + mix(lower) * fy;
                    data.push((value + 0.5).floor().clamp(0.0, 255.0) as u8);
                }
            }
        }
        Pixels { width, height, data }
    }

    /// Scales the picture into a canvas of `width` by `height` filled with `pad`.
    pub fn letterbox(
        &self,
        width: usize,
        height: usize,
        pad: u8,
        position: Position,
        sides: Sides,
    ) -> Pixels {
        let (width, height) = (width.max(1), height.max(1));
        let place = Letterbox::fit((self.width, self.height), (width, height), position, sides);
        let inner = self.resize(place.width, place.height);
        let mut data = vec![pad; width * height * 3];
        for y in 0..place.height {
            let at = ((place.top + y) * width + place.left) * 3;
            let row = &inner.data[y * place.width * 3..][..place.width * 3];
            data[at..at + row.len()].copy_from_slice(row);
        }
        Pixels { width, height, data }
    }
}
