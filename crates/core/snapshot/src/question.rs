//! Questions to a running machine about facts that are not in its registry.

use std::fmt;
use std::time::Duration;

use crate::{Fact, KeyPath, Snapshot, Unanswered};

use serde_json::Value as Json;

/// One question; its answer becomes a fact of the snapshot.
///
/// As with subtrees, the caller decides what is requested and the name of the fact.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// The name of the fact.
    pub fact: &'static str,
    /// The subject of the question.
    pub subject: Subject,
}

/// A fact that a running machine can report.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// The state of the service with this short name, as text: `running`, `stopped`, `paused`,
    /// `start-pending`, `stop-pending`, `continue-pending`, `pause-pending`. No fact if the service does not
    /// exist.
    ServiceState(&'static str),
    /// The version of the running system: `{"major", "minor", "build", "product_type", "suite"}`. All are
    /// numbers, the last two as in `OSVERSIONINFOEX`.
    SystemVersion,
    /// The domain or workgroup of the machine: `{"domain": NAME}`, `{"workgroup": NAME}` or `{}`. No fact if
    /// Windows does not know it.
    Membership,
    /// The addresses of all adapters except loopback, as a list of strings.
    Addresses,
    /// An answer of Windows Management Instrumentation.
    Wmi(WmiQuestion),
    /// The content of a registry value that the machine encrypted for itself (`CryptProtectData`).
    Protected(ProtectedQuestion),
    /// Events from event logs.
    Events(EventsQuestion),
    /// The time of the newest event of the System log, as text.
    NewestEvent,
    /// The number of members of the local group with this SID. No fact if the group does not exist.
    GroupMembers(&'static str),
}

/// A question to WMI. The caller defines the classes and the meaning of their answers.
#[derive(Clone, Copy, Debug)]
pub struct WmiQuestion {
    /// Short name of the service that the answer depends on; the question is skipped if it does not exist.
    pub service: &'static str,
    /// Whether the question applies only to servers.
    pub servers_only: bool,
    /// The fact's source, such as `WMI Win32_TerminalServiceSetting.GetGracePeriodDays`.
    pub source: &'static str,
    /// The time limit for the whole question.
    pub limit: Duration,
    /// Sends the queries. `None` means no fact: the question does not apply to this machine.
    pub ask: fn(&mut dyn Wmi) -> Result<Option<Json>, WmiError>,
}

/// A question about a value that the machine encrypted.
#[derive(Clone, Copy, Debug)]
pub struct ProtectedQuestion {
    /// The key. No fact if the key does not exist or none of its values is selected.
    pub key: fn() -> KeyPath,
    /// Selects the value by its name.
    pub is_it: fn(&str) -> bool,
    /// The fact's source, such as `CryptUnprotectData`.
    pub source: &'static str,
    /// Decodes the decrypted bytes. The error is a sentence without a period.
    pub decode: fn(&[u8]) -> Result<Json, DecodeError>,
}

/// A question about event logs.
#[derive(Clone, Copy, Debug)]
pub struct EventsQuestion {
    /// Whether the question applies only to servers.
    pub servers_only: bool,
    /// The structured queries (XML as in the Event Viewer); all are sent.
    pub queries: fn() -> Vec<String>,
    /// The logs that contain such events; the question has no answer from files of other logs.
    pub logs: &'static [&'static str],
    /// How many days before the newest event are read from event log files.
    pub days: u64,
    /// The names of the providers of such events, for event log files.
    pub providers: fn() -> Vec<&'static str>,
    /// The fact's source, such as `event log`.
    pub source: &'static str,
    /// The maximum number of events per query; the newest are used.
    pub most: usize,
    /// The time limit for the whole question.
    pub limit: Duration,
    /// Decodes the events, each given as the XML that Windows renders. The error is a sentence without a
    /// period.
    pub decode: fn(&[String]) -> Result<Json, DecodeError>,
}

/// The fact with the name of the computer that wrote the newest event of event log files.
pub const LOG_COMPUTER: &str = "log.computer";

/// The fact with the time of the newest event of event log files.
pub const LOG_NEWEST_TIME: &str = "log.newest-time";

/// An answer that does not have its documented format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(String);

impl DecodeError {
    /// An error with the reason that the decoder reports.
    #[must_use]
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// A WMI class and its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WmiClass {
    /// The namespace, such as `root\CIMV2`.
    pub namespace: &'static str,
    /// The name of the class.
    pub name: &'static str,
}

/// Properties of an instance, or parameters of a method, by name. Numbers, strings, booleans and lists are
/// JSON values. A missing value is null, a time is a string (`yyyymmddHHMMSS.mmmmmmsUUU`), and an embedded
/// object is an object.
pub type WmiObject = serde_json::Map<String, Json>;

/// A source of WMI answers: Windows, or a recording.
pub trait Wmi {
    /// Reads these properties of every instance of a class. Properties that this version of Windows lacks are
    /// left out.
    ///
    /// # Errors
    /// See [`WmiError`].
    fn instances(&mut self, class: WmiClass, properties: &[&str]) -> Result<Vec<WmiObject>, WmiError>;

    /// Calls a method of the first instance of a class, or of the class itself if it has no instances.
    /// Returns the named output parameters; `ReturnValue` is the return value.
    ///
    /// # Errors
    /// See [`WmiError`].
    fn call(
        &mut self,
        class: WmiClass,
        method: &str,
        input: WmiObject,
        output: &[&str],
    ) -> Result<WmiObject, WmiError>;
}

/// Why WMI returned no answer, or an answer that cannot be interpreted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WmiError {
    /// The class does not exist, or it has no instance.
    #[error("this Windows has no WMI class {0}")]
    Missing(&'static str),
    /// The account has no access.
    #[error(
        "access is denied; only administrators are answered: start rdscal elevated (Run as administrator)"
    )]
    Denied,
    /// A method returned a number other than 0.
    #[error("{method} returned {code:#010x}")]
    Refused {
        /// The name of the method.
        method: &'static str,
        /// The return value.
        code: u32,
    },
    /// The answer does not have the format of the class's documentation.
    #[error("{0} is not as documented")]
    Shape(&'static str),
    /// Another error, as text.
    #[error("{0}")]
    Other(String),
}

impl Snapshot {
    /// Records an answer as a fact, or the reason why there is none.
    pub fn answered(
        &mut self,
        fact: &str,
        source: impl Into<String>,
        answer: Result<Option<Json>, impl fmt::Display>,
    ) {
        let (fact, source) = (fact.to_owned(), source.into());
        match answer {
            Ok(Some(value)) => {
                self.facts.insert(fact, Fact { value, source });
            }
            Ok(None) => {}
            Err(error) => {
                self.unanswered.insert(fact, Unanswered { source, reason: error.to_string() });
            }
        }
    }
}
