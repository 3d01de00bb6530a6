//! The profiles inside the binary: chips, then accountings that are no chip.

macro_rules! texts {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../hardware_profiles/", $name, ".toml")))),*]
    };
}

/// Name and text of each.
pub(super) const EMBEDDED: &[(&str, &str)] = &texts![
    "loihi1-davies2018" "loihi1-sanafe" "loihi2"
    "truenorth" "truenorth-affine"
    "spinnaker1" "spinnaker2-hoeppner2019" "spinnaker2-hoeppner2021"
    "tianjic" "odin" "odin-1.3mhz" "speck" "xylo" "dynap-se" "darwin3"
    "ideal-45nm" "ideal-45nm-memory"
    "compat-cpu" "compat-gpu" "compat-arm" "compat-loihi" "compat-spinnaker" "compat-spinnaker2"
];
