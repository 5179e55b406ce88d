//! A file that one process at a time appends to.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{StartError, files};

/// Locks a file for this process, until it is closed; `path` is what an error names.
pub fn lock(file: &File, path: &Path) -> Result<(), StartError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => StartError::InUse(path.to_owned()),
        TryLockError::Error(source) => StartError::not_writable(path)(source),
    })
}

/// An open and locked file.
#[derive(Debug)]
pub struct AppendFile {
    /// Its path.
    pub path: PathBuf,
    /// Readable everywhere; writes go to its end.
    pub file: File,
}

impl AppendFile {
    /// Opens a file in a folder, creating both if absent.
    pub fn open(folder: &Path, name: &str) -> Result<Self, StartError> {
        fs::create_dir_all(folder).map_err(StartError::not_writable(folder))?;
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        let file = options.open(&path).map_err(StartError::not_writable(&path))?;
        lock(&file, &path)?;
        Ok(Self { path, file })
    }

    /// Truncates what a crash left unfinished after `end_bytes`, which was never acknowledged; writes
    /// the header of a file that is empty then. Durable.
    pub fn prepare(&self, end_bytes: u64, header: &[u8]) -> Result<(), StartError> {
        self.try_prepare(end_bytes, header).map_err(StartError::not_writable(&self.path))
    }

    fn try_prepare(&self, end_bytes: u64, header: &[u8]) -> io::Result<()> {
        let length_bytes = self.file.metadata()?.len();
        if length_bytes > end_bytes {
            let truncated_bytes = length_bytes - end_bytes;
            let file = self.path.display();
            tracing::warn!(%file, truncated_bytes, "truncated an unfinished write");
            self.file.set_len(end_bytes)?;
        }
        if end_bytes == 0 {
            (&self.file).write_all(header)?;
            self.path.parent().map_or(Ok(()), files::sync_folder)?;
        }
        self.file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_used_by_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        let first = AppendFile::open(&folder, "file").unwrap();
        let error = AppendFile::open(&folder, "file").unwrap_err();
        assert!(matches!(&error, StartError::InUse(path) if *path == first.path), "{error}");
        drop(first);
        AppendFile::open(&folder, "file").unwrap();
    }

    #[test]
    fn an_unfinished_end_is_truncated_and_a_new_file_gets_its_header() {
        let folder = tempfile::tempdir().unwrap();
        let file = AppendFile::open(folder.path(), "file").unwrap();
        for (end, appended) in [(0, "torn"), (4, "rest"), (8, "")] {
            file.prepare(end, b"head").unwrap();
            (&file.file).write_all(appended.as_bytes()).unwrap();
        }
        assert_eq!(fs::read(&file.path).unwrap(), b"headrest");
    }

    #[test]
    fn a_folder_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = AppendFile::open(folder.path(), "file").unwrap();
        let error = AppendFile::open(&file.path, "file").unwrap_err();
        let is_named = matches!(&error, StartError::NotWritable { path, .. } if *path == file.path);
        assert!(is_named, "{error}");
    }
}
