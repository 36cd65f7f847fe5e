//! Owns how a file or directory on disk is known again: by what the system says of it, and by a digest of what it holds.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The system changes the times of a file with a clock that stands still for so long, in nanoseconds: what was changed less before
/// it was looked at could change once more and keep its times.
const TICK: i128 = 20_000_000;
/// The same on a file system that knows only whole seconds, or two of them.
const COARSE_TICK: i128 = 2_000_000_000;

/// Describes what the system says of a file or directory. Whatever writes to it, renames or replaces it makes another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The device.
    pub device: u64,
    /// The number on the device.
    pub inode: u64,
    /// In bytes.
    pub size: u64,
    /// When the content was changed, as it may have been set by hand, in nanoseconds since 1970.
    pub modified: i128,
    /// When anything was changed, which nobody can set, in nanoseconds since 1970.
    pub changed: i128,
}

impl Signature {
    /// The signature of what `metadata` is about.
    pub fn of(metadata: &Metadata) -> Self {
        let time = |seconds: i64, nanoseconds: i64| {
            i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)
        };
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: time(metadata.mtime(), metadata.mtime_nsec()),
            changed: time(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether it proves that nothing has changed since `moment`, in nanoseconds since 1970: what it is about was left alone
    /// for long enough before.
    pub fn is_older_than(&self, moment: i128) -> bool {
        let tick = if self.changed % 1_000_000_000 == 0 {
            COARSE_TICK
        } else {
            TICK
        };
        self.changed + tick < moment
    }
}

impl std::fmt::Display for Signature {
    /// Writes the numbers in a line, which [`Signature::parse`] reads.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            device,
            inode,
            size,
            modified,
            changed,
        } = self;
        write!(f, "{device} {inode} {size} {modified} {changed}")
    }
}

impl Signature {
    /// What [`std::fmt::Display`] wrote. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ');
        let signature = Self {
            device: numbers.next()?.parse().ok()?,
            inode: numbers.next()?.parse().ok()?,
            size: numbers.next()?.parse().ok()?,
            modified: time(numbers.next()?)?,
            changed: time(numbers.next()?)?,
        };
        numbers.next().is_none().then_some(signature)
    }
}

/// A time in nanoseconds, which fits into 64 bits until the year 2262; to read more of them takes several times as long.
fn time(text: &str) -> Option<i128> {
    let short = text.parse::<i64>().ok().map(i128::from);
    short.or_else(|| text.parse().ok())
}

/// A digest: two texts that have the same are the same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a text.
    pub fn of(text: &[u8]) -> Self {
        Self(blake3::hash(text).into())
    }

    /// What [`std::fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text)
            .ok()
            .map(|hash| Self(hash.into()))
    }
}

/// Describes what a result depends on, piece by piece, for a digest of all of it. Each piece counts with its length, so no two lists of pieces
/// look the same.
#[derive(Clone, Debug, Default)]
pub struct Inputs(blake3::Hasher);

impl Inputs {
    /// Adds a piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(&(piece.len() as u64).to_le_bytes());
        self.0.update(piece);
    }

    /// Adds a piece that may not be there.
    pub fn add_option(&mut self, piece: Option<&str>) {
        self.add(&[u8::from(piece.is_some())]);
        self.add(piece.unwrap_or_default().as_bytes());
    }

    /// Adds a list of pieces, whose number counts.
    pub fn add_list(&mut self, pieces: &[String]) {
        self.add(&(pieces.len() as u64).to_le_bytes());
        for piece in pieces {
            self.add(piece.as_bytes());
        }
    }

    /// The digest in hexadecimal digits.
    pub fn digest(&self) -> String {
        Digest(self.0.finalize().into()).to_string()
    }

    /// The start of the digest as a number.
    pub fn number(&self) -> u64 {
        let digest = self.0.finalize();
        let mut start = [0; 8];
        start.copy_from_slice(&digest.as_bytes()[..8]);
        u64::from_le_bytes(start)
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&blake3::Hash::from(self.0).to_hex())
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// A digest of the names in a directory and of what kind each is.
pub(super) fn digest_of_listing(directory: &Path) -> std::io::Result<Digest> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let kind = match (kind.is_file(), kind.is_dir(), kind.is_symlink()) {
            (true, ..) => b'f',
            (_, true, _) => b'd',
            (_, _, true) => b'l',
            _ => b'o',
        };
        let mut line = entry.file_name().into_encoded_bytes();
        // No name has a zero byte.
        line.extend([0, kind]);
        entries.push(line);
    }
    entries.sort_unstable();
    Ok(Digest::of(&entries.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_just_changed_is_not_trusted() {
        let signature = |changed: i128| Signature {
            device: 1,
            inode: 1,
            size: 1,
            modified: 0,
            changed,
        };
        let second = 1_000_000_000;
        assert!(signature(second + 1).is_older_than(second + 30_000_000));
        assert!(!signature(second + 1).is_older_than(second + 10_000_000));
        assert!(!signature(second + 1).is_older_than(second));
        // A time without a fraction may be one that the file system has cut off.
        assert!(!signature(second).is_older_than(2 * second));
        assert!(signature(second).is_older_than(4 * second));
    }

    #[test]
    fn a_digest_can_be_read_back() {
        let digest = Digest::of(b"text");
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        assert_ne!(Digest::of(b"texu"), digest);
        assert_eq!(Digest::parse("beef"), None);
    }
}
