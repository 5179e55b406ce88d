//! Durable file operations.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::Arc,
};

pub(crate) use stand_in::files::{remove, replace, replace_unsynced, sync_folder};

/// Syncs the data of a file to disk; tests inject failures.
pub(crate) type SyncFn = Arc<dyn Fn(&File) -> io::Result<()> + Send + Sync>;

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
