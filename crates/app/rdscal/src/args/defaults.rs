//! The arguments that a configuration file has defaults for.

use super::common::{JudgeArgs, Level, ProfileArg};
use super::network::{HostsArgs, NetworkArgs, ReachArgs, SurveyArgs};
use super::{Command, PolicyCommand};

/// The arguments of one command that a configuration file has defaults for.
#[derive(Default)]
pub struct Defaults<'a> {
    /// Profile and ignored rules.
    pub judge: Option<&'a mut JudgeArgs>,
    /// The profile of a command that judges only for a repair.
    pub profile: Option<&'a mut ProfileArg>,
    /// The severity that changes the exit code.
    pub fail_on: Option<&'a mut Level>,
    /// The number of hosts in parallel.
    pub hosts: Option<&'a mut HostsArgs>,
    /// The number of retries.
    pub retries: Option<&'a mut u32>,
    /// Time limits.
    pub network: Option<&'a mut NetworkArgs>,
    /// The name server.
    pub nameserver: Option<&'a mut Option<String>>,
}

impl<'a> Defaults<'a> {
    fn survey(survey: &'a mut SurveyArgs, network: &'a mut NetworkArgs) -> Self {
        Self {
            hosts: Some(&mut survey.hosts),
            retries: Some(&mut survey.retries),
            network: Some(network),
            ..Self::default()
        }
    }

    fn reach(reach: &'a mut ReachArgs, network: &'a mut NetworkArgs) -> Self {
        Self { nameserver: Some(&mut reach.nameserver), network: Some(network), ..Self::default() }
    }
}

impl Command {
    /// The arguments of this command that a configuration has defaults for; `None` for commands that do not
    /// read one.
    pub fn defaults(&mut self) -> Option<Defaults<'_>> {
        Some(match self {
            Self::Doctor(args) => Defaults {
                judge: Some(&mut args.judge),
                fail_on: Some(&mut args.fail_on),
                nameserver: Some(&mut args.directory.reach.nameserver),
                ..Defaults::survey(&mut args.survey, &mut args.network)
            },
            Self::Show(args) => Defaults {
                judge: Some(&mut args.judge),
                ..Defaults::survey(&mut args.survey, &mut args.network)
            },
            Self::Watch(args) => Defaults {
                judge: Some(&mut args.judge),
                fail_on: Some(&mut args.fail_on),
                ..Defaults::default()
            },
            Self::Snapshot(args) => Defaults {
                nameserver: Some(&mut args.directory.reach.nameserver),
                ..Defaults::survey(&mut args.survey, &mut args.network)
            },
            Self::Fix(args) => {
                let common = &mut args.recipe.common;
                Defaults {
                    profile: Some(&mut common.profile),
                    network: Some(&mut common.network),
                    ..Defaults::default()
                }
            }
            Self::Undo(args) => Defaults {
                profile: Some(&mut args.profile),
                network: Some(&mut args.network),
                ..Defaults::default()
            },
            Self::Diff(args) => Defaults { network: Some(&mut args.network), ..Defaults::default() },
            Self::Users(args) => Defaults::reach(&mut args.reach, &mut args.network),
            Self::Policy(args) => match &mut args.what {
                PolicyCommand::Show(args) => Defaults::reach(&mut args.reach, &mut args.network),
                PolicyCommand::Lint(_) => return None,
            },
            #[cfg(feature = "remote")]
            Self::Probe(args) => Defaults {
                hosts: Some(&mut args.hosts),
                network: Some(&mut args.network),
                ..Defaults::default()
            },
            _ => return None,
        })
    }
}
