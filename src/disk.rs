//! Owns files on disk: how one is opened without waiting, read up to a limit, and replaced as a whole. No other module opens a
//! file by itself (`tests/tidy.rs`).
//!
//! Anyone who can write to a tree, a cache or a configuration can put a FIFO or a device there, also between a check and the
//! opening. So the type is asked first, because opening a device can have effects of its own; the file is then opened without
//! waiting for a writer, and asked again.
//!
//! Knows nothing of trees or of what files hold.

use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use crate::limits::{Limit, Reached};

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error(transparent)]
    System(#[from] io::Error),
    /// It is something else than a regular file.
    #[error("it is {0}, not a regular file")]
    NotAFile(&'static str),
    /// It is too large.
    #[error(transparent)]
    TooLarge(#[from] Reached),
    /// It is not text.
    #[error("it is not valid UTF-8")]
    NotText,
}

/// Opens a regular file to read it, and returns what the system says of the open file.
///
/// # Errors
///
/// There is no regular file at `path`, or it cannot be opened. Never waits for a writer of a FIFO.
pub fn open(path: &Path) -> Result<(File, Metadata), ReadError> {
    regular(&std::fs::metadata(path)?)?;
    open_unasked(path, OFlags::empty())
}

/// The same for a path whose last part is known to be a regular file and no link: it is not looked at before.
///
/// # Errors
///
/// As [`open`]; also where a link was put there since.
pub fn open_known(path: &Path) -> Result<(File, Metadata), ReadError> {
    open_unasked(path, OFlags::NOFOLLOW)
}

/// Opens a regular file below an open directory, as long as no part of its path is a link: one call of the system, where a look
/// at each part takes one each. `is_known` says that a regular file was seen there, so that it need not be asked what it is.
/// `None` where a part is a link, or the system cannot tell.
pub fn open_beneath(
    directory: &File,
    path: &str,
    is_known: bool,
) -> Option<Result<(File, Metadata), ReadError>> {
    let is_missing = |errno: &Errno| matches!(*errno, Errno::NOENT | Errno::NOTDIR);
    if !is_known {
        match rustix::fs::statat(directory, path, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {}
            // Behind a link there may be something, which only looking at each part can tell.
            _ => return None,
        }
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    let opened = openat2(directory, path, flags, Mode::empty(), within);
    let opened = opened.map(File::from);
    if let Err(errno) = &opened
        && !is_missing(errno)
    {
        return None;
    }
    let file = match opened {
        Ok(file) => file,
        Err(errno) => return Some(Err(ReadError::System(errno.into()))),
    };
    let known = file.metadata().map_err(ReadError::System);
    Some(known.and_then(|metadata| {
        regular(&metadata)?;
        Ok((file, metadata))
    }))
}

fn open_unasked(path: &Path, flags: OFlags) -> Result<(File, Metadata), ReadError> {
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits() as i32)
        .open(path)?;
    let metadata = file.metadata()?;
    regular(&metadata)?;
    Ok((file, metadata))
}

/// Refuses what is no regular file.
fn regular(metadata: &Metadata) -> Result<(), ReadError> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(());
    }
    Err(ReadError::NotAFile(if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }))
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
///
/// As [`open`], or the file exceeds the limit.
pub fn read(path: &Path, limit: &'static Limit) -> Result<Vec<u8>, ReadError> {
    let (file, metadata) = open(path)?;
    read_open(file, metadata.len(), path, limit)
}

/// Reads a file that the user names: a regular one, or a stream that this process was given, such as `/dev/stdin` or what a
/// shell makes of `<(COMMAND)`.
///
/// # Errors
///
/// As [`read`].
pub fn read_named(path: &Path, limit: &'static Limit) -> Result<Vec<u8>, ReadError> {
    if is_given(path) {
        return read_open(File::open(path)?, 0, path, limit);
    }
    read(path, limit)
}

/// The same as text.
///
/// # Errors
///
/// As [`read_named`], or it is not valid UTF-8.
pub fn read_named_text(path: &Path, limit: &'static Limit) -> Result<String, ReadError> {
    String::from_utf8(read_named(path, limit)?).map_err(|_| ReadError::NotText)
}

/// Reads all of a stream, of at most `limit` bytes; `expected` is its size, if it says one. The limit holds while it is read,
/// so it also holds for what grows and for what says that it is empty.
///
/// # Errors
///
/// It cannot be read, or exceeds the limit.
pub fn read_open(
    stream: impl Read,
    expected: u64,
    path: &Path,
    limit: &'static Limit,
) -> Result<Vec<u8>, ReadError> {
    let too_large = || ReadError::TooLarge(limit.reached(format!("`{}`", path.display())));
    let most = limit.get();
    if expected > most {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0).saturating_add(1));
    stream
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Reads an open file of at most `limit` bytes into `bytes`, whose content is replaced. `metadata` is that of the file, which is
/// read with one call of the system where it has not changed since: `Read::read_to_end` starts with small pieces, and asks once
/// more after the end.
///
/// # Errors
///
/// As [`read_open`].
pub fn read_into(
    file: File,
    metadata: &Metadata,
    path: &Path,
    limit: &'static Limit,
    bytes: &mut Vec<u8>,
) -> Result<(), ReadError> {
    let size = metadata.len();
    if size > limit.get() {
        return Err(limit.reached(format!("`{}`", path.display())).into());
    }
    bytes.clear();
    bytes.reserve_exact(size as usize + 1);
    loop {
        match rustix::io::read(&file, spare_capacity(bytes)) {
            Ok(0) => return Ok(()),
            // A size of 0 says nothing: files that the system makes up have it, too.
            Ok(_) if bytes.len() as u64 == size && size > 0 => return Ok(()),
            Ok(_) if bytes.len() < bytes.capacity() => {}
            // The file grows while it is read. The limit holds for it, too.
            Ok(_) => {
                let rest = read_open(file, 0, path, limit)?;
                bytes.extend_from_slice(&rest);
                if bytes.len() as u64 > limit.get() {
                    return Err(limit.reached(format!("`{}`", path.display())).into());
                }
                return Ok(());
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(ReadError::System(errno.into())),
        }
    }
}

/// Whether a path names a descriptor that this process has inherited, or nothing at all.
fn is_given(path: &Path) -> bool {
    let Some(path) = path.to_str() else {
        return false;
    };
    let descriptor = path
        .strip_prefix("/dev/fd/")
        .or_else(|| path.strip_prefix("/proc/self/fd/"));
    matches!(path, "/dev/stdin" | "/dev/null")
        || descriptor.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a file that is written must have reached the disk before its name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// The new text is on the disk before it gets the name, so a crash of the machine leaves the old or the new one.
    Always,
    /// For what can be made again, such as a cache: only a crash of the machine can damage it.
    Never,
}

/// Names of files that are being written, besides eight random characters.
const UNFINISHED: (&str, &str) = (".kfeat-", ".tmp");

/// Held while a file has a name for the time being.
static NAMING: Mutex<()> = Mutex::new(());

/// How often is asked whether a file has got its final name, and how long each time.
const ASK: (u32, Duration) = (500, Duration::from_millis(2));

fn naming() -> MutexGuard<'static, ()> {
    NAMING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until no file has a name for the time being, and keeps any from getting one while the result lives: for whoever ends the
/// process. `None` where that takes more than a second, as on a disk that does not answer.
pub fn finish_naming() -> Option<MutexGuard<'static, ()>> {
    for _ in 0..ASK.0 {
        if let Ok(guard) = NAMING.try_lock() {
            return Some(guard);
        }
        std::thread::sleep(ASK.1);
    }
    None
}

/// Writes a file so that at any time its old or its new text is there, whole, with the permissions of the old one. What is no
/// regular file there is replaced by one.
///
/// Until the moment when it gets its name the new text is in a file without one, which vanishes with the process. Only between
/// two adjacent system calls can an end by `SIGKILL`, and no other ([`finish_naming`]), leave a file `.kfeat-….tmp`; the next write to the directory removes it.
///
/// # Errors
///
/// The system refuses; the old file is then as it was.
pub fn replace(path: &Path, bytes: &[u8], sync: Sync) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    remove_unfinished(directory);
    let existing = std::fs::metadata(path).ok().filter(Metadata::is_file);
    let mode = existing.map_or(0o644, |existing| existing.permissions().mode());
    let fill = |mut file: &File| {
        file.write_all(bytes)?;
        file.set_permissions(std::fs::Permissions::from_mode(mode))?;
        if sync == Sync::Always {
            file.sync_all()?;
        }
        // Tells others that it is being written. Where locks are not supported, nobody takes it for abandoned.
        let _ = rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive);
        Ok::<(), io::Error>(())
    };
    let mut names = tempfile::Builder::new();
    names
        .prefix(UNFINISHED.0)
        .suffix(UNFINISHED.1)
        .rand_bytes(8);
    match nameless(directory) {
        Some(file) => {
            fill(&file)?;
            match link(&file, path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let _naming = naming();
                    let named = names.make_in(directory, |name| link(&file, name));
                    named?.persist(path).map_err(|error| error.error)?;
                }
                done => done?,
            }
        }
        None => {
            let _naming = naming();
            let file = names.tempfile_in(directory)?;
            fill(file.as_file())?;
            file.persist(path).map_err(|error| error.error)?;
        }
    }
    Ok(())
}

/// The same for a file below `root`, in a directory whose path, relative to `root`, leads through no link: one that was put there
/// since it was looked at is refused, and nothing is written where it leads.
///
/// # Errors
///
/// As [`replace`]; also where a part of the directory's path is a link.
pub fn replace_beneath(
    root: &Path,
    directory: &Path,
    name: &OsStr,
    bytes: &[u8],
    sync: Sync,
) -> io::Result<()> {
    let directory = match directory.as_os_str().is_empty() {
        true => Path::new("."),
        false => directory,
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    let opened = openat2(File::open(root)?, directory, flags, Mode::empty(), within);
    match opened.map(File::from) {
        Ok(open) => {
            // All that follows is about the open directory, whatever its path means meanwhile.
            let by_descriptor = by_descriptor(&open);
            match std::fs::metadata(&by_descriptor) {
                Ok(_) => replace(&Path::new(&by_descriptor).join(name), bytes, sync),
                Err(_) => replace(&root.join(directory).join(name), bytes, sync),
            }
        }
        // A system that cannot tell.
        Err(Errno::NOSYS | Errno::PERM) => replace(&root.join(directory).join(name), bytes, sync),
        Err(errno) => Err(errno.into()),
    }
}

/// A new file without a name; `None` where the file system has no such thing, or `/proc` is not there to name it later.
#[cfg(target_os = "linux")]
fn nameless(directory: &Path) -> Option<File> {
    let file = OpenOptions::new()
        .write(true)
        .mode(0o600)
        .custom_flags(OFlags::TMPFILE.bits() as i32)
        .open(directory)
        .ok()?;
    std::fs::symlink_metadata(by_descriptor(&file)).ok()?;
    Some(file)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_directory: &Path) -> Option<File> {
    None
}

/// Gives a file without a name one, unless something has that name.
fn link(file: &File, name: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    Ok(linkat(
        CWD,
        by_descriptor(file),
        CWD,
        name,
        AtFlags::SYMLINK_FOLLOW,
    )?)
}

fn by_descriptor(file: &File) -> String {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Removes from a directory what writers that were killed left behind.
fn remove_unfinished(directory: &Path) {
    let (prefix, suffix) = UNFINISHED;
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix)?.strip_suffix(suffix));
        let is_ours = random.is_some_and(|random| random.len() == 8);
        if !is_ours {
            continue;
        }
        // Its writer holds the lock until it has its final name.
        let lock = rustix::fs::FlockOperation::NonBlockingLockExclusive;
        if let Ok((file, _)) = open_known(&entry.path())
            && rustix::fs::flock(&file, lock).is_ok()
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Writes a file that the user names, as [`replace`] does and safely on the disk. What is no regular file, such as a pipe or
/// `/dev/stdout`, stays what it is and is written to.
///
/// # Errors
///
/// As [`replace`].
pub fn write_named(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(existing) if !existing.is_file() => std::fs::write(path, bytes),
        _ => replace(path, bytes, Sync::Always),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    /// A FIFO that nobody writes to.
    fn fifo(path: &Path) {
        let status = std::process::Command::new("mkfifo").arg(path).status();
        assert!(status.unwrap().success());
    }

    #[test]
    fn only_regular_files_are_opened() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("fifo");
        fifo(&path);
        let link = directory.path().join("link");
        std::os::unix::fs::symlink("fifo", &link).unwrap();
        let read = |path: &Path| read(path, &limits::FILE_SIZE).unwrap_err().to_string();
        assert_eq!(read(&path), "it is a FIFO, not a regular file");
        assert_eq!(read(&link), "it is a FIFO, not a regular file");
        assert_eq!(
            read(directory.path()),
            "it is a directory, not a regular file"
        );
        assert_eq!(
            read(Path::new("/dev/zero")),
            "it is a device, not a regular file"
        );
        let named = read_named(Path::new("/dev/zero"), &limits::FILE_SIZE);
        assert!(matches!(named, Err(ReadError::NotAFile("a device"))));
        // As it is where the type was asked before somebody put something else there.
        assert!(matches!(
            open_known(&path),
            Err(ReadError::NotAFile("a FIFO"))
        ));
        assert!(matches!(open_known(&link), Err(ReadError::System(_))));
    }

    #[test]
    fn a_limit_holds_while_a_stream_is_read() {
        let zeros = File::open("/dev/zero").unwrap();
        let error = read_open(zeros, 0, Path::new("zeros"), &limits::SPEC_SIZE).unwrap_err();
        assert!(
            error.to_string().contains("`spec-size` of 256 KiB"),
            "{error}"
        );
        let exact = io::repeat(b'x').take(limits::SPEC_SIZE.get());
        let bytes = read_open(exact, 0, Path::new("x"), &limits::SPEC_SIZE).unwrap();
        assert_eq!(bytes.len() as u64, limits::SPEC_SIZE.get());
    }

    #[test]
    fn a_file_is_replaced_and_keeps_its_permissions() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        replace(&path, b"one", Sync::Always).unwrap();
        assert_eq!(mode(), 0o644);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        replace(&path, b"two", Sync::Never).unwrap();
        assert_eq!(
            (std::fs::read(&path).unwrap(), mode()),
            (b"two".to_vec(), 0o600)
        );
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_on_the_way_is_refused() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = root.path();
        let write = |directory: &str| {
            let directory = Path::new(directory);
            replace_beneath(root, directory, "file".as_ref(), b"text", Sync::Never)
        };
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        write("a/b").unwrap();
        write("").unwrap();
        assert_eq!(std::fs::read(root.join("a/b/file")).unwrap(), b"text");
        assert_eq!(std::fs::read(root.join("file")).unwrap(), b"text");
        std::fs::rename(root.join("a/b"), root.join("c")).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.join("a/b")).unwrap();
        assert!(write("a/b").is_err());
        assert!(write("a/../..").is_err());
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_file_stays_what_it_is() {
        write_named(Path::new("/dev/null"), b"text").unwrap();
        let kind = std::fs::metadata("/dev/null").unwrap().file_type();
        assert!(kind.is_char_device());
        let directory = tempfile::tempdir().unwrap();
        assert!(write_named(directory.path(), b"text").is_err());
        assert!(replace(directory.path(), b"text", Sync::Always).is_err());
    }

    #[test]
    fn what_a_killed_writer_left_behind_goes_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        for name in [
            ".kfeat-abcdefgh.tmp",
            ".kfeat-other.tmp",
            ".kfeat-12345678.tm",
        ] {
            std::fs::write(at(name), "x").unwrap();
        }
        std::fs::write(at(".kfeat-ijklmnop.tmp"), "x").unwrap();
        let running = File::open(at(".kfeat-ijklmnop.tmp")).unwrap();
        rustix::fs::flock(&running, rustix::fs::FlockOperation::LockExclusive).unwrap();
        replace(&at("file"), b"text", Sync::Always).unwrap();
        let exists = |name: &str| at(name).exists();
        assert!(!exists(".kfeat-abcdefgh.tmp"));
        assert!(
            exists(".kfeat-other.tmp")
                && exists(".kfeat-12345678.tm")
                && exists(".kfeat-ijklmnop.tmp")
        );
    }
}
