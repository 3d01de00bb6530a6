//! Arguments in, exit code out: 0 done, 1 failure, 2 usage.

#![deny(clippy::print_stdout, clippy::print_stderr)]
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    spikemesh::cli::main(std::env::args_os().skip(1).collect()).into()
}
