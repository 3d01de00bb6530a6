//! Arguments in, exit code out: 0 done, 1 failure, 2 usage.

#![deny(clippy::print_stdout, clippy::print_stderr)]
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    match spikemesh::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            spikemesh::cli::tell(&failure);
            ExitCode::FAILURE
        }
    }
}
