//! The published comparison of Spiking-YOLO with a GPU, taken apart.
//!
//! Every figure of its row here is quoted from memory: nobody on this project had the paper's table
//! at hand. What is computed from them is arithmetic and does not depend on that.

use super::arithmetic::{AC_PJ, MAC_PJ};
use crate::ann::count::tiny_yolo_v2_voc;

/// What every page that prints these figures says beside them.
pub const UNVERIFIED: &str = "quoted from memory, unverified";

/// Operations in the table, of the float network (FLOP).
pub const TABLE_FLOP: f64 = 6.97e9;
/// Operations in the table, of the spiking network.
pub const TABLE_OPERATIONS: f64 = 4.90e7;
/// Steps of the spiking network, of a millisecond each.
pub const STEPS: u64 = 3500;
/// Joules of the float network as the table rounds them.
pub const TABLE_GPU_J: f64 = 0.12;
/// Joules of the spiking network as the table rounds them.
pub const TABLE_SPIKING_J: f64 = 4.29e-4;
/// V100, FLOP/s and watts.
const GPU_PEAK: f64 = 14e12;
const GPU_POWER: f64 = 250.0;
/// TrueNorth, SOP/s per watt.
const CHIP_EFFICIENCY: f64 = 400e9;

/// One way to read the row.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Short name.
    pub name: &'static str,
    /// The equation, with units.
    pub equation: &'static str,
    /// Joules per inference.
    pub gpu_j: f64,
    /// Joules per inference of the spiking network.
    pub spiking_j: f64,
}

impl Reading {
    /// GPU / spiking; above 1 the spiking network takes less.
    pub fn ratio(&self) -> f64 {
        self.gpu_j / self.spiking_j
    }
}

/// Operations of the row when its count is that of one step.
pub fn all_operations() -> f64 {
    TABLE_OPERATIONS * STEPS as f64
}

/// Spikes per synapse and step that the row's count means, if it is that of one step.
pub fn rate() -> f64 {
    let work = tiny_yolo_v2_voc();
    let first = work.layers.first().map_or(0, |layer| layer.macs);
    TABLE_OPERATIONS / (work.macs() - first) as f64
}

/// The row as printed, without rounding, over all steps, and under the accountings that need no
/// chip.
pub fn readings() -> Vec<Reading> {
    let gpu_j = TABLE_FLOP / GPU_PEAK * GPU_POWER;
    let (macs, all) = (tiny_yolo_v2_voc().macs() as f64, all_operations());
    let mut readings = vec![
        Reading {
            name: "as printed",
            equation: "0.12 J / 4.29e-4 J, the rounded cells",
            gpu_j: TABLE_GPU_J,
            spiking_j: TABLE_SPIKING_J,
        },
        Reading {
            name: "without rounding",
            equation: "6.97e9 FLOP / 14e12 FLOP/s x 250 W; 4.90e7 [SOP/s] / 400e9 SOP/s/W x 3500 x \
                       1 ms",
            gpu_j,
            spiking_j: TABLE_OPERATIONS / CHIP_EFFICIENCY * STEPS as f64 * 1e-3,
        },
        Reading {
            name: "all operations of all steps",
            equation: "the same GPU; 4.90e7 SOP/step x 3500 steps / 400e9 SOP/J",
            gpu_j,
            spiking_j: all / CHIP_EFFICIENCY,
        },
    ];
    let names = [
        ["45 nm fp32, one step, FLOP as MAC", "45 nm fp32, all steps"],
        ["45 nm int32, one step, FLOP as MAC", "45 nm int32, all steps"],
        ["45 nm int8, one step, FLOP as MAC", "45 nm int8, all steps"],
    ];
    for ((names, (_, mac)), ac) in names.iter().zip(&MAC_PJ).zip(&AC_PJ) {
        readings.push(Reading {
            name: names[0],
            equation: "6.97e9 x MAC pJ; 4.90e7 x AC pJ: counts the GPU's operations twice and the \
                       chip's once in 3500",
            gpu_j: TABLE_FLOP * mac * 1e-12,
            spiking_j: TABLE_OPERATIONS * ac * 1e-12,
        });
        readings.push(Reading {
            name: names[1],
            equation: "3 485 520 896 MAC x MAC pJ; 4.90e7 SOP/step x 3500 steps x AC pJ",
            gpu_j: macs * mac * 1e-12,
            spiking_j: all * ac * 1e-12,
        });
    }
    readings
}
