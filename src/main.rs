//! The binary: hands its arguments to [`kfeat::cli`] and exits with the code that it returns.

fn main() -> std::process::ExitCode {
    kfeat::cli::main()
}
