//! Owns the command line: arguments, environment, output streams and exit codes. The only room that prints.

/// Runs the program.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(2)
}
