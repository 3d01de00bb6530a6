//! Which units stand for an activation, as the settings and the calibration want them.

use super::Error;
use super::drive::Drive;
use super::settings::{Negative, Neuron};
use super::walk::{Unit, Value, Walk};
use crate::ann::NodeId;
use crate::ann::op::Activation;

/// A clip of more than so many times the largest activation of a layer is no scale for it: too few
/// spikes would be left.
const MET_CLIP: f64 = 2.0;
/// A clip that is farther away is taken to be there.
const FAR_CLIP: f64 = 8.0;

impl<'a> Walk<'a> {
    /// Units for an activation, as the settings want them.
    pub fn activate(&mut self, id: NodeId, activation: Activation<'a>) -> Result<Value, Error> {
        let negative = self.settings.negative;
        match activation {
            Activation::Relu => self.activation(id, Unit::Relu),
            Activation::Leaky(_) if negative == Negative::None => self.activation(id, Unit::Relu),
            Activation::Leaky(alpha) if alpha > 1.0 && negative == Negative::Symmetric => self
                .refuse(
                    id,
                    "a negative spike that weighs more than a positive one (negative=symmetric)",
                ),
            Activation::Leaky(alpha) => self.activation(id, Unit::Leaky(alpha)),
            Activation::Clip(high) => {
                let most = self.most(id)?;
                match most > 0.0 && f64::from(high) > MET_CLIP * most {
                    true => {
                        let near = f64::from(high).min(FAR_CLIP * most);
                        self.activation(id, Unit::FarClip(near))
                    }
                    false => self.activation(id, Unit::Clip(high)),
                }
            }
            Activation::Saturated(high) => self.activation(id, Unit::FarClip(f64::from(high))),
            Activation::Linear => self.activation(id, Unit::Linear),
            Activation::Curve(_) if self.settings.neuron == Neuron::If => {
                let node = &self.graph.nodes[id];
                Err(Error::Curve { operator: node.op.name(), node: node.name.clone() })
            }
            Activation::Curve(_) if self.settings.phases.is_some() => Err(Error::Setting {
                setting: "phases",
                why: "units that follow a curve have no thresholds to change",
            }),
            Activation::Curve(curve) => self.activation(id, Unit::Curve(curve)),
        }
    }

    /// The largest activation of a layer on the calibration.
    fn most(&self, id: NodeId) -> Result<f64, Error> {
        let peaks = self.calibration.largest(self.graph, id, self.graph.nodes[id].shape)?;
        Ok(peaks.into_iter().fold(0.0, f64::max))
    }

    fn activation(&mut self, id: NodeId, unit: Unit<'a>) -> Result<Value, Error> {
        let pre = self.graph.nodes[id].inputs[0];
        let drive = match self.values[pre].clone() {
            Value::Analogue => None,
            Value::Drive(drive) => Some(drive),
            Value::View(view) => Some(Drive::identity(&view)),
            Value::Flat(flat) => Some(self.elements(&flat, id)?),
        };
        let view = self.unit(id, pre, drive, unit)?;
        Ok(self.placed(id, view))
    }
}
