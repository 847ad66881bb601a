//! Derives a verdict from observations.

use serde::Serialize;

use super::{BindAnswer, HostObservations, MapperAnswer, NameAnswer, PipeAnswer, PortState, ServicePort};

/// The result of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeVerdict {
    /// The licensing service answers.
    Answers,
    /// The service exists but refuses this caller.
    NoRights,
    /// The machine responds, but the service is not there.
    ServiceNotThere,
    /// The machine responds, but a firewall on it or on the path blocks a required port.
    Firewall,
    /// The machine does not respond in any way.
    Unreachable,
    /// The name has no address.
    NameDoesNotResolve,
    /// The observations do not suffice.
    Unknown,
}

impl ProbeVerdict {
    /// The verdict in two words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::NoRights => "no rights",
            Self::ServiceNotThere => "service not there",
            Self::Firewall => "firewall",
            Self::Unreachable => "server unreachable",
            Self::NameDoesNotResolve => "name does not resolve",
            Self::Unknown => "cannot be determined",
        }
    }

    /// True if the path to the service is open; `None` if that is not known.
    #[must_use]
    pub fn reaches(self) -> Option<bool> {
        match self {
            Self::Answers | Self::NoRights => Some(true),
            Self::ServiceNotThere | Self::Firewall | Self::Unreachable | Self::NameDoesNotResolve => {
                Some(false)
            }
            Self::Unknown => None,
        }
    }
}

/// The conclusion for one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conclusion {
    /// The verdict.
    pub verdict: ProbeVerdict,
    /// The reason, as a sentence without the host's name.
    pub because: String,
    /// The next action, as a sentence; empty if none is needed.
    pub next: &'static str,
    /// The TCP port that decided; `None` if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

const NAME: &str = "check the spelling in the list of license servers, use the full name (server.domain), and check which DNS server the \
                    host uses (Resolve-DnsName NAME on the host)";
const NO_DNS: &str = "check the DNS servers of this machine, and retry";
const HOST: &str = "check that the server is up and that there is a route to it (VPN, subnet). A firewall that drops everything has the \
                    same effect: TCP 135, 445 and 49152 to 65535 must be open from the session hosts";
const MAPPER: &str = "open TCP 135 from the session hosts (firewall rule \"Remote Desktop Licensing Server (RPC-EPMAP)\" on the server, and \
                      every firewall on the path)";
const DYNAMIC: &str = "open the dynamic RPC ports, TCP 49152 to 65535, from the session hosts (firewall rule \"Remote Desktop Licensing \
                       Server (RPC)\" on the server, and every firewall on the path). If they are open, check that the service is running \
                       (Get-Service TermServLicensing)";
const SERVICE: &str = "on the server, run Get-Service TermServLicensing; start the service, or install the role (Install-WindowsFeature \
                       RDS-Licensing). If the role was moved, list the new server on the hosts";
const RIGHTS: &str = "probe with a domain account: session hosts use their own accounts. If hosts are rejected too, check the policy \
                      \"License server security group\" (fSecureLicensing) and the group RDS Endpoint Servers on the server";
const NOT_RPC: &str = "check what listens at this port: it is not a Windows endpoint mapper, or a device on the path responds in its place";

/// Derives the conclusion for one host.
#[must_use]
pub fn decide(observed: &HostObservations) -> Conclusion {
    let conclusion = |verdict, because: String, next, port| Conclusion { verdict, because, next, port };
    match &observed.name {
        NameAnswer::NotFound(_) => {
            return conclusion(
                ProbeVerdict::NameDoesNotResolve,
                "the name has no address".to_owned(),
                NAME,
                None,
            );
        }
        NameAnswer::Late => {
            return conclusion(
                ProbeVerdict::Unknown,
                "no DNS server responded in time".to_owned(),
                NO_DNS,
                None,
            );
        }
        NameAnswer::IsAddress | NameAnswer::Resolved(_) => {}
    }
    let by_rpc = over_rpc(observed);
    // If its pipe opens, the service exists, even if RPC over TCP is blocked.
    match (&observed.pipe, by_rpc.verdict) {
        (Some(PipeAnswer::Opened), verdict) if verdict != ProbeVerdict::Answers => {
            let because = format!("its named pipe opens, although {}", by_rpc.because);
            conclusion(ProbeVerdict::Answers, because, by_rpc.next, Some(observed.smb_number))
        }
        (Some(PipeAnswer::Denied(_)), ProbeVerdict::ServiceNotThere | ProbeVerdict::Firewall)
            if observed.mapper_port != PortState::Open =>
        {
            let because = format!("its named pipe rejects the account, and {}", by_rpc.because);
            conclusion(ProbeVerdict::NoRights, because, RIGHTS, Some(observed.smb_number))
        }
        _ => by_rpc,
    }
}

/// The conclusion from RPC over TCP.
fn over_rpc(observed: &HostObservations) -> Conclusion {
    let mapper = observed.mapper_number;
    let at = |verdict, because: &str, next| Conclusion {
        verdict,
        because: because.to_owned(),
        next,
        port: Some(mapper),
    };
    let shows_life = matches!(observed.smb_port, PortState::Open | PortState::Refused);
    let smb = observed.smb_number;
    let says_smb = match observed.smb_port {
        PortState::Open => format!("TCP {smb} is open"),
        _ => format!("the machine refuses TCP {smb}, so it is up"),
    };
    match (&observed.mapper_port, &observed.mapper) {
        (PortState::Open, Some(MapperAnswer::Listens(_))) => at_service(observed),
        (PortState::Open, Some(MapperAnswer::NotRegistered)) => at(
            ProbeVerdict::ServiceNotThere,
            "the endpoint mapper has no registered licensing service",
            SERVICE,
        ),
        (PortState::Open, Some(MapperAnswer::Denied)) => {
            at(ProbeVerdict::NoRights, "the endpoint mapper rejects anonymous callers", RIGHTS)
        }
        (PortState::Open, Some(MapperAnswer::Failed(reason))) => at(
            ProbeVerdict::Unknown,
            &format!(
                "TCP {mapper} is open, but the endpoint mapper did not return a valid response ({reason})"
            ),
            NOT_RPC,
        ),
        (PortState::Open, None) => at(
            ProbeVerdict::Unknown,
            &format!("TCP {mapper} is open, but the endpoint mapper was not queried"),
            NOT_RPC,
        ),
        (PortState::Refused, _) if observed.smb_port == PortState::Open => at(
            ProbeVerdict::Firewall,
            &format!(
                "{says_smb}, but TCP {mapper} is refused: either a firewall rejects it, or the machine does not run Windows"
            ),
            MAPPER,
        ),
        (PortState::Refused, _) => at(
            ProbeVerdict::ServiceNotThere,
            &format!(
                "the machine is up but refuses TCP {mapper}: RPC does not run, or a firewall rejects it"
            ),
            SERVICE,
        ),
        (PortState::Silent, _) if shows_life => {
            at(ProbeVerdict::Firewall, &format!("{says_smb}, but TCP {mapper} does not respond"), MAPPER)
        }
        (PortState::Silent, _) => {
            at(ProbeVerdict::Unreachable, &format!("no response from TCP {mapper} or {smb}"), HOST)
        }
        (PortState::NoRoute(reason), _) if shows_life => at(
            ProbeVerdict::Firewall,
            &format!("{says_smb}, but a device on the path rejects TCP {mapper} ({reason})"),
            MAPPER,
        ),
        (PortState::NoRoute(reason), _) => {
            at(ProbeVerdict::Unreachable, &format!("no route to the host ({reason})"), HOST)
        }
        (PortState::Local(reason), _) => {
            at(ProbeVerdict::Unknown, &format!("this machine could not open a connection ({reason})"), "")
        }
    }
}

/// The conclusion from the port that the endpoint mapper returned.
fn at_service(observed: &HostObservations) -> Conclusion {
    let Some(ServicePort { port, state, bind }) = &observed.service else {
        return Conclusion {
            verdict: ProbeVerdict::Unknown,
            because: "the endpoint mapper did not return a TCP port of the service".to_owned(),
            next: SERVICE,
            port: Some(observed.mapper_number),
        };
    };
    let (verdict, because, next) = match (state, bind) {
        (PortState::Open, Some(BindAnswer::Bound)) => {
            (ProbeVerdict::Answers, format!("the licensing service responds at TCP {port}"), "")
        }
        (PortState::Open, Some(BindAnswer::Unknown)) => (
            ProbeVerdict::ServiceNotThere,
            format!("the endpoint mapper returned TCP {port}, but another service listens there"),
            SERVICE,
        ),
        (PortState::Open, Some(BindAnswer::Denied)) => (
            ProbeVerdict::NoRights,
            format!("the licensing service at TCP {port} rejects anonymous callers"),
            RIGHTS,
        ),
        (PortState::Open, Some(BindAnswer::Failed(reason))) => (
            ProbeVerdict::Unknown,
            format!("TCP {port} is open, but the service did not return a valid response ({reason})"),
            SERVICE,
        ),
        (PortState::Open, None) => {
            (ProbeVerdict::Unknown, format!("TCP {port} is open, but the service was not queried"), "")
        }
        (PortState::Refused, _) => (
            ProbeVerdict::Firewall,
            format!("the service is registered at TCP {port}, but that port is refused"),
            DYNAMIC,
        ),
        (PortState::Silent, _) => (
            ProbeVerdict::Firewall,
            format!("the service is registered at TCP {port}, but that port does not respond"),
            DYNAMIC,
        ),
        (PortState::NoRoute(reason), _) => (
            ProbeVerdict::Firewall,
            format!(
                "the service is registered at TCP {port}, but a device on the path rejects that port ({reason})"
            ),
            DYNAMIC,
        ),
        (PortState::Local(reason), _) => {
            (ProbeVerdict::Unknown, format!("this machine could not open a connection ({reason})"), "")
        }
    };
    Conclusion { verdict, because, next, port: Some(*port) }
}

#[cfg(test)]
mod tests {
    use diagnostic::{Code, Message};

    use super::*;

    const NOWHERE: PortState = PortState::Silent;

    fn reason(cause: &str) -> Message {
        Message::new(Code::Io, cause)
    }

    /// Observations of a host whose name resolves: TCP 135, TCP 445, and the answer of the endpoint mapper.
    fn seen(mapper_port: PortState, smb_port: PortState, mapper: Option<MapperAnswer>) -> HostObservations {
        HostObservations {
            name: NameAnswer::Resolved(vec!["192.0.2.7".to_owned()]),
            mapper_number: 135,
            mapper_port,
            smb_number: 445,
            smb_port,
            mapper,
            service: None,
            pipe: None,
        }
    }

    /// The same with a service registered at 49664.
    fn registered(state: PortState, bind: Option<BindAnswer>) -> HostObservations {
        let service = Some(ServicePort { port: 49664, state, bind });
        HostObservations {
            service,
            ..seen(PortState::Open, PortState::Open, Some(MapperAnswer::Listens(vec![49664])))
        }
    }

    fn with_pipe(observed: HostObservations, pipe: PipeAnswer) -> HostObservations {
        HostObservations { pipe: Some(pipe), ..observed }
    }

    fn named(name: NameAnswer) -> HostObservations {
        HostObservations { name, ..seen(NOWHERE, NOWHERE, None) }
    }

    /// Observations, each with the expected verdict and port.
    type Row = (&'static str, HostObservations, ProbeVerdict, Option<u16>);

    fn observations_of_ports() -> Vec<Row> {
        use PortState::{NoRoute, Open, Refused, Silent};
        let no_route = || NoRoute(reason("No route to host"));
        vec![
            (
                "no such name",
                named(NameAnswer::NotFound(reason("NXDOMAIN"))),
                ProbeVerdict::NameDoesNotResolve,
                None,
            ),
            ("no DNS", named(NameAnswer::Late), ProbeVerdict::Unknown, None),
            ("all dropped", seen(Silent, Silent, None), ProbeVerdict::Unreachable, Some(135)),
            ("no route", seen(no_route(), no_route(), None), ProbeVerdict::Unreachable, Some(135)),
            ("135 dropped, 445 open", seen(Silent, Open, None), ProbeVerdict::Firewall, Some(135)),
            ("135 dropped, 445 refused", seen(Silent, Refused, None), ProbeVerdict::Firewall, Some(135)),
            ("135 turned away, 445 open", seen(no_route(), Open, None), ProbeVerdict::Firewall, Some(135)),
            ("135 refused, 445 open", seen(Refused, Open, None), ProbeVerdict::Firewall, Some(135)),
            ("both refused", seen(Refused, Refused, None), ProbeVerdict::ServiceNotThere, Some(135)),
            (
                "135 refused, 445 dropped",
                seen(Refused, Silent, None),
                ProbeVerdict::ServiceNotThere,
                Some(135),
            ),
            (
                "not registered",
                seen(Open, Open, Some(MapperAnswer::NotRegistered)),
                ProbeVerdict::ServiceNotThere,
                Some(135),
            ),
            (
                "445 closed, not registered",
                seen(Open, Silent, Some(MapperAnswer::NotRegistered)),
                ProbeVerdict::ServiceNotThere,
                Some(135),
            ),
            (
                "mapper denies",
                seen(Open, Open, Some(MapperAnswer::Denied)),
                ProbeVerdict::NoRights,
                Some(135),
            ),
            (
                "no mapper",
                seen(Open, Open, Some(MapperAnswer::Failed(reason("garbled")))),
                ProbeVerdict::Unknown,
                Some(135),
            ),
            ("answers", registered(Open, Some(BindAnswer::Bound)), ProbeVerdict::Answers, Some(49664)),
            (
                "stale registration",
                registered(Open, Some(BindAnswer::Unknown)),
                ProbeVerdict::ServiceNotThere,
                Some(49664),
            ),
            ("bind denied", registered(Open, Some(BindAnswer::Denied)), ProbeVerdict::NoRights, Some(49664)),
            ("dynamic dropped", registered(Silent, None), ProbeVerdict::Firewall, Some(49664)),
            ("dynamic refused", registered(Refused, None), ProbeVerdict::Firewall, Some(49664)),
            ("dynamic turned away", registered(no_route(), None), ProbeVerdict::Firewall, Some(49664)),
        ]
    }

    fn observations_of_the_pipe() -> Vec<Row> {
        use PortState::{Open, Silent};
        let denied = || PipeAnswer::Denied(reason("the account may not open it"));
        vec![
            (
                "pipe only",
                with_pipe(seen(Silent, Open, None), PipeAnswer::Opened),
                ProbeVerdict::Answers,
                Some(445),
            ),
            (
                "pipe opens, not registered",
                with_pipe(seen(Open, Open, Some(MapperAnswer::NotRegistered)), PipeAnswer::Opened),
                ProbeVerdict::Answers,
                Some(445),
            ),
            (
                "pipe denied, 135 dropped",
                with_pipe(seen(Silent, Open, None), denied()),
                ProbeVerdict::NoRights,
                Some(445),
            ),
            (
                "pipe denied, not registered",
                with_pipe(seen(Open, Open, Some(MapperAnswer::NotRegistered)), denied()),
                ProbeVerdict::ServiceNotThere,
                Some(135),
            ),
            (
                "pipe denied, answers",
                with_pipe(registered(Open, Some(BindAnswer::Bound)), denied()),
                ProbeVerdict::Answers,
                Some(49664),
            ),
            (
                "no pipe, answers",
                with_pipe(registered(Open, Some(BindAnswer::Bound)), PipeAnswer::NotThere),
                ProbeVerdict::Answers,
                Some(49664),
            ),
            (
                "no sign-in, 135 dropped",
                with_pipe(seen(Silent, Open, None), PipeAnswer::SignIn(reason("wrong password"))),
                ProbeVerdict::Firewall,
                Some(135),
            ),
        ]
    }

    fn all_observations() -> Vec<Row> {
        [observations_of_ports(), observations_of_the_pipe()].concat()
    }

    #[test]
    fn each_observation_has_its_verdict() {
        for (what, observed, verdict, port) in all_observations() {
            let conclusion = decide(&observed);
            assert_eq!((conclusion.verdict, conclusion.port), (verdict, port), "{what}: {conclusion:?}");
            assert!(!conclusion.because.is_empty(), "{what}");
            let nothing_to_do = verdict == ProbeVerdict::Answers && port != Some(445);
            assert_eq!(conclusion.next.is_empty(), nothing_to_do, "{what}: {}", conclusion.next);
        }
    }

    #[test]
    fn each_observation_has_its_sentence() {
        let sentences: Vec<_> = all_observations()
            .iter()
            .map(|(what, seen, ..)| format!("{what}: {}", decide(seen).because))
            .collect();
        insta::assert_snapshot!(sentences.join("\n"));
    }
}
