use super::KeyRow;
use crate::knowledge::{Certainty, Generation, MachineRole, Role, Versions, sources};

pub(super) const KEYS: &[KeyRow] = &[
    KeyRow {
        id: "policy",
        path: r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services",
        machine: MachineRole::Policy,
        versions: Versions::from(Generation::W2003),
        what: "The Remote Desktop settings of Group Policy: licensing mode, license servers, and the two settings of a license server.",
        windows: "Overrides every local setting. It is rewritten at each policy refresh, so a manual edit does not last. 32-bit \
                  and 64-bit programs share it.",
        deleting: "Reappears at the next policy refresh. Change the policy instead.",
        rules: &["RDSL-007", "RDSL-008", "RDSL-009", "RDSL-012", "RDSL-020", "RDSL-028", "RDSL-052"],
        sources: &[sources::ADMX, sources::POLICY_PAGE, sources::SHARED_KEYS],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "policy-32",
        path: r"HKLM\SOFTWARE\WOW6432Node\Policies\Microsoft\Windows NT\Terminal Services",
        role: Role::Folklore,
        machine: MachineRole::Policy,
        what: "A copy of the policy key in the 32-bit view, created by a script or an import.",
        windows: "SOFTWARE\\Policies is shared between 32-bit and 64-bit programs; no program reads a copy below WOW6432Node.",
        deleting: "Changes nothing.",
        belongs: Some(r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services, by Group Policy"),
        sources: &[sources::SHARED_KEYS],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "gp-history",
        path: r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\History\{35378EAC-683F-11D2-A89A-00C04FBBCFA2}",
        role: Role::Context,
        machine: MachineRole::Policy,
        what: "Which Group Policy objects with registry settings were applied to this machine, by name.",
        windows: "Written by the policy engine; names the GPOs that may have set a policy value in force.",
        deleting: "Reappears at the next policy refresh.",
        rules: &["RDSL-007", "RDSL-028"],
        certainty: Certainty::Documented,
        sources: &[sources::GPREG],
        ..KeyRow::BASE
    },
];
