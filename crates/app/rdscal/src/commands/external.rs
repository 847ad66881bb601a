//! Evidence from outside the machines: the directory lists hosts and contains facts about them, and probes of
//! the network show whether their license servers respond.

use std::time::Duration;

use diagnostic::Message;
use licensing::Profile;
use probe::{Prober, Times};
use snapshot::Snapshot;
use sources::ReadError;

use crate::args::{DirectoryArgs, DoctorArgs, NetworkArgs};
use crate::exit::Failure;

/// External evidence, empty unless the arguments request it. Facts about a machine are queried when it is
/// read.
#[derive(Default)]
pub struct ExternalEvidence {
    /// The hosts that the directory lists; `None` if no list was requested.
    hosts: Option<Vec<String>>,
    /// Place and message of each query that failed or was not made.
    problems: Vec<(String, Message)>,
    #[cfg(feature = "directory")]
    evidence: Option<crate::directory::Evidence>,
    prober: Option<Prober>,
}

impl ExternalEvidence {
    /// The external evidence that the arguments of `doctor` request.
    pub fn of_doctor(args: &DoctorArgs) -> Result<Self, Failure> {
        let external = Self::new(&args.directory, &args.network)?;
        Ok(if args.probe { external.probing(&args.network) } else { external })
    }

    /// Also probes the license servers that machines list, with the time limits of these arguments.
    #[must_use]
    pub fn probing(mut self, network: &NetworkArgs) -> Self {
        let connect = Duration::from_secs(network.timeout);
        self.prober = Some(Prober::new(Times { connect, answer: connect }));
        self
    }

    /// Queries the directory that the arguments name.
    #[cfg(feature = "directory")]
    pub fn new(args: &DirectoryArgs, network: &NetworkArgs) -> Result<Self, Failure> {
        let Some(locator) = &args.directory else { return Ok(Self::default()) };
        let mut external = Self::default();
        let mut connection = crate::directory::open(locator, &args.reach, network)?;
        if let Some(filter) = &args.from_ad {
            let found = crate::directory::computers(&mut connection, locator, filter)?;
            external.problems.extend(found.problems);
            external.hosts = Some(found.hosts);
        }
        match crate::directory::Evidence::gather(connection, network) {
            Ok(evidence) => external.evidence = Some(evidence),
            // The machines are judged without the directory.
            Err(error) => external.problems.push((locator.clone(), Message::of(&error))),
        }
        Ok(external)
    }

    /// Fails if the arguments name a directory: the program was built without Active Directory.
    #[cfg(not(feature = "directory"))]
    pub fn new(args: &DirectoryArgs, _: &NetworkArgs) -> Result<Self, Failure> {
        // These arguments require --directory, which is rejected below.
        let _ = (&args.from_ad, &args.reach.ca, args.reach.plaintext);
        match args.directory {
            Some(_) => Err(Failure::usage(super::users::NOT_BUILT.to_owned())),
            None => Ok(Self::default()),
        }
    }

    /// The hosts that the directory lists; `None` if no list was requested.
    pub fn hosts(&self) -> Option<&[String]> {
        self.hosts.as_deref()
    }

    /// The queries that failed or were not made.
    pub fn problems(&self) -> impl Iterator<Item = ReadError> {
        self.problems.iter().map(|(place, message)| ReadError::new(place.as_str(), message.clone()))
    }

    /// Adds the external evidence about a machine. Evidence about the whole domain is added only to a license
    /// server or to the only machine.
    pub fn add(&self, snapshot: &mut Snapshot, profile: Profile, alone: bool) {
        #[cfg(feature = "directory")]
        if let Some(evidence) = &self.evidence {
            evidence.add(snapshot, alone);
        }
        #[cfg(not(feature = "directory"))]
        let _ = alone;
        if let Some(prober) = &self.prober {
            prober.add_to(snapshot, profile);
        }
    }
}
