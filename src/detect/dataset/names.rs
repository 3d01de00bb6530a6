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
    /// names do not matter where they tell no two classes apart, nor does the word where COCO and
    /// VOC differ ("couch", "sofa").
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

/// Of each class of `set`, its place among `classes`, by the same rule: by the name as it stands,
/// then without case, then by its letters and digits. The last two hold one class against one, of
/// those that have no other yet: names that differ in signs alone ("c", "c++") stay two.
pub(in crate::detect) fn places(set: &[String], classes: &[String]) -> Vec<Option<usize>> {
    let same = |name: &String| classes.iter().position(|known| known == name);
    let mut places: Vec<Option<usize>> = set.iter().map(same).collect();
    let forms: [fn(&str) -> String; 2] = [|name| name.trim().to_lowercase(), canonical];
    for form in forms {
        let open: Vec<usize> = (0..set.len()).filter(|&n| places[n].is_none()).collect();
        let free: Vec<usize> =
            (0..classes.len()).filter(|&class| !places.contains(&Some(class))).collect();
        for &n in &open {
            let name = form(&set[n]);
            let alone = open.iter().all(|&other| other == n || form(&set[other]) != name);
            let mut known = free.iter().filter(|&&class| form(&classes[class]) == name);
            if let (Some(&class), None) = (known.next(), known.next())
                && alone
                && !name.is_empty()
            {
                places[n] = Some(class);
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_signs_or_case_alone_stay_apart() {
        let of = |set: &[&str], network: &[&str]| {
            let owned = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>();
            places(&owned(set), &owned(network))
        };
        assert_eq!(of(&["er+", "er-"], &["er-", "er+"]), [Some(1), Some(0)]);
        assert_eq!(of(&["a", "A"], &["A", "a", "b"]), [Some(1), Some(0)]);
        assert_eq!(of(&["C", "C++"], &["c", "c++"]), [Some(0), Some(1)]);
        assert_eq!(of(&["C", "C++"], &["c", "java"]), [Some(0), None]);
        // Nothing says which is meant.
        assert_eq!(of(&["er"], &["er-", "er+"]), [None]);
        assert_eq!(of(&["ER +", "er*"], &["er-", "x"]), [None, None]);
        assert_eq!(of(&["+"], &["-"]), [None]);
        assert_eq!(of(&["tv", "Dining Table"], &["diningtable", "TVmonitor"]), [Some(1), Some(0)]);
        assert_eq!(of(&["cat", "cat"], &["cat"]), [Some(0), Some(0)]);
    }
}
