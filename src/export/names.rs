//! Names of nodes, as files of NIR can hold them.

use std::collections::HashSet;

/// Names that were given.
#[derive(Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// A name that no other node has, near the one wanted: a path of HDF5 has no slashes, and a
    /// dot stands for a nested graph.
    pub fn free(&mut self, wanted: &str) -> String {
        let good = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '_' };
        let stem: String = wanted.chars().map(good).collect();
        let stem = if stem.is_empty() { "layer".into() } else { stem };
        let (mut name, mut n) = (stem.clone(), 2);
        while !self.0.insert(name.clone()) {
            name = format!("{stem}_{n}");
            n += 1;
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_apart_and_safe() {
        let mut names = Names::default();
        let given = ["/a.b", "_a/b", "", "act-1"].map(|name| names.free(name));
        assert_eq!(given, ["_a_b", "_a_b_2", "layer", "act-1"]);
    }
}
