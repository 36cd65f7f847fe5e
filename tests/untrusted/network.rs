//! The program cannot use the network: it has no way to open a connection.

use std::process::Command;

/// The functions of the C library without which nothing connects, listens or looks up a name. (A pair of sockets without
/// addresses is how the standard library learns whether a child was started.)
const FUNCTIONS: &[&str] = &[
    "socket",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "getaddrinfo",
    "gethostbyname",
];

#[test]
fn no_dependency_opens_a_socket() {
    let output = Command::new("nm")
        .args(["-D", "--undefined-only", "--without-symbol-versions"])
        .arg(env!("CARGO_BIN_EXE_kfeat"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    // It does see functions.
    assert!(
        names.contains(&"read") || names.contains(&"write"),
        "{text}"
    );
    let found: Vec<&&str> = names
        .iter()
        .filter(|name| FUNCTIONS.contains(name))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}
