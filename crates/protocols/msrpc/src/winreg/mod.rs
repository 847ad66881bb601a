//! The interface `winreg` (MS-RRP 3.1.5): encoding of requests and decoding of responses, without I/O.
//!
//! [`crate::Client`] makes the calls.

mod codes;
mod keys;
mod security;
mod types;
mod values;

pub use codes::ErrorCode;
pub use keys::CLOSE_KEY;
pub use keys::{
    CREATE_KEY, Created, DELETE_KEY, DELETE_KEY_EX, ENUM_KEY, FLUSH_KEY, GET_VERSION, KeyInfo, OPEN_KEY,
    QUERY_INFO_KEY, SubkeyEntry, VERSION_WITH_VIEWS, close_key, create_key, delete_key, delete_key_ex,
    enum_key, flush_key, get_version, open_key, open_root, query_info_key, read_close_key, read_create_key,
    read_enum_key, read_handle, read_query_info_key, read_status, read_version,
};
pub use security::{
    GET_KEY_SECURITY, MAX_DESCRIPTOR, SET_KEY_SECURITY, get_key_security, read_get_key_security,
    set_key_security,
};
pub use types::{Access, CreateOptions, Handle, OpenOptions, Root, SecurityInformation};
pub use values::{
    DELETE_VALUE, ENUM_VALUE, Fetched, MAX_DATA, QUERY_VALUE, Room, SET_VALUE, ValueEntry, delete_value,
    enum_value, query_value, read_enum_value, read_query_value, set_value,
};

use crate::rpc::{Interface, Syntax};

/// The interface, version 1.0 (MS-RRP 2.1.1 and appendix A).
pub const WINREG: Interface = Syntax { uuid: 0x338c_d001_2244_31f1_aaaa_9000_3800_1003, version: 1 };

/// The named pipe of the interface, on the share `IPC$`.
pub const PIPE: &str = "winreg";

/// The operation number of a method (`opnum`).
pub type Operation = u16;
