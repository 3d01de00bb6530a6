//! `Flatten`: the same elements with fewer dimensions, in the order channels, rows, columns.

use super::Kind;
use crate::import::nir::parameters::Parameters;
use crate::import::nir::part::{Dims, Linear, Role};
use crate::import::nir::words::dims;
use crate::spiking::MapKind;

pub const KIND: Kind = Kind::faithful("Flatten", &["start_dim", "end_dim"], read);

fn read(parameters: &mut Parameters) -> Result<Role, String> {
    let at = |name: &str, default: f64| -> Result<i64, String> {
        let at = parameters.number(name)?.unwrap_or(default);
        match at.fract() == 0.0 && at.abs() < 16.0 {
            true => Ok(at as i64),
            false => Err(format!("{name} is no number of a dimension")),
        }
    };
    let (start, end) = (at("start_dim", 0.0)?, at("end_dim", -1.0)?);
    let from = parameters.sizes("input_type")?.unwrap_or_default();
    Ok(Role::Map(Box::new(Flatten { from, start, end })))
}

struct Flatten {
    /// What the node says of what comes in; perhaps nothing.
    from: Dims,
    start: i64,
    end: i64,
}

impl Linear for Flatten {
    /// Any: `input_type` may count a batch, and says nothing that is not known.
    fn takes(&self) -> Vec<Option<usize>> {
        vec![]
    }

    fn gives(&self, from: &[usize]) -> Result<Dims, String> {
        let counted = || self.from.iter().fold(1usize, |n, &size| n.saturating_mul(size));
        let count: usize = from.iter().product();
        if !self.from.is_empty() && counted() != count && !self.from.ends_with(from) {
            let (given, from) = (dims(&self.from), dims(from));
            return Err(format!("its input_type is {given}, and {from} comes in"));
        }
        let rank = from.len() as i64;
        // Dimensions of a batch, which the node may count.
        let extra = (self.from.len() as i64 - rank).max(0);
        let at = |at: i64| if at < 0 { at + rank } else { (at - extra).max(0) };
        let (start, end) = (at(self.start), at(self.end).min(rank - 1));
        if start < 0 || start >= end {
            return Ok(from.to_vec());
        }
        let (start, end) = (start as usize, end as usize);
        let mut to = from[..start].to_vec();
        to.push(from[start..=end].iter().product());
        to.extend(&from[end + 1..]);
        Ok(to)
    }

    fn map(&self, _: &[usize], _: &[usize]) -> Result<MapKind, String> {
        Ok(MapKind::Reshape)
    }
}
