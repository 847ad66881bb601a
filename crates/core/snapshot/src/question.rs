//! What a running machine is asked for beside its registry.

use std::fmt;
use std::time::Duration;

use crate::{Fact, KeyPath, Snapshot, Unanswered};

use serde_json::Value as Json;

/// One question; the answer becomes a fact of the snapshot.
///
/// As with subtrees, whoever judges decides what is asked and under which name the answer is kept.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Name of the fact.
    pub fact: &'static str,
    /// What is asked for.
    pub subject: Subject,
}

/// What a running machine can tell.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// The state of the service with this short name, as text: `running`, `stopped`, `paused`, `start-pending`, `stop-pending`,
    /// `continue-pending`, `pause-pending`. No fact where there is no such service.
    ServiceState(&'static str),
    /// The version of the running system: `{"major", "minor", "build", "product_type", "suite"}`, all numbers, the last two as in
    /// `OSVERSIONINFOEX`.
    SystemVersion,
    /// What the machine is a member of: `{"domain": NAME}`, `{"workgroup": NAME}` or `{}`. No fact where Windows does not know.
    Membership,
    /// The addresses of all adapters but loopback, as a list of texts.
    Addresses,
    /// What Windows Management Instrumentation says.
    Wmi(WmiQuestion),
    /// What a value of the registry holds that the machine enciphered for itself (`CryptProtectData`).
    Protected(ProtectedQuestion),
    /// What stands in event logs.
    Events(EventsQuestion),
}

/// A question to WMI. Which classes are asked, and what their answers mean, is the business of whoever asks.
#[derive(Clone, Copy, Debug)]
pub struct WmiQuestion {
    /// Short name of the service without which nobody would know; the question is not put where there is none.
    pub service: &'static str,
    /// Whether it is put to servers alone.
    pub servers_only: bool,
    /// The fact's source, such as `WMI Win32_TerminalServiceSetting.GetGracePeriodDays`.
    pub source: &'static str,
    /// How long all of it may take.
    pub limit: Duration,
    /// Asks. `None` is no fact: the question has no sense on this machine.
    pub ask: fn(&mut dyn Wmi) -> Result<Option<Json>, WmiError>,
}

/// A question about a value that the machine enciphered.
#[derive(Clone, Copy, Debug)]
pub struct ProtectedQuestion {
    /// The key. No fact where there is none, or none of its values is meant.
    pub key: fn() -> KeyPath,
    /// Which of its values is meant, by name.
    pub is_it: fn(&str) -> bool,
    /// The fact's source, such as `CryptUnprotectData`.
    pub source: &'static str,
    /// What the plain bytes say. The error is a sentence without a period.
    pub decode: fn(&[u8]) -> Result<Json, DecodeError>,
}

/// A question about event logs.
#[derive(Clone, Copy, Debug)]
pub struct EventsQuestion {
    /// Whether it is put to servers alone.
    pub servers_only: bool,
    /// The structured queries (XML, as the event viewer has them), each of which is put.
    pub queries: fn() -> Vec<String>,
    /// The fact's source, such as `event log`.
    pub source: &'static str,
    /// How many events of each query are taken at most, the newest.
    pub most: usize,
    /// How long all of it may take.
    pub limit: Duration,
    /// What the events say, each as the XML that Windows renders. The error is a sentence without a period.
    pub decode: fn(&[String]) -> Result<Json, DecodeError>,
}

/// An answer that does not have its documented form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(String);

impl DecodeError {
    /// The reason is what the decoder reports.
    #[must_use]
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// A class of WMI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WmiClass {
    /// The namespace, such as `root\CIMV2`.
    pub namespace: &'static str,
    /// The name.
    pub name: &'static str,
}

/// Properties of an instance, or parameters of a method, by name. Numbers, texts, booleans and lists are JSON's; what has no value is
/// null; a time is a text (`yyyymmddHHMMSS.mmmmmmsUUU`); an object that lies in another one is an object.
pub type WmiObject = serde_json::Map<String, Json>;

/// Who can be asked: Windows, or what was once answered.
pub trait Wmi {
    /// These properties of every instance of a class. One that this Windows does not have is left out.
    ///
    /// # Errors
    /// See [`WmiError`].
    fn instances(&mut self, class: WmiClass, properties: &[&str]) -> Result<Vec<WmiObject>, WmiError>;

    /// Calls a method of a class's first instance, or of the class itself where it has none; gives these of its output parameters, of
    /// which `ReturnValue` is what it returned.
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

/// Why WMI gave no answer, or none that is understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WmiError {
    /// There is no such class here, or it has no instance.
    #[error("this Windows has no WMI class {0}")]
    Missing(&'static str),
    /// The account may not ask.
    #[error(
        "access is denied; only administrators are answered: start rdscal elevated (Run as administrator)"
    )]
    Denied,
    /// A method ran and returned a number that is not 0.
    #[error("{method} returned {code:#010x}")]
    Refused {
        /// The method.
        method: &'static str,
        /// The number.
        code: u32,
    },
    /// What was answered has another shape than the class's documentation says.
    #[error("{0} is not as documented")]
    Shape(&'static str),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

impl Snapshot {
    /// Keeps an answer as a fact, or why there is none.
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
