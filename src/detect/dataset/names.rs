//! Class names of a set against those of a network.

use super::{Cause, Dataset, DatasetError, Labelled, Skipped, Truth};

/// A set in the class indices of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    /// The set with the network's classes and only the boxes of these, the others among those left
    /// out; pictures that lose all boxes stay, as pictures where nothing is to be found.
    pub dataset: Dataset,
    /// Classes of the set that the network does not know; their boxes are left out.
    pub unknown: Vec<String>,
}

/// Names that Darknet (after Pascal VOC) and COCO give to the same thing.
const SAME: [(&str, &str); 4] = [
    ("motorcycle", "motorbike"),
    ("airplane", "aeroplane"),
    ("couch", "sofa"),
    ("tv", "tvmonitor"),
];

/// The name without case, spaces and signs, in Darknet's word.
fn canonical(name: &str) -> String {
    let plain: String =
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match SAME.iter().find(|(coco, _)| *coco == plain) {
        Some((_, darknet)) => (*darknet).into(),
        None => plain,
    }
}

impl Dataset {
    /// The set in the class indices of a network with these class names. Case, spaces and signs in
    /// names do not matter, nor does the word where COCO and VOC differ ("couch", "sofa").
    pub fn for_classes(&self, classes: &[String]) -> Result<Aligned, DatasetError> {
        let index = places(&self.classes, classes);
        if index.iter().all(Option::is_none) {
            let (set, network) = (self.classes.join(", "), classes.join(", "));
            return Err(DatasetError::NoSharedClass { set, network });
        }
        let mut skipped = self.skipped.clone();
        let mut boxes = |image: &Labelled| -> Vec<Truth> {
            let mut kept = Vec::with_capacity(image.boxes.len());
            for &truth in &image.boxes {
                match index[truth.class] {
                    Some(class) => kept.push(Truth { class, ..truth }),
                    None => {
                        let name = self.classes[truth.class].clone();
                        let reason = format!("a box of the class {name}");
                        let (path, cause) = (image.path.clone(), Cause::ForeignClass);
                        skipped.push(Skipped { path, class: Some(name), cause, reason });
                    }
                }
            }
            kept
        };
        let images = self
            .images
            .iter()
            .map(|image| Labelled { boxes: boxes(image), ..image.clone() })
            .collect();
        let notes = self.notes.clone();
        let dataset = Dataset { classes: classes.to_vec(), images, skipped, notes };
        let known = index.iter().zip(&self.classes);
        let unknown = known.filter(|(i, _)| i.is_none()).map(|(_, name)| name.clone()).collect();
        Ok(Aligned { dataset, unknown })
    }
}

fn find(network: &[String], name: &str) -> Option<usize> {
    let name = canonical(name);
    network.iter().position(|known| *known == name)
}

/// Of each class of `set`, its place among `classes`, by the same rule.
pub(in crate::detect) fn places(set: &[String], classes: &[String]) -> Vec<Option<usize>> {
    let network: Vec<String> = classes.iter().map(|name| canonical(name)).collect();
    set.iter().map(|name| find(&network, name)).collect()
}
