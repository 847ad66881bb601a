//! Reading the files of a share.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use smolder_core::error::CoreError;
use smolder_proto::smb::smb2::{
    CloseRequest, CreateDisposition, CreateOptions, CreateRequest, FileAttributes, FileId,
    QueryDirectoryFlags, QueryDirectoryRequest, ReadRequest, ShareAccess,
};
use tokio::runtime::Runtime;

use crate::connect::{Timeouts, Tree, share, waiting};
use crate::credentials::Credentials;
use crate::error::{ConnectError, Step, on_pipe};
use crate::target::Target;
use crate::wire::LARGEST_MESSAGE;
use msrpc::PipeError;
use signin::SharedContext;

/// Read data, read attributes, and synchronize: for a file; for a folder the right to list it.
const READ_ACCESS: u32 = 0x0012_0081;

/// Bytes per read request: granted by every dialect from 2.1 on and by every server tested.
const CHUNK: u32 = 0x1_0000;

/// Limit for the entries of a folder.
const MOST_ENTRIES: usize = 100_000;

/// The files of a share. Dropping it ends the connection.
pub struct Share {
    /// `Some` until drop.
    runtime: Option<Runtime>,
    tree: Tree,
    ends: Option<Instant>,
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name; unpaired surrogates are replaced.
    pub name: String,
    /// True for a folder.
    pub is_folder: bool,
    /// Size in bytes.
    pub size: u64,
}

/// Why a file could not be read or a folder not listed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It does not exist.
    #[error("is not there")]
    NotFound,
    /// The account lacks the right.
    #[error("access is denied")]
    Denied,
    /// It is larger than the limit.
    #[error("is larger than {0} bytes, which no such file is")]
    TooLarge(u64),
    /// The folder has more entries than the limit.
    #[error("has more than {0} entries")]
    TooMany(usize),
    /// The connection failed, or the server returned an error.
    #[error(transparent)]
    Connection(#[from] PipeError),
}

/// Signs in and opens a share for reading. The call blocks.
pub fn open_share(
    target: &Target,
    credentials: &Credentials,
    timeouts: Timeouts,
    name: &str,
) -> Result<Share, ConnectError> {
    let ends = Instant::now().checked_add(timeouts.machine);
    let trips = Arc::default();
    let control = SharedContext::default();
    let opening =
        share(target, credentials, timeouts, &control, &trips, name, Step::FileShare, LARGEST_MESSAGE);
    let (runtime, tree) = waiting(timeouts, &control, "opening a share", opening)?;
    Ok(Share { runtime: Some(runtime), tree, ends })
}

impl Share {
    /// The entries of a folder, without `.` and `..`. The empty path is the share's root; components are
    /// separated by backslashes.
    pub fn list(&mut self, folder: &str) -> Result<Vec<Listed>, FileError> {
        let request = request(folder, CreateOptions::DIRECTORY_FILE);
        self.run(async move |tree| {
            let opened = tree.create(&request).await?;
            let listed = entries(tree, opened.file_id).await;
            close(tree, opened.file_id).await?;
            listed
        })?
        .ok_or(FileError::TooMany(MOST_ENTRIES))
    }

    /// The content of a file of at most `most` bytes.
    pub fn read(&mut self, file: &str, most: u64) -> Result<Vec<u8>, FileError> {
        let request = request(file, CreateOptions::NON_DIRECTORY_FILE);
        self.run(async move |tree| {
            let opened = tree.create(&request).await?;
            let size = opened.end_of_file;
            let content = if size > most {
                Ok(None)
            } else if opened.file_attributes.contains(FileAttributes::DIRECTORY) {
                Ok(Some(Vec::new()))
            } else {
                content(tree, opened.file_id, size).await.map(Some)
            };
            close(tree, opened.file_id).await?;
            content
        })?
        .ok_or(FileError::TooLarge(most))
    }

    fn run<T>(&mut self, work: impl AsyncFnOnce(&mut Tree) -> Result<T, CoreError>) -> Result<T, FileError> {
        if self.ends.is_some_and(|ends| Instant::now() >= ends) {
            return Err(PipeError::TimeLimit.into());
        }
        let Some(runtime) = &self.runtime else { return Err(PipeError::Lost("closed".to_owned()).into()) };
        runtime.block_on(work(&mut self.tree)).map_err(|error| match error {
            // OBJECT_NAME_NOT_FOUND, OBJECT_PATH_NOT_FOUND, NO_SUCH_FILE, NOT_A_DIRECTORY,
            // FILE_IS_A_DIRECTORY
            CoreError::UnexpectedStatus { status, .. }
                if [0xc000_0034, 0xc000_003a, 0xc000_000f, 0xc000_0103, 0xc000_00ba].contains(&status) =>
            {
                FileError::NotFound
            }
            CoreError::UnexpectedStatus { status: 0xc000_0022, .. } => FileError::Denied,
            other => FileError::Connection(on_pipe(other)),
        })
    }
}

fn request(path: &str, options: CreateOptions) -> CreateRequest {
    let mut request = CreateRequest::from_path(path.trim_matches('\\'));
    request.desired_access = READ_ACCESS;
    request.share_access = ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE;
    request.create_disposition = CreateDisposition::Open;
    request.create_options = options;
    request
}

/// The entries of an open folder; `None` if there are more than the limit.
async fn entries(tree: &mut Tree, folder: FileId) -> Result<Option<Vec<Listed>>, CoreError> {
    let mut request = QueryDirectoryRequest::for_pattern(folder, "*", CHUNK);
    let mut listed = Vec::new();
    loop {
        let page = tree.query_directory(&request).await?.directory_entries()?;
        if page.is_empty() {
            return Ok(Some(listed));
        }
        for entry in page {
            if entry.file_name != "." && entry.file_name != ".." {
                let is_folder = entry.file_attributes.contains(FileAttributes::DIRECTORY);
                listed.push(Listed { name: entry.file_name, is_folder, size: entry.end_of_file });
            }
        }
        if listed.len() > MOST_ENTRIES {
            return Ok(None);
        }
        request.flags = QueryDirectoryFlags::empty();
    }
}

/// The content of an open file of this size, or less if the file ends before.
async fn content(tree: &mut Tree, file: FileId, size: u64) -> Result<Vec<u8>, CoreError> {
    let mut content = Vec::new();
    while let left @ 1.. = size.saturating_sub(content.len() as u64) {
        let length = u32::try_from(left).unwrap_or(u32::MAX).min(CHUNK);
        let read = tree.read(&ReadRequest::for_file(file, content.len() as u64, length)).await?;
        if read.data.is_empty() || read.data.len() as u64 > left {
            break;
        }
        content.extend(read.data);
    }
    Ok(content)
}

async fn close(tree: &mut Tree, file: FileId) -> Result<(), CoreError> {
    tree.close(&CloseRequest { flags: 0, file_id: file }).await.map(drop)
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share").finish_non_exhaustive()
    }
}
