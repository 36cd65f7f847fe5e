//! The table of limits in `docs/security.md`.

use kfeat::limits::TABLE;

use crate::program::package;

/// The first line of the table.
const HEAD: &str = "| limit | default | what it bounds |\n";

#[test]
fn the_page_has_the_limits() {
    let mut table = String::from(HEAD);
    table += "|---|---|---|\n";
    for limit in TABLE {
        table += &format!(
            "| `{}` | {} | {} |\n",
            limit.name,
            limit.amount(),
            limit.what
        );
    }
    let path = package("docs/security.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(HEAD).unwrap();
    let after = rest.find("\n\n").map_or("", |end| &rest[end + 1..]);
    let expected = format!("{before}{table}{after}");
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    assert_eq!(page, expected, "run it with SNAPSHOTS=overwrite");
}
