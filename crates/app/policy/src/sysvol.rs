//! The share SYSVOL of a domain controller.

use smb::{ConnectError, Credentials, Share, Target, Timeouts};

use crate::files::{FileEntry, Files, FilesError};

const SHARE: &str = "SYSVOL";

/// SYSVOL, read over SMB.
#[derive(Debug)]
pub struct Sysvol {
    share: Share,
    host: String,
}

impl Sysvol {
    /// Signs in and opens the share. The call blocks.
    pub fn open(
        target: &Target,
        credentials: &Credentials,
        timeouts: Timeouts,
    ) -> Result<Self, ConnectError> {
        let share = smb::open_share(target, credentials, timeouts, SHARE)?;
        Ok(Self { share, host: target.host.clone() })
    }
}

impl Files for Sysvol {
    fn list(&mut self, folder: &str) -> Result<Vec<FileEntry>, FilesError> {
        let listed = self.share.list(&folder.replace('/', r"\"))?;
        // Names come from the server: a separator in a name would refer to another place.
        let listed = listed.into_iter().filter(|entry| !entry.name.contains(['/', '\\']));
        Ok(listed.map(|entry| FileEntry { name: entry.name, is_folder: entry.is_folder }).collect())
    }

    fn read(&mut self, file: &str, most: u64) -> Result<Vec<u8>, FilesError> {
        Ok(self.share.read(&file.replace('/', r"\"), most)?)
    }

    fn shown(&self, path: &str) -> String {
        let path = path.replace('/', r"\");
        format!(r"\\{}\{SHARE}\{path}", self.host).trim_end_matches('\\').to_owned()
    }
}
