//! Derives a verdict from observations. Pure.

use serde::Serialize;

use crate::observe::{
    BindAnswer, HostObservations, MapperAnswer, NameAnswer, PipeAnswer, PortState, ServicePort,
};

/// The result of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The licensing service answers.
    Answers,
    /// The service exists but refuses this caller.
    NoRights,
    /// The machine answers, but the service is not there.
    ServiceNotThere,
    /// The machine answers, but a firewall on it or on the path blocks a required port.
    Firewall,
    /// The machine does not respond in any way.
    Unreachable,
    /// The name has no address.
    NameDoesNotResolve,
    /// The observations do not suffice.
    Unknown,
}

impl Verdict {
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
            Self::Unknown => "cannot be told",
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
    pub verdict: Verdict,
    /// The reason, as a sentence without the host's name.
    pub because: String,
    /// The next action, as a sentence; empty if none is needed.
    pub next: &'static str,
    /// The TCP port that decided; `None` if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

const NAME: &str = "check the spelling in the list of license servers, give the full name (server.domain), and see which DNS the host asks \
                    (Resolve-DnsName NAME on the host)";
const NO_DNS: &str = "no DNS server answered in time: see which DNS this machine asks, and try again";
const HOST: &str = "see that the server is up and that a route leads there (VPN, subnet); a firewall that drops everything looks the same: \
                    TCP 135, 445 and 49152 to 65535 must be open from the session hosts";
const MAPPER: &str = "open TCP 135 (firewall rule \"Remote Desktop Licensing Server (RPC-EPMAP)\" on the server, and every firewall between) \
                      from the session hosts";
const DYNAMIC: &str = "open the dynamic RPC ports, TCP 49152 to 65535 (firewall rule \"Remote Desktop Licensing Server (RPC)\" on the server, \
                       and every firewall between), from the session hosts; where they are open, see that the service is not just \
                       starting (Get-Service TermServLicensing)";
const SERVICE: &str = "on the server: Get-Service TermServLicensing; start it, or install the role (Install-WindowsFeature RDS-Licensing); \
                       if the role was moved, name the new server in the hosts' list";
const RIGHTS: &str = "the service is there: session hosts ask it with an account of their own. Ask with an account of the domain, and where \
                      hosts are refused too, look at the policy \"License server security group\" (fSecureLicensing) and the group RDS \
                      Endpoint Servers on the server";
const NOT_RPC: &str = "see what listens at this port: it is no Windows endpoint mapper, or something between answers in its place";

/// Derives the conclusion for one host.
#[must_use]
pub fn decide(observed: &HostObservations) -> Conclusion {
    let conclusion = |verdict, because: String, next, port| Conclusion { verdict, because, next, port };
    match &observed.name {
        NameAnswer::NotFound(_) => {
            return conclusion(Verdict::NameDoesNotResolve, "the name has no address".to_owned(), NAME, None);
        }
        NameAnswer::Late => {
            return conclusion(
                Verdict::Unknown,
                "the name could not be looked up in time".to_owned(),
                NO_DNS,
                None,
            );
        }
        NameAnswer::IsAddress | NameAnswer::Resolved(_) => {}
    }
    let by_rpc = over_rpc(observed);
    // If its pipe opens, the service exists, even if RPC over TCP is blocked.
    match (&observed.pipe, by_rpc.verdict) {
        (Some(PipeAnswer::Opened), verdict) if verdict != Verdict::Answers => {
            let because = format!("its named pipe answers, though {}", by_rpc.because);
            conclusion(Verdict::Answers, because, by_rpc.next, Some(observed.smb_number))
        }
        (Some(PipeAnswer::Denied(_)), Verdict::ServiceNotThere | Verdict::Firewall)
            if observed.mapper_port != PortState::Open =>
        {
            let because = format!("its named pipe refuses the account, and {}", by_rpc.because);
            conclusion(Verdict::NoRights, because, RIGHTS, Some(observed.smb_number))
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
        _ => format!("the machine refuses TCP {smb}, so it is there"),
    };
    match (&observed.mapper_port, &observed.mapper) {
        (PortState::Open, Some(MapperAnswer::Listens(_))) => at_service(observed),
        (PortState::Open, Some(MapperAnswer::NotRegistered)) => at(
            Verdict::ServiceNotThere,
            "the endpoint mapper answers and knows no licensing service",
            SERVICE,
        ),
        (PortState::Open, Some(MapperAnswer::Denied)) => {
            at(Verdict::NoRights, "the endpoint mapper answers nobody without an account", RIGHTS)
        }
        (PortState::Open, Some(MapperAnswer::Failed(reason))) => at(
            Verdict::Unknown,
            &format!("TCP 135 is open and the endpoint mapper does not answer as one ({reason})"),
            NOT_RPC,
        ),
        (PortState::Open, None) => {
            at(Verdict::Unknown, "TCP 135 is open, and the endpoint mapper was not asked", NOT_RPC)
        }
        (PortState::Refused, _) if observed.smb_port == PortState::Open => at(
            Verdict::Firewall,
            &format!(
                "{says_smb}, and TCP 135 is refused: every Windows listens there, so a firewall refuses it, or it is no Windows"
            ),
            MAPPER,
        ),
        (PortState::Refused, _) => at(
            Verdict::ServiceNotThere,
            "the machine is there and refuses TCP 135: nothing of Windows' RPC listens, or a firewall refuses it",
            SERVICE,
        ),
        (PortState::Silent, _) if shows_life => {
            at(Verdict::Firewall, &format!("{says_smb}, and nothing comes back from TCP 135"), MAPPER)
        }
        (PortState::Silent, _) => {
            at(Verdict::Unreachable, &format!("nothing comes back from TCP 135 or {smb}"), HOST)
        }
        (PortState::NoRoute(reason), _) if shows_life => at(
            Verdict::Firewall,
            &format!("{says_smb}, and TCP 135 is turned away on the way ({reason})"),
            MAPPER,
        ),
        (PortState::NoRoute(reason), _) => {
            at(Verdict::Unreachable, &format!("no way leads there ({reason})"), HOST)
        }
        (PortState::Local(reason), _) => {
            at(Verdict::Unknown, &format!("this machine could not open a connection ({reason})"), "")
        }
    }
}

/// The conclusion from the port that the endpoint mapper returned.
fn at_service(observed: &HostObservations) -> Conclusion {
    let Some(ServicePort { port, state, bind }) = &observed.service else {
        return Conclusion {
            verdict: Verdict::Unknown,
            because: "the endpoint mapper names no TCP port of the service".to_owned(),
            next: SERVICE,
            port: Some(observed.mapper_number),
        };
    };
    let (verdict, because, next) = match (state, bind) {
        (PortState::Open, Some(BindAnswer::Bound)) => {
            (Verdict::Answers, format!("the licensing service answers at TCP {port}"), "")
        }
        (PortState::Open, Some(BindAnswer::Unknown)) => (
            Verdict::ServiceNotThere,
            format!("TCP {port} was named by the endpoint mapper, and another service answers there"),
            SERVICE,
        ),
        (PortState::Open, Some(BindAnswer::Denied)) => (
            Verdict::NoRights,
            format!("the licensing service at TCP {port} refuses a caller without an account"),
            RIGHTS,
        ),
        (PortState::Open, Some(BindAnswer::Failed(reason))) => (
            Verdict::Unknown,
            format!("TCP {port} is open and the service does not answer ({reason})"),
            SERVICE,
        ),
        (PortState::Open, None) => {
            (Verdict::Unknown, format!("TCP {port} is open, and nobody was asked there"), "")
        }
        (PortState::Refused, _) => (
            Verdict::Firewall,
            format!("the service is registered at TCP {port}, and that port is refused"),
            DYNAMIC,
        ),
        (PortState::Silent, _) => (
            Verdict::Firewall,
            format!("the service is registered at TCP {port}, and nothing comes back from there"),
            DYNAMIC,
        ),
        (PortState::NoRoute(reason), _) => (
            Verdict::Firewall,
            format!("the service is registered at TCP {port}, and that is turned away on the way ({reason})"),
            DYNAMIC,
        ),
        (PortState::Local(reason), _) => {
            (Verdict::Unknown, format!("this machine could not open a connection ({reason})"), "")
        }
    };
    Conclusion { verdict, because, next, port: Some(*port) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: PortState = PortState::Silent;

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
    fn observations() -> Vec<(&'static str, HostObservations, Verdict, Option<u16>)> {
        use PortState::{NoRoute, Open, Refused, Silent};
        let denied = || PipeAnswer::Denied("the account may not open it".to_owned());
        let no_route = || NoRoute("no route to host".to_owned());
        vec![
            (
                "no such name",
                named(NameAnswer::NotFound("NXDOMAIN".to_owned())),
                Verdict::NameDoesNotResolve,
                None,
            ),
            ("no DNS", named(NameAnswer::Late), Verdict::Unknown, None),
            ("all dropped", seen(Silent, Silent, None), Verdict::Unreachable, Some(135)),
            ("no route", seen(no_route(), no_route(), None), Verdict::Unreachable, Some(135)),
            ("135 dropped, 445 open", seen(Silent, Open, None), Verdict::Firewall, Some(135)),
            ("135 dropped, 445 refused", seen(Silent, Refused, None), Verdict::Firewall, Some(135)),
            ("135 turned away, 445 open", seen(no_route(), Open, None), Verdict::Firewall, Some(135)),
            ("135 refused, 445 open", seen(Refused, Open, None), Verdict::Firewall, Some(135)),
            ("both refused", seen(Refused, Refused, None), Verdict::ServiceNotThere, Some(135)),
            ("135 refused, 445 dropped", seen(Refused, Silent, None), Verdict::ServiceNotThere, Some(135)),
            (
                "not registered",
                seen(Open, Open, Some(MapperAnswer::NotRegistered)),
                Verdict::ServiceNotThere,
                Some(135),
            ),
            (
                "445 closed, not registered",
                seen(Open, Silent, Some(MapperAnswer::NotRegistered)),
                Verdict::ServiceNotThere,
                Some(135),
            ),
            ("mapper denies", seen(Open, Open, Some(MapperAnswer::Denied)), Verdict::NoRights, Some(135)),
            (
                "no mapper",
                seen(Open, Open, Some(MapperAnswer::Failed("garbled".to_owned()))),
                Verdict::Unknown,
                Some(135),
            ),
            ("answers", registered(Open, Some(BindAnswer::Bound)), Verdict::Answers, Some(49664)),
            (
                "stale registration",
                registered(Open, Some(BindAnswer::Unknown)),
                Verdict::ServiceNotThere,
                Some(49664),
            ),
            ("bind denied", registered(Open, Some(BindAnswer::Denied)), Verdict::NoRights, Some(49664)),
            ("dynamic dropped", registered(Silent, None), Verdict::Firewall, Some(49664)),
            ("dynamic refused", registered(Refused, None), Verdict::Firewall, Some(49664)),
            ("dynamic turned away", registered(no_route(), None), Verdict::Firewall, Some(49664)),
            (
                "pipe only",
                with_pipe(seen(Silent, Open, None), PipeAnswer::Opened),
                Verdict::Answers,
                Some(445),
            ),
            (
                "pipe opens, not registered",
                with_pipe(seen(Open, Open, Some(MapperAnswer::NotRegistered)), PipeAnswer::Opened),
                Verdict::Answers,
                Some(445),
            ),
            (
                "pipe denied, 135 dropped",
                with_pipe(seen(Silent, Open, None), denied()),
                Verdict::NoRights,
                Some(445),
            ),
            (
                "pipe denied, not registered",
                with_pipe(seen(Open, Open, Some(MapperAnswer::NotRegistered)), denied()),
                Verdict::ServiceNotThere,
                Some(135),
            ),
            (
                "pipe denied, answers",
                with_pipe(registered(Open, Some(BindAnswer::Bound)), denied()),
                Verdict::Answers,
                Some(49664),
            ),
            (
                "no pipe, answers",
                with_pipe(registered(Open, Some(BindAnswer::Bound)), PipeAnswer::NotThere),
                Verdict::Answers,
                Some(49664),
            ),
            (
                "no sign-in, 135 dropped",
                with_pipe(seen(Silent, Open, None), PipeAnswer::SignIn("wrong password".to_owned())),
                Verdict::Firewall,
                Some(135),
            ),
        ]
    }

    #[test]
    fn each_observation_has_its_verdict() {
        for (what, observed, verdict, port) in observations() {
            let conclusion = decide(&observed);
            assert_eq!((conclusion.verdict, conclusion.port), (verdict, port), "{what}: {conclusion:?}");
            assert!(!conclusion.because.is_empty(), "{what}");
            let nothing_to_do = verdict == Verdict::Answers && port != Some(445);
            assert_eq!(conclusion.next.is_empty(), nothing_to_do, "{what}: {}", conclusion.next);
        }
    }
}
