//! What is asked beside the machines: a directory, which of them there are and what it knows of them; the network, whether the license
//! servers that they list answer.

use std::time::Duration;

use diagnostic::{Code, Message};
use licensing::Profile;
use probe::{Prober, Times};
use snapshot::Snapshot;
use sources::ReadError;

use crate::args::{DirectoryArgs, DoctorArgs, NetworkArgs};
use crate::exit::Failure;

/// What was asked, or is asked as machines come; nothing at all unless the arguments say so.
#[derive(Default)]
pub struct ExternalEvidence {
    /// The hosts that it lists, where it was asked for them.
    hosts: Option<Vec<String>>,
    /// What could not be had from it.
    problems: Vec<(String, String)>,
    #[cfg(feature = "directory")]
    evidence: Option<crate::directory::Evidence>,
    prober: Option<Prober>,
}

impl ExternalEvidence {
    /// What the arguments of `doctor` ask for.
    pub fn of_doctor(args: &DoctorArgs) -> Result<Self, Failure> {
        let external = Self::new(&args.directory, &args.network)?;
        Ok(if args.probe { external.probing(&args.network) } else { external })
    }

    /// Also has the license servers probed that machines list, as patiently as these arguments say.
    #[must_use]
    pub fn probing(mut self, network: &NetworkArgs) -> Self {
        let connect = Duration::from_secs(network.timeout);
        self.prober = Some(Prober::new(Times { connect, answer: connect }));
        self
    }

    /// Asks the directory that the arguments name.
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
            // The machines are judged all the same.
            Err(error) => external.problems.push((locator.clone(), error.to_string())),
        }
        Ok(external)
    }

    /// Refuses where there is something to ask.
    #[cfg(not(feature = "directory"))]
    pub fn new(args: &DirectoryArgs, _: &NetworkArgs) -> Result<Self, Failure> {
        // Asked for together with the directory, which is refused.
        let _ = (&args.from_ad, &args.reach.ca, args.reach.plaintext);
        match args.directory {
            Some(_) => Err(Failure::usage(super::users::NOT_BUILT.to_owned())),
            None => Ok(Self::default()),
        }
    }

    /// The hosts that it lists; `None` where it was not asked for them.
    pub fn hosts(&self) -> Option<&[String]> {
        self.hosts.as_deref()
    }

    /// What could not be had.
    pub fn problems(&self) -> impl Iterator<Item = ReadError> {
        self.problems
            .iter()
            .map(|(place, message)| ReadError::new(place.as_str(), Message::new(Code::Io, message.as_str())))
    }

    /// Adds what is known of a machine; of the domain at large, where the machine is a license server or the only one.
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
