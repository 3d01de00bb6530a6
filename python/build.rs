//! Folds functions of the same code, which takes a tenth off the library where the linker can.

fn main() {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    // There rustc brings the linker that knows how.
    let known = is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64");
    if known && is("PROFILE", "release") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--icf=all");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
