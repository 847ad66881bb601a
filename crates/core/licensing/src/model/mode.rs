//! The licensing mode.

use std::fmt;

use serde::{Deserialize, Serialize};
use snapshot::{KeyPath, Snapshot, ValueType};

use super::facts::{self, LicensingSettings};
use super::product::{Era, Product};
use super::setting::{
    BLANK, Candidate, CandidateStatus, Layer, Setting, Stray, Unseen, add_report, with_blanks,
};
use super::{Found, strays, value};
use crate::evidence::Evidence;
use crate::places;

/// A licensing mode, as `LicensingMode` (2008 and later) and `PolicyAcOn` (2000, 2003) number it.
///
/// Source: unattend reference `Microsoft-Windows-TerminalServices-RemoteConnectionManager\LicensingMode` (2,
/// 4, 5); TerminalServer.admx (2, 4, 6); the value 1 measured in four client hives. KB834651 for
/// `PolicyAcOn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LicensingMode {
    /// 0: invalid on a session host.
    Personal,
    /// 1: Remote Desktop for administration, two sessions, no licenses.
    Administration,
    /// 2
    PerDevice,
    /// 4
    PerUser,
    /// 5
    NotConfigured,
    /// 6: Entra ID per user; only a policy sets it.
    EntraPerUser,
    /// Any other number.
    Other(u32),
}

impl LicensingMode {
    /// The mode with this number.
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Personal,
            1 => Self::Administration,
            2 => Self::PerDevice,
            4 => Self::PerUser,
            5 => Self::NotConfigured,
            6 => Self::EntraPerUser,
            other => Self::Other(other),
        }
    }

    /// The mode's number.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::Personal => 0,
            Self::Administration => 1,
            Self::PerDevice => 2,
            Self::PerUser => 4,
            Self::NotConfigured => 5,
            Self::EntraPerUser => 6,
            Self::Other(other) => other,
        }
    }

    /// True for the modes in which a session host asks for licenses.
    #[must_use]
    pub fn is_licensing(self) -> bool {
        matches!(self, Self::PerDevice | Self::PerUser | Self::EntraPerUser)
    }
}

impl fmt::Display for LicensingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Personal => f.write_str("personal (0)"),
            Self::Administration => f.write_str("remote administration (1)"),
            Self::PerDevice => f.write_str("Per Device (2)"),
            Self::PerUser => f.write_str("Per User (4)"),
            Self::NotConfigured => f.write_str("not configured (5)"),
            Self::EntraPerUser => f.write_str("Entra ID Per User (6)"),
            Self::Other(number) => write!(f, "unknown ({number})"),
        }
    }
}

pub(super) fn read(snapshot: &Snapshot, product: &Product) -> Setting<LicensingMode> {
    let mut mode = Collector::default();
    mode.policy(snapshot, product);
    mode.local(snapshot, product);
    mode.strays(snapshot);
    if let Some(reported) = reported(snapshot) {
        let path = places::licensing_core();
        add_report(&mut mode.candidates, &mut mode.unseen, path, reported, |stored, reported| {
            stored == reported
        });
    }
    Setting::decide(mode.candidates, mode.unseen)
}

/// The mode that the running host reports (`LicensingType`). One list in the documentation of the property
/// numbers the modes differently, so that an undefined number proves nothing.
fn reported(snapshot: &Snapshot) -> Option<(LicensingMode, Evidence)> {
    let fact = snapshot.facts.get(facts::LICENSING_SETTINGS.name)?;
    let settings = LicensingSettings::deserialize(&fact.value).ok()?;
    let mode = LicensingMode::from_number(settings.licensing_type);
    let found = format!("LicensingType {} ({mode})", settings.licensing_type);
    (!matches!(mode, LicensingMode::Other(_))).then(|| (mode, Evidence::fact(&fact.source, found)))
}

#[derive(Default)]
struct Collector {
    candidates: Vec<Candidate<LicensingMode>>,
    unseen: Unseen,
    taken: bool,
}

impl Collector {
    fn policy(&mut self, snapshot: &Snapshot, product: &Product) {
        // The policy came with Windows Server 2003.
        let supported = product.is_at_least(5, 1) != Some(false);
        match value(snapshot, &places::policy(), "LicensingMode") {
            Err(unknown) if supported => self.unseen.policy = unknown.needs,
            Err(_) | Ok(None) => {}
            Ok(Some(found)) => {
                let mode = decode(&found);
                let (standing, reason) = if !supported {
                    (CandidateStatus::NeverRead, "Windows 2000 does not support this policy".to_owned())
                } else if mode.is_some_and(LicensingMode::is_licensing) {
                    self.taken = true;
                    (CandidateStatus::Wins, "a policy has precedence over every local setting".to_owned())
                } else {
                    let what = describe(&found);
                    (
                        CandidateStatus::Invalid,
                        format!("valid policy values are 2, 4 and 6 as REG_DWORD; this is {what}"),
                    )
                };
                self.push(Layer::Policy, None, &found, mode, standing, reason);
            }
        }
    }

    fn local(&mut self, snapshot: &Snapshot, product: &Product) {
        let modern = (places::licensing_core(), "LicensingMode", Layer::Local);
        let legacy = (places::legacy_licensing_core(), "PolicyAcOn", Layer::Legacy);
        let old = product.era() == Some(Era::Nt5);
        for (path, name, place) in if old { [legacy, modern] } else { [modern, legacy] } {
            let is_read = (place == Layer::Legacy) == old;
            let found = match value(snapshot, &path, name) {
                Err(unknown) if is_read => {
                    self.unseen.local.extend(unknown.needs);
                    continue;
                }
                Err(_) | Ok(None) => continue,
                Ok(Some(found)) => found,
            };
            let mode = decode(&found);
            let (standing, reason) = if !is_read {
                (CandidateStatus::NeverRead, "this generation of Windows does not read the key".to_owned())
            } else if product.is_embedded_standard_7() {
                let reason =
                    "Windows Embedded Standard 7 ignores the value and numbers its modes differently";
                (CandidateStatus::NeverRead, reason.to_owned())
            } else if mode.is_none() {
                (CandidateStatus::Invalid, format!("must be a REG_DWORD; this is {}", describe(&found)))
            } else if self.taken {
                (CandidateStatus::Overridden, "a policy sets the mode".to_owned())
            } else {
                self.taken = true;
                let reason = self.unseen.without_policy("no policy sets a valid mode");
                (CandidateStatus::Wins, reason.to_owned())
            };
            self.push(place, None, &found, mode, standing, reason);
        }
    }

    fn strays(&mut self, snapshot: &Snapshot) {
        for (key, name, stray) in strays::MODE {
            if let Ok(Some(found)) = value(snapshot, &KeyPath::fixed_hklm(key), name) {
                let reason = "Windows does not read a licensing mode from this key";
                self.stray(stray, &found, reason);
            }
        }
        let places = [
            (places::policy(), "LicensingMode"),
            (places::licensing_core(), "LicensingMode"),
            (places::legacy_licensing_core(), "PolicyAcOn"),
        ];
        for (path, name) in places {
            for found in with_blanks(snapshot, &path, name) {
                self.stray(Stray::BlankInName, &found, BLANK);
            }
        }
    }

    fn stray(&mut self, stray: Stray, found: &Found<'_>, reason: &str) {
        let mode = decode(found);
        self.push(Layer::Stray, Some(stray), found, mode, CandidateStatus::NeverRead, reason.to_owned());
    }

    fn push(
        &mut self,
        place: Layer,
        stray: Option<Stray>,
        found: &Found<'_>,
        value: Option<LicensingMode>,
        standing: CandidateStatus,
        reason: String,
    ) {
        let (path, evidence) = (found.path.clone(), found.evidence());
        self.candidates.push(Candidate { place, stray, path, value, evidence, standing, reason });
    }
}

fn decode(found: &Found<'_>) -> Option<LicensingMode> {
    (found.value.kind == ValueType::DWORD).then(|| found.value.as_u32().map(LicensingMode::from_number))?
}

fn describe(found: &Found<'_>) -> String {
    format!("{} {}", found.value.kind, found.value.shown())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Effective, Machine};

    const CORE: &str =
        r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]";
    const OLD: &str = r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\Licensing Core]";
    const MISSPELT: &str =
        r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\TerminalServer\Licensing Core]";
    const POLICY: &str = r"[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services]";
    const LISTENER: &str =
        r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp]";
    const VERSION: &str = r"[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]";
    const BOTH: &str = ";; covers: HKLM\\SYSTEM\n;; covers: HKLM\\SOFTWARE\n";
    const SYSTEM: &str = ";; covers: HKLM\\SYSTEM\n";

    const LOCAL_4: (&str, &str) = (CORE, "\"LicensingMode\"=dword:00000004");
    const POLICY_2: (&str, &str) = (POLICY, "\"LicensingMode\"=dword:00000002");

    /// The setting of a machine with these keys and values.
    fn setting(head: &str, parts: &[(&str, &str)]) -> Setting<LicensingMode> {
        let keys: Vec<_> = parts.iter().map(|(key, value)| format!("{key}\n{value}\n")).collect();
        let text = format!(
            "Windows Registry Editor Version 5.00\n;; source: made for this test\n{head}\n{}",
            keys.join("\n")
        );
        let fixture = fixture::parse(&text).unwrap();
        Machine::new(&fixture.machines[0], fixture.at, crate::Profile::Auto).licensing_mode().clone()
    }

    fn standings(setting: &Setting<LicensingMode>) -> Vec<(Layer, CandidateStatus)> {
        setting.candidates.iter().map(|candidate| (candidate.place, candidate.standing)).collect()
    }

    #[test]
    fn policy_wins_over_local() {
        let mode = setting(BOTH, &[LOCAL_4, POLICY_2]);
        assert_eq!(mode.effective, Effective::Value(LicensingMode::PerDevice));
        assert_eq!(
            standings(&mode),
            [(Layer::Policy, CandidateStatus::Wins), (Layer::Local, CandidateStatus::Overridden)]
        );
        assert!(mode.unseen.is_empty());
    }

    #[test]
    fn policy_alone_is_certain() {
        let mode = setting("", &[POLICY_2]);
        assert_eq!(mode.effective, Effective::Value(LicensingMode::PerDevice));
        assert_eq!(mode.certain().unwrap(), Some(&LicensingMode::PerDevice));
    }

    #[test]
    fn local_wins_unless_an_unseen_policy_says_otherwise() {
        let mode = setting(SYSTEM, &[LOCAL_4]);
        assert_eq!(mode.effective, Effective::Unless(LicensingMode::PerUser));
        assert_eq!(mode.known().unwrap(), Some(&LicensingMode::PerUser));
        let needs = mode.certain().unwrap_err().needs;
        assert_eq!(needs, [crate::Need::Key(places::policy().to_string())]);
        assert_eq!(setting(BOTH, &[LOCAL_4]).effective, Effective::Value(LicensingMode::PerUser));
    }

    #[test]
    fn nothing_seen_and_nothing_set_differ() {
        assert_eq!(setting(BOTH, &[]).effective, Effective::NotSet);
        let unseen = setting(SYSTEM, &[]);
        assert_eq!(unseen.effective, Effective::Unknown);
        assert!(unseen.known().is_err());
        assert_eq!(setting(";; covers: HKLM\\SOFTWARE", &[]).effective, Effective::Unknown);
    }

    #[test]
    fn what_could_not_be_read_is_unseen() {
        let head = format!("{BOTH};; unread: {} = access denied", places::policy());
        let mode = setting(&head, &[LOCAL_4]);
        assert_eq!(mode.effective, Effective::Unless(LicensingMode::PerUser));
        assert!(matches!(mode.unseen.as_slice(), [crate::Need::Readable { .. }]), "{:?}", mode.unseen);
    }

    #[test]
    fn an_unusable_policy_leaves_the_local_mode() {
        for bad in ["dword:00000003", "dword:00000005", "\"4\"", "hex(4):04,00"] {
            let mode = setting(BOTH, &[LOCAL_4, (POLICY, &format!("\"LicensingMode\"={bad}"))]);
            assert_eq!(mode.effective, Effective::Value(LicensingMode::PerUser), "{bad}");
            assert_eq!(mode.at(Layer::Policy).next().unwrap().standing, CandidateStatus::Invalid, "{bad}");
        }
    }

    #[test]
    fn a_local_mode_of_another_type_is_none() {
        let mode = setting(BOTH, &[(CORE, "\"LicensingMode\"=\"4\"")]);
        assert_eq!(mode.effective, Effective::NotSet);
        assert_eq!(standings(&mode), [(Layer::Local, CandidateStatus::Invalid)]);
    }

    #[test]
    fn each_generation_reads_its_own_key() {
        let parts = [LOCAL_4, (OLD, "\"PolicyAcOn\"=dword:00000002")];
        let modern = setting(BOTH, &parts);
        assert_eq!(modern.effective, Effective::Value(LicensingMode::PerUser));
        assert_eq!(
            standings(&modern),
            [(Layer::Local, CandidateStatus::Wins), (Layer::Legacy, CandidateStatus::NeverRead)]
        );
        let mut old = parts.to_vec();
        old.push((VERSION, "\"CurrentVersion\"=\"5.2\""));
        let old = setting(BOTH, &old);
        assert_eq!(old.effective, Effective::Value(LicensingMode::PerDevice));
        assert_eq!(
            standings(&old),
            [(Layer::Legacy, CandidateStatus::Wins), (Layer::Local, CandidateStatus::NeverRead)]
        );
    }

    #[test]
    fn windows_2000_knows_no_policy() {
        let version = (VERSION, "\"CurrentVersion\"=\"5.0\"");
        let mode = setting(BOTH, &[(OLD, "\"PolicyAcOn\"=dword:00000004"), POLICY_2, version]);
        assert_eq!(mode.effective, Effective::Value(LicensingMode::PerUser));
        assert_eq!(mode.at(Layer::Policy).next().unwrap().standing, CandidateStatus::NeverRead);
    }

    #[test]
    fn embedded_standard_7_ignores_the_value() {
        let version = (VERSION, "\"CurrentVersion\"=\"6.1\"\n\"ProductName\"=\"Windows Embedded Standard\"");
        let mode = setting(BOTH, &[(CORE, "\"LicensingMode\"=dword:00000003"), version]);
        assert_eq!(mode.effective, Effective::NotSet);
        assert_eq!(standings(&mode), [(Layer::Local, CandidateStatus::NeverRead)]);
    }

    #[test]
    fn strays_are_named_and_never_win() {
        let parts = [
            (CORE, "\" LicensingMode\"=dword:00000004"),
            (LISTENER, "\"LicensingMode\"=dword:00000002"),
            (MISSPELT, "\"PolicyAcOn\"=dword:00000004"),
        ];
        let mode = setting(BOTH, &parts);
        assert_eq!(mode.effective, Effective::NotSet);
        let strays: Vec<_> = mode.candidates.iter().filter_map(|candidate| candidate.stray).collect();
        assert_eq!(strays, [Stray::WrongKey, Stray::MisspeltKey, Stray::BlankInName]);
        assert!(mode.candidates.iter().all(|stray| stray.standing == CandidateStatus::NeverRead));
    }
}
