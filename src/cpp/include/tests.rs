//! Owns the tests of the search for headers.

use super::*;

#[test]
fn names_are_joined_without_dots() {
    assert_eq!(join("a/b", "c.h").as_deref(), Some("a/b/c.h"));
    assert_eq!(join("a/b", "../c.h").as_deref(), Some("a/c.h"));
    assert_eq!(join("a", "./x//c.h").as_deref(), Some("a/x/c.h"));
    assert_eq!(join("a", "../../c.h"), None);
}

#[test]
fn builds_make_these() {
    assert!(is_generated("generated/bounds.h"));
    assert!(is_generated("asm/unistd_64.h"));
    assert!(!is_generated("asm/unistd.h"));
}
