//! The baselines inside the binary.

macro_rules! texts {
    ($($folder:literal: $($name:literal)*;)*) => {
        &[$($((
            $name,
            include_str!(concat!("../../hardware_profiles/", $folder, "/", $name, ".toml")),
        )),*),*]
    };
}

/// Name and text of each.
pub(super) const EMBEDDED: &[(&str, &str)] = texts![
    "gpu": "titan-x" "titan-v" "v100" "a100" "h100";
    "edge": "jetson-nano" "jetson-tx2" "jetson-xavier-nx" "jetson-orin" "int8-accelerator" "cpu" "northpole" "akida";
];
