//! What the outputs of a network that spikes already say, for people.

use super::readable::significant;
use crate::pipeline::HeadValues;
use crate::plain::shown;

/// Elements of an output that are said.
const SAID: usize = 3;

/// A line for each output: the elements that say most, with their spikes or potentials.
pub fn outputs_text(heads: &[HeadValues]) -> String {
    let line = |head: &HeadValues| {
        let mut order: Vec<usize> = (0..head.values.len()).collect();
        // Stable: of equals the first comes first.
        order.sort_by(|&a, &b| head.values[b].total_cmp(&head.values[a]));
        // Spikes are whole.
        let said = |value: f32| match value.fract() == 0.0 {
            true => format!("{value}"),
            false => significant(f64::from(value)),
        };
        let one = |&n: &usize| format!("{n} ({})", said(head.values[n]));
        let first: Vec<String> = order.iter().take(SAID).map(one).collect();
        let (name, count) = (shown(&head.name), order.len());
        format!("output {name}, the most of {count}: {}\n", first.join(", "))
    };
    heads.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_come_first() {
        let shape = crate::ann::Shape::new(4, 1, 1);
        let head = HeadValues { name: "out".into(), shape, values: vec![1.0, 9.0, 0.0, 9.0] };
        assert_eq!(outputs_text(&[head]), "output out, the most of 4: 1 (9), 3 (9), 0 (1)\n");
    }
}
