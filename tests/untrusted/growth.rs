//! Time and memory by the size of hostile input, in as many dimensions as `benches/growth.py` knows.

use crate::program::package;

#[test]
fn no_dimension_grows_faster_than_it_should() {
    let mut bench = std::process::Command::new("python3");
    bench.arg(package("benches/growth.py")).args([
        "--quick",
        "--program",
        env!("CARGO_BIN_EXE_kfeat"),
    ]);
    let output = bench.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
