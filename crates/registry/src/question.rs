//! What a running machine is asked for beside its registry.

/// One question; the answer becomes a fact of the snapshot.
///
/// As with subtrees, whoever judges decides what is asked and under which name the answer is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Name of the fact.
    pub fact: &'static str,
    /// What is asked for.
    pub subject: Subject,
}

/// What a running machine can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}
