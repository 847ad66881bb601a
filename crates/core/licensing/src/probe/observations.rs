//! What was observed on the path to a license server.

use diagnostic::Message;
use serde::Serialize;

/// Observations of one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostObservations {
    /// The result of name resolution.
    pub name: NameAnswer,
    /// The port of the endpoint mapper, 135.
    pub mapper_number: u16,
    /// The state of that port.
    pub mapper_port: PortState,
    /// The port of SMB, 445 unless specified otherwise.
    pub smb_number: u16,
    /// The state of that port.
    pub smb_port: PortState,
    /// The answer of the endpoint mapper; `None` if its port is not open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapper: Option<MapperAnswer>,
    /// The service's own port; `None` if the endpoint mapper returned none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ServicePort>,
    /// The state of the service's pipe; `None` if it was not tried: without an account, or if the SMB port is
    /// not open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipe: Option<PipeAnswer>,
}

/// The result of name resolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NameAnswer {
    /// The name is an address.
    IsAddress,
    /// The name resolves to these addresses.
    Resolved(Vec<String>),
    /// The name does not resolve.
    NotFound(Message),
    /// No answer in time.
    Late,
}

/// The state of a TCP port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PortState {
    /// It accepts a connection.
    Open,
    /// The connection is refused, by the machine or a firewall.
    Refused,
    /// No response.
    Silent,
    /// A device on the path reports that the machine is unreachable.
    NoRoute(Message),
    /// A local error prevented the attempt.
    Local(Message),
}

/// The answer of the endpoint mapper for the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MapperAnswer {
    /// The service listens at these TCP ports.
    Listens(Vec<u16>),
    /// The service is not registered.
    NotRegistered,
    /// The endpoint mapper refuses this caller.
    Denied,
    /// There was no valid answer.
    Failed(Message),
}

/// The port that the endpoint mapper returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServicePort {
    /// The port number.
    pub port: u16,
    /// The state of the port.
    pub state: PortState,
    /// The answer to the bind; `None` if the port is not open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<BindAnswer>,
}

/// The answer of a service to a bind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BindAnswer {
    /// The interface was bound.
    Bound,
    /// The port belongs to another service.
    Unknown,
    /// The service refuses this caller.
    Denied,
    /// There was no valid answer.
    Failed(Message),
}

/// The state of a named pipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PipeAnswer {
    /// It opens.
    Opened,
    /// It does not exist.
    NotThere,
    /// The account lacks the right to open it, or to get that far; the step that failed.
    Denied(Message),
    /// Authentication failed; the reason.
    SignIn(Message),
    /// The check was not completed; the reason.
    Failed(Message),
}
