//! Texts of registry values as found, and lists of servers in them.
//!
//! Readers elsewhere stop at the first oddity or hide it; here everything is kept and each oddity is named,
//! because a space before a server's name or a second NUL is what an administrator looks for.

mod host_name;
mod multi;
mod servers;
mod single;
mod unknown;

pub use host_name::{HostForm, Sameness, compare_hosts, first_label, fold, is_self_reference};
pub use multi::{MAX_ITEMS, MultiFault, MultiText, reg_multi_sz};
pub use servers::{EntryFault, MAX_ENTRIES, ServerEntry, ServerList};
pub use single::{Text, TextFault, reg_sz};
pub use unknown::{Encoding, GuessedText, guess};
