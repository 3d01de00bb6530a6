//! The groups of options in help texts, and their examples.

pub const WHAT: &str = "What runs";
pub const NETWORK: &str = "Network";
pub const CHIP: &str = "Chip";
pub const CONVERSION: &str = "Conversion";
pub const TIMING: &str = "Timing";
pub const SEARCH: &str = "Search";
pub const DEVICES: &str = "Other devices";
pub const OUTPUT: &str = "Output";
pub const MACHINE: &str = "Machine and chance";

/// What stands below the help of each command. A test runs every line of it.
pub mod examples {
    pub const ALL: &str = "\
Examples:
  spikemesh run
  spikemesh inspect digits";
    pub const INSPECT: &str = "\
Examples:
  spikemesh inspect detector.onnx
  spikemesh inspect digits --profile truenorth --out mapped";
    pub const RUN: &str = "\
Examples:
  spikemesh run digits --profile loihi1-davies2018 --steps 16
  spikemesh run detector.onnx --input photograph.jpg --detector detector.toml --heads heads.npz
  cat photograph.jpg | spikemesh run digits --input -";
    pub const CONVERT: &str = "\
Examples:
  spikemesh convert digits --out digits.spikemesh
  spikemesh run digits.spikemesh --input photograph.jpg
  spikemesh convert digit-pools --recipe paper,v0=0,pool=average --nir pools.nir";
    pub const CALIBRATE: &str = "\
Examples:
  spikemesh calibrate detector.onnx --input photographs --detector detector.toml --out my.ranges
  spikemesh run detector.onnx --input photograph.jpg --detector detector.toml --calibrate \
  my.ranges";
    pub const EVAL: &str = "\
Examples:
  spikemesh eval digits --checkpoints 4,8 --limit 2
  spikemesh eval digits --data photographs --unlabelled --recipe best --checkpoints 8";
    pub const COMPARE: &str = "\
Examples:
  spikemesh compare digits --profile loihi1-davies2018,ideal-45nm --baseline titan-x,jetson-orin";
    pub const PRICE: &str = "\
Examples:
  spikemesh price reports/runs/digits-loihi1-davies2018-1 --profile ideal-45nm";
    pub const PLOT: &str = "\
Examples:
  spikemesh plot reports/runs/digits-loihi1-davies2018-1 --only where --format svg
  spikemesh plot reports/runs/digits-loihi1-davies2018-1 --size 1600x900 --out slides";
    pub const SWEEP_STATUS: &str = "\
Examples:
  spikemesh sweep status chips";
    pub const SWEEP_MERGE: &str = "\
Examples:
  spikemesh sweep merge chips";
    pub const DIFF: &str = "\
Examples:
  spikemesh diff reports/runs/digits-loihi1-davies2018-1 reports/runs/digits-loihi2-1";
    pub const SWEEP: &str = "\
Examples:
  spikemesh sweep chips.toml --out chips
  spikemesh sweep chips.toml --out chips --shard 0/3
  spikemesh sweep merge chips";
    pub const EXPLORE: &str = "\
Examples:
  spikemesh explore new > my-study.toml
  spikemesh explore study.toml --out front
  spikemesh explore study.toml --out controls --budget 3 --search bayes,sobol,random";
    pub const EXPLORE_NEW: &str = "\
Examples:
  spikemesh explore new > my-study.toml";
    pub const DETECTOR: &str = "\
Examples:
  spikemesh detector new detector.onnx > mine.toml
  spikemesh run detector.onnx --input photograph.jpg --detector mine.toml";
    pub const PROFILES: &str = "\
Examples:
  spikemesh profiles list
  spikemesh profiles compare truenorth spinnaker1 odin";
    pub const PROFILES_LIST: &str = "\
Examples:
  spikemesh profiles list";
    pub const PROFILES_SHOW: &str = "\
Examples:
  spikemesh profiles show truenorth";
    pub const PROFILES_COMPARE: &str = "\
Examples:
  spikemesh profiles compare loihi1-davies2018 chip.toml";
    pub const PROFILES_NEW: &str = "\
Examples:
  spikemesh profiles new --from truenorth
  spikemesh profiles new --from loihi1-davies2018 > my.toml";
    pub const PROFILES_CHECK: &str = "\
Examples:
  spikemesh profiles check chip.toml";
    pub const TUNE: &str = "\
Examples:
  spikemesh tune digits --steps 16 --pictures 2 --judge 2 --budget 3";
    pub const VALIDATE: &str = "\
Examples:
  spikemesh validate --out validation";
    pub const COMPLETIONS: &str = "\
Examples:
  spikemesh completions bash > spikemesh.bash";
    pub const MAN: &str = "\
Examples:
  spikemesh man > spikemesh.1
  spikemesh man --out man1";
}
