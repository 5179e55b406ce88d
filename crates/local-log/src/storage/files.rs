//! Durable file operations.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// Syncs the data of a file to disk; tests inject failures.
pub(crate) type SyncFn = Arc<dyn Fn(&File) -> io::Result<()> + Send + Sync>;

/// Syncs a folder, so that files created or removed in it survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Replaces a file atomically and durably.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // Opened first: without a file handle this must fail before the file is replaced.
    let folder = path.parent().map(File::open).transpose()?;
    write_beside(path, content, true)?;
    folder.map_or(Ok(()), |folder| folder.sync_all())
}

/// Like [`replace`], for a file that is appended to. Returns the new file and its folder, which the
/// caller must sync.
pub(crate) fn replace_for_append(path: &Path, content: &[u8]) -> io::Result<(File, File)> {
    let folder = File::open(path.parent().unwrap_or(path))?;
    let beside = path.with_extension("tmp");
    remove(&beside)?;
    let mut file = OpenOptions::new().append(true).create_new(true).open(&beside)?;
    file.write_all(content)?;
    file.sync_data()?;
    fs::rename(&beside, path)?;
    Ok((file, folder))
}

/// Like [`replace`] without a sync, for files that have a checksum and can be rebuilt.
pub(crate) fn replace_unsynced(path: &Path, content: &[u8]) -> io::Result<()> {
    write_beside(path, content, false)
}

/// Prefixes content with a line that contains its checksum.
pub(crate) fn seal(body: &[u8]) -> Vec<u8> {
    let mut content = format!("{:08x}\n", crc32c::crc32c(body)).into_bytes();
    content.extend_from_slice(body);
    content
}

/// The content passed to [`seal`]; `None` if the checksum does not match.
pub(crate) fn unseal(content: &[u8]) -> Option<&[u8]> {
    let (crc, body) = content.split_at_checked(9)?;
    let crc = u32::from_str_radix(std::str::from_utf8(crc).ok()?.trim_end(), 16).ok()?;
    (crc32c::crc32c(body) == crc).then_some(body)
}

/// Removes a file, if it exists.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn write_beside(path: &Path, content: &[u8], sync: bool) -> io::Result<()> {
    let beside = path.with_extension("tmp");
    let mut file = File::create(&beside)?;
    file.write_all(content)?;
    if sync {
        file.sync_data()?;
    }
    fs::rename(&beside, path)
}
