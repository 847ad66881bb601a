use super::{Datum, ValueRow};
use crate::knowledge::{
    Certainty, Generation, MachineRole, Role,
    ValueType::{Dword, MultiSz, Sz},
    Versions, sources,
};

const SERVER: ValueRow = ValueRow {
    key: "termservlicensing-parameters",
    machine: MachineRole::LicenseServer,
    versions: Versions::from(Generation::W2008),
    ..ValueRow::BASE
};

pub(super) const VALUES: &[ValueRow] = &[
    ValueRow {
        id: "disable-workgroup-auth",
        name: "DisableWorkgroupAuthEnforcement",
        types: &[Dword],
        what: "Opts out of the 2024 hardening. With 1 the license server again serves workgroup hosts without credentials.",
        effect: "Insecure, and future Windows versions may ignore it. Give the hosts credentials instead (cmdkey, run as NETWORK SERVICE on the host).",
        data: &[Datum::number(0, "hosts must present credentials"), Datum::number(1, "the hardening is off")],
        rules: &["RDSL-117"],
        sources: &[sources::LICENSE_HOSTS, sources::CVE_38099],
        ..SERVER
    },
    ValueRow {
        id: "workgroup-accounts-group",
        name: "WorkgroupLicenseServerAccountsGroup",
        types: &[Sz],
        what: "The group of accounts with which workgroup hosts can contact the license server.",
        effect: "Part of the 2024 hardening of license servers in a workgroup.",
        rules: &["RDSL-117"],
        sources: &[sources::CVE_38231, sources::LICENSE_HOSTS],
        ..SERVER
    },
    ValueRow {
        id: "ls-specified-license-servers",
        name: "SpecifiedLicenseServers",
        types: &[MultiSz],
        what: "The other license servers of the domain that may connect to this license server.",
        effect: "Part of the 2024 hardening of license servers in a domain. Session hosts have their own list in another key.",
        rules: &["RDSL-025"],
        sources: &[sources::MULTIPLE_SERVERS, sources::CVE_38231],
        ..SERVER
    },
    ValueRow {
        id: "max-ver-pages",
        name: "MaxVerPages",
        types: &[Dword],
        what: "Pages of the database's version store, 256 to 2048.",
        effect: "Set it to 1024 if ESENT event 623 is logged, and restart the service. Otherwise it has no benefit.",
        rules: &["RDSL-118"],
        sources: &[sources::KB3167312],
        ..SERVER
    },
    ValueRow {
        id: "ls-start",
        key: "termservlicensing",
        name: "Start",
        types: &[Dword],
        role: Role::Context,
        what: "How the licensing service starts.",
        effect: "If it is disabled, no licenses are issued.",
        data: &[Datum::number(2, "automatic"), Datum::number(3, "manual"), Datum::number(4, "disabled")],
        rules: &["RDSL-100"],
        sources: &[sources::WINDOWS_REGISTRY, sources::LS_EVENTS],
        ..SERVER
    },
    ValueRow {
        id: "run-as-rtm",
        key: "software-termservlicensing",
        name: "RunAsRTM",
        types: &[Dword],
        role: Role::Context,
        what: "Chooses between the released and the pre-release name of the grace record.",
        effect: "Reportedly 4 selects the pre-release name. Not documented.",
        rules: &["RDSL-045"],
        certainty: Certainty::Code,
        sources: &[sources::TSTOOL],
        ..SERVER
    },
];
