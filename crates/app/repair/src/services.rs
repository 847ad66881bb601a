//! Services that must be restarted before a repair of the running machine takes effect.

use std::fmt;

use diagnostic::{Code, Diagnostic};

/// A session of a logged-on user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub id: u32,
    /// The user.
    pub user: String,
    /// True if a client is connected, false if the session is disconnected.
    pub active: bool,
}

/// `ada (session 2)`, `bob (session 3, disconnected)`.
impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let away = if self.active { "" } else { ", disconnected" };
        write!(f, "{} (session {}{away})", self.user, self.id)
    }
}

/// Result of restarting a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restarted {
    /// It was restarted, with its dependent services.
    Yes {
        /// The dependent services that were also restarted.
        along: Vec<String>,
    },
    /// It was not running; it reads its settings when it starts.
    DidNotRun,
}

/// Why a service was not restarted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestartError {
    /// The service does not exist or cannot be queried.
    #[error("{service}: {because}")]
    Unknown {
        /// The service.
        service: String,
        /// Error of the system.
        because: ServiceError,
    },
    /// The service or a dependent one did not stop; stopped services were started again.
    #[error("{service} does not stop ({because}){}", still(.down))]
    WillNotStop {
        /// The service that did not stop.
        service: String,
        /// Error of the system.
        because: ServiceError,
        /// Services that were stopped and did not start again.
        down: Vec<String>,
    },
    /// The service or a dependent one was stopped and did not start again.
    #[error("{service} was stopped and does not start again ({because}){}", still(.down))]
    WillNotStart {
        /// The service that did not start.
        service: String,
        /// Error of the system.
        because: ServiceError,
        /// Dependent services that are also stopped.
        down: Vec<String>,
    },
}

/// The service manager did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// No service has this name.
    #[error("the service does not exist")]
    NotFound,
    /// The operating system is not Windows.
    #[error("this machine does not run Windows")]
    NotWindows,
    /// A call of Windows failed.
    #[cfg(windows)]
    #[error(transparent)]
    Windows(#[from] win32::Error),
    /// The service did not reach the state in time, or refused.
    #[cfg(windows)]
    #[error(transparent)]
    Refused(#[from] win32::write::Refused),
}

impl Diagnostic for RestartError {
    fn code(&self) -> Code {
        match self {
            Self::Unknown { because, .. } => match because {
                ServiceError::NotFound => Code::NotFound,
                ServiceError::NotWindows => Code::Unavailable,
                #[cfg(windows)]
                ServiceError::Windows(error) if error.is_access_denied() => Code::AccessDenied,
                #[cfg(windows)]
                _ => Code::Rejected,
            },
            Self::WillNotStop { .. } => Code::Rejected,
            Self::WillNotStart { .. } => Code::ServiceNotRunning,
        }
    }
}

fn still(down: &[String]) -> String {
    if down.is_empty() { String::new() } else { format!("; {} also stopped", are(down)) }
}

fn are(services: &[String]) -> String {
    let verb = if services.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", services.join(", "))
}

/// The service manager of a machine.
trait Manager {
    /// True if the service is running or starting.
    fn runs(&self, service: &str) -> Result<bool, ServiceError>;
    /// The running dependent services, in the order in which they can be stopped.
    fn dependents(&self, service: &str) -> Result<Vec<String>, ServiceError>;
    fn stop(&mut self, service: &str) -> Result<(), ServiceError>;
    fn start(&mut self, service: &str) -> Result<(), ServiceError>;
}

/// Restarts a service of this machine with those that depend on it.
///
/// # Errors
///
/// See [`RestartError`]. The registry is not changed in any case.
#[cfg(windows)]
pub fn restart(service: &str) -> Result<Restarted, RestartError> {
    restart_with(&mut here::ThisMachine, service)
}

/// The sessions of logged-on users on this machine.
#[cfg(windows)]
pub fn sessions() -> Result<Vec<Session>, ServiceError> {
    let found = win32::session::signed_in()?;
    let session = |one: win32::session::Session| Session { id: one.id, user: one.user, active: one.active };
    Ok(found.into_iter().map(session).collect())
}

/// Fails: this machine does not run Windows.
#[cfg(not(windows))]
pub fn restart(service: &str) -> Result<Restarted, RestartError> {
    Err(RestartError::Unknown { service: service.to_owned(), because: ServiceError::NotWindows })
}

/// Always empty: this machine does not run Windows.
#[cfg(not(windows))]
pub fn sessions() -> Result<Vec<Session>, ServiceError> {
    Ok(Vec::new())
}

#[cfg_attr(not(any(windows, test)), allow(dead_code))]
fn restart_with(manager: &mut dyn Manager, service: &str) -> Result<Restarted, RestartError> {
    let unknown = |because| RestartError::Unknown { service: service.to_owned(), because };
    if !manager.runs(service).map_err(unknown)? {
        return Ok(Restarted::DidNotRun);
    }
    let along = manager.dependents(service).map_err(unknown)?;
    let order: Vec<&str> = along.iter().map(String::as_str).chain([service]).collect();
    for (stopped, name) in order.iter().enumerate() {
        if let Err(because) = manager.stop(name) {
            let down = started(manager, &order[..stopped]).into_iter().map(|(name, _)| name).collect();
            return Err(RestartError::WillNotStop { service: (*name).to_owned(), because, down });
        }
    }
    let mut failed = started(manager, &order).into_iter();
    match failed.next() {
        None => Ok(Restarted::Yes { along }),
        Some((service, because)) => {
            Err(RestartError::WillNotStart { service, because, down: failed.map(|(name, _)| name).collect() })
        }
    }
}

/// Starts the stopped services in reverse order; returns those that failed, with the reasons.
fn started(manager: &mut dyn Manager, stopped: &[&str]) -> Vec<(String, ServiceError)> {
    let start = |name: &&str| Some(((*name).to_owned(), manager.start(name).err()?));
    stopped.iter().rev().filter_map(start).collect()
}

#[cfg(windows)]
mod here {
    use std::time::Duration;

    use win32::service::{self, State};
    use win32::write;

    use super::{Manager, ServiceError};

    /// Time limit for stopping and starting a service: twice the limit after which the service manager
    /// reports a hang.
    const LIMIT: Duration = Duration::from_mins(1);

    pub(super) struct ThisMachine;

    impl Manager for ThisMachine {
        fn runs(&self, service: &str) -> Result<bool, ServiceError> {
            match service::state(service) {
                Ok(Some(state)) => Ok(!matches!(state, State::Stopped | State::StopPending)),
                Ok(None) => Err(ServiceError::NotFound),
                Err(error) => Err(error.into()),
            }
        }

        fn dependents(&self, service: &str) -> Result<Vec<String>, ServiceError> {
            Ok(write::active_dependents(service)?)
        }

        fn stop(&mut self, service: &str) -> Result<(), ServiceError> {
            Ok(write::stop(service, LIMIT)?)
        }

        fn start(&mut self, service: &str) -> Result<(), ServiceError> {
            Ok(write::start(service, LIMIT)?)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Simulates a service that hangs.
    struct Scripted {
        running: Vec<&'static str>,
        will_not_stop: &'static str,
        will_not_start: &'static str,
        did: Vec<String>,
    }

    impl Scripted {
        fn new(will_not_stop: &'static str, will_not_start: &'static str) -> Self {
            let running = vec!["TermService", "UmRdpService", "Other"];
            Self { running, will_not_stop, will_not_start, did: Vec::new() }
        }
    }

    impl Manager for Scripted {
        fn runs(&self, service: &str) -> Result<bool, ServiceError> {
            Ok(self.running.contains(&service))
        }

        fn dependents(&self, service: &str) -> Result<Vec<String>, ServiceError> {
            assert_eq!(service, "TermService");
            Ok(vec!["Other".to_owned(), "UmRdpService".to_owned()])
        }

        fn stop(&mut self, service: &str) -> Result<(), ServiceError> {
            self.did.push(format!("stop {service}"));
            if service == self.will_not_stop { Err(ServiceError::NotFound) } else { Ok(()) }
        }

        fn start(&mut self, service: &str) -> Result<(), ServiceError> {
            self.did.push(format!("start {service}"));
            if service == self.will_not_start { Err(ServiceError::NotFound) } else { Ok(()) }
        }
    }

    #[test]
    fn what_depends_on_a_service_is_stopped_before_and_started_after_it() {
        let mut manager = Scripted::new("", "");
        let done = restart_with(&mut manager, "TermService").unwrap();
        assert_eq!(done, Restarted::Yes { along: vec!["Other".to_owned(), "UmRdpService".to_owned()] });
        assert_eq!(
            manager.did,
            [
                "stop Other",
                "stop UmRdpService",
                "stop TermService",
                "start TermService",
                "start UmRdpService",
                "start Other"
            ]
        );
    }

    #[test]
    fn what_does_not_run_is_left_alone() {
        let mut manager = Scripted::new("", "");
        assert_eq!(restart_with(&mut manager, "TermServLicensing").unwrap(), Restarted::DidNotRun);
        assert_eq!(manager.did, Vec::<String>::new());
    }

    #[test]
    fn where_a_service_does_not_stop_the_others_run_again() {
        let mut manager = Scripted::new("TermService", "Other");
        let error = restart_with(&mut manager, "TermService").unwrap_err();
        assert_eq!(
            error.to_string(),
            "TermService does not stop (the service does not exist); Other is also stopped"
        );
        assert_eq!(manager.did.last().unwrap(), "start Other");
    }

    #[test]
    fn where_a_service_does_not_start_again_it_is_named() {
        let mut manager = Scripted::new("", "TermService");
        let error = restart_with(&mut manager, "TermService").unwrap_err();
        assert_eq!(
            error.to_string(),
            "TermService was stopped and does not start again (the service does not exist)"
        );
    }
}
