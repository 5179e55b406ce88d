//! Durable file operations.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Syncs a folder, so that files created or removed in it survive a power cut.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Replaces a file atomically and durably.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // Opened first: without a file handle this must fail before the file is replaced.
    let folder = path.parent().map(File::open).transpose()?;
    write_beside(path, content, File::sync_data)?;
    folder.map_or(Ok(()), |folder| folder.sync_all())
}

/// Like [`replace`] without a sync, for files that have a checksum and can be rebuilt.
pub fn replace_unsynced(path: &Path, content: &[u8]) -> io::Result<()> {
    write_beside(path, content, |_| Ok(()))
}

/// Removes a file, if it exists.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn write_beside(
    path: &Path,
    content: &[u8],
    sync: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let beside = path.with_extension("tmp");
    let mut file = File::create(&beside)?;
    file.write_all(content)?;
    sync(&file)?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for content in [b"one".as_slice(), b"another"] {
            replace(&path, content).unwrap();
            assert_eq!(fs::read(&path).unwrap(), content);
        }
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
