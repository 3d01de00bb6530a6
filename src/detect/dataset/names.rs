//! Class names of a set against those of a network.

use super::{Dataset, DatasetError, Labelled, Truth};

/// A set in the class indices of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    /// The set with the network's classes and only the boxes of these; pictures that lose all boxes
    /// stay, as pictures where nothing is to be found.
    pub dataset: Dataset,
    /// Classes of the set that the network does not know, and how many boxes of them are left out.
    pub unknown: Vec<(String, usize)>,
}

/// Names that Darknet (after Pascal VOC) and COCO give to the same thing.
const SAME: [(&str, &str); 4] =
    [("motorcycle", "motorbike"), ("airplane", "aeroplane"), ("couch", "sofa"), ("tv", "tvmonitor")];

/// The name without case, spaces and signs, in Darknet's word.
fn canonical(name: &str) -> String {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match SAME.iter().find(|(coco, _)| *coco == plain) {
        Some((_, darknet)) => (*darknet).into(),
        None => plain,
    }
}

/// Boxes of one kind that a sentence names at most.
const NAMED: usize = 5;

impl Aligned {
    /// A sentence for each reason why boxes are left out.
    pub fn left_out(&self) -> Vec<String> {
        let of_class: Vec<_> = self.unknown.iter().filter(|(_, boxes)| *boxes > 0).collect();
        let mut notes = vec![];
        if !of_class.is_empty() {
            let boxes: usize = of_class.iter().map(|(_, boxes)| boxes).sum();
            let each = of_class.iter().map(|(name, boxes)| format!("{name} ({boxes})"));
            let each = each.collect::<Vec<_>>().join(", ");
            notes.push(format!("{boxes} labelled boxes are left out: the network has no class {each}"));
        }
        let skipped = &self.dataset.skipped;
        if !skipped.is_empty() {
            let first = skipped.iter().take(NAMED);
            let first = first.map(|one| format!("{}: {}", one.path.display(), one.reason));
            let first = first.collect::<Vec<_>>().join("; ");
            let more = match skipped.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!("; and {more} more"),
            };
            notes.push(format!("{} labelled objects are left out: {first}{more}", skipped.len()));
        }
        notes
    }
}

impl Dataset {
    /// The set in the class indices of a network with these class names. Case, spaces and signs in
    /// names do not matter, nor does the word where COCO and VOC differ ("couch", "sofa").
    pub fn for_classes(&self, classes: &[String]) -> Result<Aligned, DatasetError> {
        let network: Vec<String> = classes.iter().map(|name| canonical(name)).collect();
        let index: Vec<Option<usize>> = self.classes.iter().map(|name| find(&network, name)).collect();
        if index.iter().all(Option::is_none) {
            let (set, network) = (self.classes.join(", "), classes.join(", "));
            return Err(DatasetError::NoSharedClass { set, network });
        }
        let boxes = |image: &Labelled| -> Vec<Truth> {
            image.boxes.iter().filter_map(|&b| Some(Truth { class: index[b.class]?, ..b })).collect()
        };
        let images = self.images.iter().map(|image| Labelled { boxes: boxes(image), ..image.clone() });
        let dataset =
            Dataset { classes: classes.to_vec(), images: images.collect(), skipped: self.skipped.clone() };
        let known = index.iter().zip(&self.classes);
        let boxes = |class: usize| {
            self.images.iter().flat_map(|image| &image.boxes).filter(|truth| truth.class == class).count()
        };
        let unknown = known.enumerate().filter(|(_, (i, _))| i.is_none());
        let unknown = unknown.map(|(class, (_, name))| (name.clone(), boxes(class))).collect();
        Ok(Aligned { dataset, unknown })
    }
}

fn find(network: &[String], name: &str) -> Option<usize> {
    let name = canonical(name);
    network.iter().position(|known| *known == name)
}
