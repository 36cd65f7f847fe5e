//! Owns compressed mailboxes, as archives of mailing lists serve them (`t.mbox.gz`).

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::PatchError;
use crate::limits::PATCH_SIZE;

/// How a gzip file begins (RFC 1952).
const GZIP: &[u8] = b"\x1f\x8b";

/// How files of other programs begin, which somebody may take for a patch.
const OTHERS: &[(&[u8], &str)] = &[
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PK\x03\x04", "zip"),
];

/// The text of a file that may be compressed with gzip. Never more than [`PATCH_SIZE`] is unpacked, however small the file is.
///
/// # Errors
///
/// The file or its text is too large, is damaged, or is compressed in another way.
pub fn unpack(bytes: &[u8]) -> Result<Cow<'_, [u8]>, PatchError> {
    if bytes.len() > PATCH_SIZE.length() {
        return Err(PATCH_SIZE.reached("the patch").into());
    }
    if let Some((_, program)) = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(PatchError::Compressed(program));
    }
    if !bytes.starts_with(GZIP) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut text = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(PATCH_SIZE.get().saturating_add(1))
        .read_to_end(&mut text)
        .map_err(PatchError::DamagedGzip)?;
    match text.len() > PATCH_SIZE.length() {
        true => Err(PATCH_SIZE.reached("the uncompressed patch").into()),
        false => Ok(Cow::Owned(text)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_unpacked_and_text_is_taken_as_it_is() {
        assert_eq!(&*unpack(b"text").unwrap(), b"text");
        assert_eq!(&*unpack(&packed(b"text")).unwrap(), b"text");
        // Archives join parts that were compressed one by one.
        let two = [packed(b"one "), packed(b"two")].concat();
        assert_eq!(&*unpack(&two).unwrap(), b"one two");
    }

    #[test]
    fn what_cannot_be_unpacked_is_refused() {
        let mut cut = packed(&b"a text that is long enough ".repeat(100));
        cut.truncate(cut.len() - 9);
        assert!(matches!(unpack(&cut), Err(PatchError::DamagedGzip(_))));
        assert!(matches!(unpack(GZIP), Err(PatchError::DamagedGzip(_))));
        let bomb = packed(&vec![b' '; PATCH_SIZE.length() + 1]);
        assert!(bomb.len() < PATCH_SIZE.length() / 100);
        let error = unpack(&bomb).unwrap_err().to_string();
        assert!(
            error.contains("uncompressed") && error.contains("patch-size"),
            "{error}"
        );
        let other = unpack(b"\xfd7zXZ\0 and so on").unwrap_err();
        assert!(other.to_string().contains("xz"), "{other}");
    }
}
