//! Small file helpers whose point is that what they wrote survives a power cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// How a file's data is forced to the disk; tests put a failing one here.
pub(crate) type SyncFn = Arc<dyn Fn(&File) -> io::Result<()> + Send + Sync>;

/// Makes names created or removed in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Replaces a file as a whole: after a crash it is either the old or the new one.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // Opened first: without file handles, nothing must be replaced that is then called a failure.
    let folder = path.parent().map(File::open).transpose()?;
    write_beside(path, content, true)?;
    folder.map_or(Ok(()), |folder| folder.sync_all())
}

/// Like [`replace`], for a file that is appended to: the new file, and the folder, which has still
/// to be synced.
pub(crate) fn replace_and_keep(path: &Path, content: &[u8]) -> io::Result<(File, File)> {
    let folder = File::open(path.parent().unwrap_or(path))?;
    let beside = path.with_extension("tmp");
    remove(&beside)?;
    let mut file = OpenOptions::new().append(true).create_new(true).open(&beside)?;
    file.write_all(content)?;
    file.sync_data()?;
    fs::rename(&beside, path)?;
    Ok((file, folder))
}

/// Like [`replace`], for files that can be rebuilt and carry their own checksum.
pub(crate) fn replace_lazily(path: &Path, content: &[u8]) -> io::Result<()> {
    write_beside(path, content, false)
}

/// Some content behind a line with its checksum.
pub(crate) fn seal(body: &[u8]) -> Vec<u8> {
    let mut content = format!("{:08x}\n", crc32c::crc32c(body)).into_bytes();
    content.extend_from_slice(body);
    content
}

/// What [`seal`] was given, unless it is damaged.
pub(crate) fn unseal(content: &[u8]) -> Option<&[u8]> {
    let (crc, body) = content.split_at_checked(9)?;
    let crc = u32::from_str_radix(std::str::from_utf8(crc).ok()?.trim_end(), 16).ok()?;
    (crc32c::crc32c(body) == crc).then_some(body)
}

/// Removes a file that may be gone already.
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
