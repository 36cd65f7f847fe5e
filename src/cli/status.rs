//! Owns what the system says of this process in `/proc/self/status`.

use std::path::Path;

use crate::disk;
use crate::limits::FILE_SIZE;

/// The value of a field; `None` where the system does not tell.
pub(super) fn of_self(field: &str) -> Option<String> {
    let status = disk::read(Path::new("/proc/self/status"), &FILE_SIZE).ok()?;
    let status = String::from_utf8_lossy(&status);
    let mut values = status.lines().filter_map(|line| line.strip_prefix(field));
    let value = values.find_map(|rest| rest.strip_prefix(':'))?;
    Some(value.trim().to_owned())
}
