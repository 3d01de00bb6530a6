fn main() {
    println!("spikemesh {}: no command is built yet; see README.md", env!("CARGO_PKG_VERSION"));
}
