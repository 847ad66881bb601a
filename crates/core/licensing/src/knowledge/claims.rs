//! Statements that circulate about Remote Desktop licensing, and questions that administrators ask.

use serde::Serialize;

use super::{Certainty, Source, sources};

/// What kind of row it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// A statement that is wrong.
    Folklore,
    /// A statement that is half right.
    HalfTrue,
    /// A question, a task or a term.
    Question,
}

/// A statement or a question.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ClaimRow {
    /// Stable name of the row.
    pub id: &'static str,
    /// What kind of row it is.
    pub kind: ClaimKind,
    /// The statement or question, in a phrase.
    pub title: &'static str,
    /// How people put it; matched without regard to case and small errors.
    pub aliases: &'static [&'static str],
    /// The answer in one or two sentences.
    pub answer: &'static str,
    /// Why it is so.
    pub why: &'static str,
    /// What the person really wants, the most likely first.
    pub causes: &'static [&'static str],
    /// What to do instead, least harm first.
    pub fixes: &'static [&'static str],
    /// Rules that are about it.
    pub rules: &'static [&'static str],
    /// How sure we are.
    pub certainty: Certainty,
    /// Where it is from.
    pub sources: &'static [Source],
}

impl ClaimRow {
    pub(super) const BASE: Self = Self {
        id: "",
        kind: ClaimKind::Question,
        title: "",
        aliases: &[],
        answer: "",
        why: "",
        causes: &[],
        fixes: &[],
        rules: &[],
        certainty: Certainty::Documented,
        sources: &[],
    };
}

/// Every statement and question.
pub fn all() -> impl Iterator<Item = &'static ClaimRow> {
    CLAIMS.iter().chain(super::questions::QUESTIONS)
}

const CLAIMS: &[ClaimRow] = &[
    ClaimRow {
        id: "cal",
        title: "client access license (CAL)",
        aliases: &[
            "CAL",
            "RDS CAL",
            "client access license",
            "what is a CAL",
            "what does RDS CAL mean",
            "what is a remote desktop license",
            "which CAL do I need",
            "which CAL do I need for external users or contractors",
            "how many CALs do I need to buy",
            "do I need a license for remote desktop",
            "remote desktop license",
        ],
        answer: "A CAL is the right of one device or one user to connect to session hosts. A company buys CALs; a license server issues \
                 them.",
        why: "A Per Device CAL is stored on the client and enforced. A Per User CAL is recorded in Active Directory and only counted. The \
              CAL version must be at least that of the session host.",
        fixes: &[
            "Choose Per Device if several users share devices, Per User if users have several devices; in a workgroup only Per Device.",
            "Buy CALs of the newest session host's version, install them on a license server, and set the same mode on the hosts.",
        ],
        rules: &["RDSL-001", "RDSL-103", "RDSL-106"],
        sources: &[sources::CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "grace-period",
        title: "grace period",
        aliases: &[
            "grace",
            "grace period",
            "what is the grace period",
            "how long does the grace period last",
            "120 days",
            "licensing grace period",
            "how long can I use remote desktop without a license server",
            "what happens after 120 days",
            "RDS trial period, how many days are left",
            "120 day trial",
            "trial period of remote desktop has ended",
        ],
        answer: "For 120 days after its first use a session host accepts connections without a license server. After \
                 that only administrators can connect.",
        why: "The period gives time to deploy a license server. It ends earlier with the first permanent license. It is not a license: \
              users and devices need CALs from the first day.",
        fixes: &[
            "Set the licensing mode and the license server before the period ends.",
            "Use rdscal show to see its end.",
        ],
        rules: &["RDSL-040", "RDSL-041", "RDSL-050"],
        sources: &[sources::CALS, sources::GRACE_END],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "reset-grace-period",
        title: "resetting the grace period",
        aliases: &[
            "reset grace period",
            "reset the 120 day grace period",
            "extend grace period",
            "delete GracePeriod key",
            "grace period reset script",
            "reset RDS grace period registry",
            "delete L$RTMTIMEBOMB",
            "reset terminal server trial",
        ],
        answer: "If the grace record is deleted, the host creates a new one at the next start. But this does not remove the reason why the host receives no licenses, \
                 and it is not a replacement for CALs. Find the cause first; it is nearly always one of those below.",
        why: "The grace period is a tolerance of the software, not a license: users and devices need CALs from the first day. Microsoft does \
              not publish the deletion as a procedure. It leaves traces (owner, key time) that are visible in an audit. Legitimate is a \
              single, recorded reset: an image before it is sealed, a lab, CALs that are bought and pending, a rebuilt host, an unreadable \
              record.",
        causes: &[
            "the licensing mode is not configured, or a policy overrides it",
            "the license server list is empty, or is in a place that Windows does not read",
            "the license server cannot be reached, is stopped or not activated",
            "the host's certificates are damaged",
            "the CALs are of another kind, or older than the host",
        ],
        fixes: &[
            "For immediate access: mstsc /admin needs no license.",
            "Set the licensing mode that matches the CALs you own.",
            "Set the license server and check that the host reaches it.",
            "Install CALs of the host's version, and activate the license server.",
            "As a last resort, and only for a record that is unreadable or in an image about to be sealed: remove it once, after a backup of \
             the machine. Only the service can create a new one. Never do it on a schedule, and never by changing the clock.",
        ],
        rules: &[
            "RDSL-001", "RDSL-020", "RDSL-030", "RDSL-040", "RDSL-046", "RDSL-047", "RDSL-048", "RDSL-106",
        ],
        certainty: Certainty::Documented,
        sources: &[sources::CALS, sources::NO_LICENSE_SERVER, sources::RESETTERS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "180-days",
        kind: ClaimKind::Folklore,
        title: "\"The grace period is 180 days\"",
        aliases: &["180 days", "180 day grace period", "grace period 180 days", "six months grace period"],
        answer: "It is 120 days for every session host since Windows Server 2003 (90 days on Windows 2000, none on NT 4.0).",
        why: "180 days is the evaluation period of Windows Server itself. An older Microsoft page and some blogs confused the two.",
        fixes: &["Plan with 120 days from the first start of the session host role."],
        rules: &["RDSL-041", "RDSL-051"],
        sources: &[sources::CALS, sources::MODE_WARNING, sources::DAYS_ISSUES],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "grace-days-zero",
        kind: ClaimKind::HalfTrue,
        title: "\"Zero grace days mean that the host is unlicensed\"",
        aliases: &[
            "GetGracePeriodDays 0",
            "grace days 0",
            "grace period days zero",
            "0 days left",
            "LicensingGracePeriodEnded meaning",
        ],
        answer: "Not necessarily. Zero means that the host is not in its grace period: either it ran out, or it ended because the host received \
                 licenses.",
        why: "The grace period also ends with the first permanent license, and the counter becomes zero on healthy hosts. The mode, the server list and \
              the issued CALs are decisive.",
        causes: &[
            "a healthy host that no longer needs the grace period",
            "the grace period ran out and there is no license server",
        ],
        fixes: &[
            "Check the mode, the server list and the connection to the server before you act on the number.",
        ],
        rules: &["RDSL-040", "RDSL-050"],
        sources: &[sources::GRACE_DAYS, sources::GRACE_END, sources::RDS_LIC_CHK],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "lserver-mdb",
        kind: ClaimKind::Folklore,
        title: "\"The license database is lServer.mdb\"",
        aliases: &[
            "lServer.mdb",
            "lserver mdb Jet database",
            "license server database file",
            "where is the license database",
            "TLSLic.edb",
        ],
        answer: "It is the ESE database TLSLic.edb, by default in %SystemRoot%\\System32\\LServer. No source for an lServer.mdb was found.",
        why: "Only NT 4.0 Terminal Server Edition used an .mdb (hydra.mdb). Since Windows 2000 it is ESE, with edb*.log files beside it.",
        fixes: &[
            "Query the server: RD Licensing Manager, Review Configuration; or WMI Win32_TSLicenseServer.DatabasePath.",
            "Back up that folder together with the system state; the server's identity is stored in LSA secrets.",
        ],
        rules: &["RDSL-119", "RDSL-121"],
        certainty: Certainty::Documented,
        sources: &[sources::TS_LICENSE_SERVER, sources::KB_NT4, sources::NO_TRACE],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "license-key-store",
        kind: ClaimKind::Folklore,
        title: "\"Wipe the subkeys of LicenseKeyStore to remove installed CALs\"",
        aliases: &[
            "LicenseKeyStore",
            "license key store",
            "wipe installed licenses registry",
            "delete installed CALs registry",
            "remove RDS CALs from registry",
        ],
        answer: "LicenseKeyStore is not a Windows key. Installed CAL packs are in the license server's database, not in the registry.",
        why: "The name occurs in no Microsoft document, public hive or reputable script.",
        fixes: &[
            "Remove a pack in RD Licensing Manager, or through WMI (UninstallLicenseKeyPackWithId).",
            "To move packs, use Manage RDS CALs; to start over, rebuild the database and install the packs again.",
        ],
        rules: &["RDSL-011"],
        certainty: Certainty::Measured,
        sources: &[sources::NO_TRACE, sources::KEY_PACK, sources::FOLKLORE],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "cal-registry-key",
        kind: ClaimKind::Folklore,
        title: "\"Each RDS CAL has a registry key created at manufacture\"",
        aliases: &[
            "RDS CAL license registry key",
            "CAL registry key unique identifier",
            "where are RDS CALs stored in the registry",
        ],
        answer: "There is no such key. A client stores a per-device CAL as a certificate in MSLicensing\\Store; a per-user CAL is recorded in the \
                 user's account in Active Directory; packs are in the license server's database.",
        why: "The claim confuses agreement numbers and CAL packs with registry keys.",
        fixes: &["Count CALs in RD Licensing Manager, not in registries."],
        certainty: Certainty::Documented,
        sources: &[sources::CALS, sources::KB187629],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "hardware-change",
        kind: ClaimKind::Folklore,
        title: "\"A new mainboard changes the hardware ID and invalidates the CAL\"",
        aliases: &[
            "motherboard swap CAL",
            "hardware change CAL no longer matches",
            "mainboard replaced hardware id",
            "new hardware HWID",
        ],
        answer: "Not on Windows. The ID in MSLicensing\\HardwareID is random, created once, and unaffected by hardware changes.",
        why: "It changes if the key is deleted, or if the machine is reimaged or cloned. Windows CE and other clients derive theirs differently: from \
              a device UUID or from the host name.",
        causes: &["the key was deleted", "the machine was reimaged", "a non-Windows client was renamed"],
        fixes: &["Find what deletes or replaces the key."],
        rules: &["RDSL-070", "RDSL-080"],
        sources: &[sources::RDPELE_HWID, sources::ASK_PERF, sources::FREERDP],
        certainty: Certainty::Reported,
    },
    ClaimRow {
        id: "licensing-core-legacy",
        kind: ClaimKind::Folklore,
        title: "\"RCM\\Licensing Core is where legacy systems store binary licensing data\"",
        aliases: &["Licensing Core legacy", "RCM Licensing Core legacy binary structures"],
        answer: "It is the current place of the local licensing mode, one number, on every Windows since 2008. The legacy key is \
                 Control\\Terminal Server\\Licensing Core (2000 and 2003, PolicyAcOn).",
        why: "The two names differ only by RCM.",
        fixes: &[
            "On 2008 and later check RCM\\Licensing Core\\LicensingMode, and the policy, which overrides it.",
        ],
        rules: &["RDSL-010"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::KB834651],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "get-in-now",
        title: "connecting to a host that refuses all users",
        aliases: &[
            "how to log in when licensing blocks",
            "mstsc /admin",
            "mstsc admin switch",
            "administrative session without license",
            "nobody can log in",
        ],
        answer: "Connect with mstsc /admin: two administrative sessions need no CAL and are not blocked by licensing. The console always works.",
        why: "Administrative sessions are not subject to licensing.",
        fixes: &["mstsc /v:HOST /admin, as an administrator of the host.", "Then run: rdscal doctor ."],
        rules: &["RDSL-040"],
        sources: &[sources::LICENSE_HOSTS, sources::MODE_WARNING],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "move-database",
        title: "moving the license database to another drive",
        aliases: &[
            "move license server database",
            "move LServer folder",
            "change license database path registry",
        ],
        answer: "Microsoft documents no registry edit for it. The path is specified when the role is installed.",
        why: "Web pages that name a registry value for it cite no source.",
        fixes: &[
            "Record or migrate the CALs, remove the role, install it again with the new path, and install the packs again.",
        ],
        rules: &["RDSL-119", "RDSL-121"],
        certainty: Certainty::Documented,
        sources: &[sources::TS_LICENSE_SERVER, sources::MIGRATE_CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "backup-license-server",
        title: "backing up a license server",
        aliases: &[
            "backup RD licensing server",
            "back up license server",
            "export license server registry",
            "restore license server",
        ],
        answer: "Back up the system state and the LServer folder together. A registry export alone is not a backup, because the server's identity is stored in LSA secrets.",
        why: "There is a VSS writer, TermServLicensing, since 2008; Microsoft says the role must be backed up and restored with the registry.",
        fixes: &[
            "Use a backup that includes the VSS writer TermServLicensing and the system state.",
            "Restore on the same server. For another one, migrate the CALs through the Clearinghouse.",
        ],
        rules: &[],
        sources: &[sources::VSS_WRITERS, sources::MIGRATE_CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "cal-compatibility",
        title: "which CAL is valid for which host and license server",
        aliases: &[
            "CAL compatibility",
            "RDS CAL version compatibility",
            "2019 CAL on 2022 server",
            "2022 CAL on 2019 license server",
            "can I use older CALs on a newer server",
            "downgrade CAL",
        ],
        answer: "A host accepts CALs of its own version or newer. A license server holds CALs of its own version or older. So the license server \
                 should be the newest machine of all.",
        why: "This is Microsoft's table. One sentence beside it states the reverse for license servers and is an error.",
        fixes: &[
            "Upgrade the license server before the first host of a new version.",
            "Buy CALs of the newest host's version.",
        ],
        rules: &["RDSL-106", "RDSL-107"],
        sources: &[sources::CALS, sources::NO_LICENSE_SERVER],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "device-or-user",
        title: "Per Device or Per User",
        aliases: &[
            "per device vs per user",
            "per user or per device CAL",
            "difference between user CAL and device CAL",
            "should I buy user or device licenses",
            "change licensing mode",
            "switch per device per user",
        ],
        answer: "The host's mode must match the owned CALs: 2 requests device CALs, 4 user CALs.",
        why: "Device CALs are stored on the client and enforced. User CALs are recorded in Active Directory, are not enforced, and need a domain.",
        fixes: &[
            "Check in RD Licensing Manager which CALs are owned, then set the mode by policy or in Server Manager.",
            "In a workgroup use Per Device.",
        ],
        rules: &["RDSL-001", "RDSL-012", "RDSL-013", "RDSL-105"],
        sources: &[sources::CALS, sources::UNATTEND_MODE],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "per-user-workgroup",
        title: "Per User licensing in a workgroup",
        aliases: &["per user workgroup", "per user CAL without domain", "workgroup session host licensing"],
        answer: "Not supported. Use Per Device CALs and mode 2, or join a domain.",
        why: "User CALs are tracked in the user object in Active Directory. On Server 2019 a workgroup host in mode 4 ends sessions after an hour.",
        fixes: &[
            "Convert or exchange the CALs to Per Device and set mode 2.",
            "Or join host and license server to a domain.",
        ],
        rules: &["RDSL-012", "RDSL-155"],
        sources: &[sources::LICENSE_HOSTS, sources::CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "workgroup-hardening",
        title: "workgroup hosts are refused since the 2024 updates",
        aliases: &[
            "CVE-2024-38099",
            "CVE-2024-38231",
            "workgroup license server anonymous refused",
            "license server refuses host after July 2024 update",
            "cmdkey network service license server",
        ],
        answer: "A patched license server requires credentials from hosts in a workgroup. Store credentials for it under the host's NETWORK SERVICE account.",
        why: "The update fixes an anonymous denial of service. Hosts in a domain, and a license server on the host itself, are not affected.",
        fixes: &[
            "On the license server create a local user with a strong password.",
            "On each host run, as NETWORK SERVICE: cmdkey /add:SERVER /user:SERVER\\USER /pass",
            "Use DisableWorkgroupAuthEnforcement = 1 only as a temporary measure; it is insecure, and Windows may ignore it in the future. Beware of a leading space in pasted commands.",
        ],
        rules: &["RDSL-117", "RDSL-125"],
        sources: &[sources::LICENSE_HOSTS, sources::CVE_38099, sources::CVE_38231],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "license-server-patch",
        title: "is my license server patched (CVE-2024-38263)?",
        aliases: &[
            "CVE-2024-38263",
            "CVE-2024-38258",
            "CVE-2024-38260",
            "CVE-2024-43454",
            "CVE-2024-43467",
            "license server vulnerability September 2024",
        ],
        answer: "It is fixed in these builds and later: 14393.7336 (2016), 17763.6293 (2019), 20348.2700 (2022), 25398.1128 (23H2).",
        why: "The vulnerability allows remote code execution in the licensing service.",
        fixes: &[
            "Install the current cumulative update on every machine with the role.",
            "Remove the role from machines that do not need it.",
        ],
        sources: &[sources::CVE_38263],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "cloned-image",
        title: "cloned machines and licensing",
        aliases: &[
            "golden image licensing",
            "sysprep MSLicensing",
            "cloned clients share a CAL",
            "same ClientHWID",
            "sealing an image",
        ],
        answer: "A golden image should contain neither a populated MSLicensing key nor a grace record.",
        why: "Clones with the same hardware ID compete for one CAL; clones with an old grace record start with few remaining days or none.",
        fixes: &[
            "Before sealing: remove the client store and, on a session-host image, the grace record.",
            "On existing clones: clear the client store on all but one, a few at a time. Each consumes a temporary CAL.",
        ],
        rules: &[
            "RDSL-071", "RDSL-047", "RDSL-176", "RDSL-177", "RDSL-180", "RDSL-181", "RDSL-182", "RDSL-183",
        ],
        certainty: Certainty::Reported,
        sources: &[sources::BISF, sources::ASK_PERF],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "write-filter",
        title: "thin clients with a write filter use up CALs",
        aliases: &[
            "UWF CAL lost",
            "write filter loses license",
            "thin client new CAL every reboot",
            "PersistTSCAL",
            "TSCAL persistence",
            "FBWF EWF MSLicensing",
        ],
        answer: "The stored CAL must survive the restart: exclude MSLicensing from the write filter.",
        why: "Otherwise each restart discards the CAL and the hardware ID, and the device consumes another temporary CAL.",
        fixes: &[
            "UWF: keep PersistTSCAL on (the default), or add a registry exclusion for HKLM\\SOFTWARE\\Microsoft\\MSLicensing.",
            "FBWF and EWF: enable TSCAL persistence in the Registry Filter.",
            "Or commit once after the device received its permanent CAL.",
        ],
        rules: &["RDSL-077", "RDSL-109", "RDSL-087"],
        sources: &[sources::UWF, sources::REGISTRY_FILTER, sources::HP_FILTERS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "many-cals-one-device",
        title: "one device holds several CALs",
        aliases: &[
            "multiple CALs same device",
            "duplicate CALs same computer",
            "device takes new CAL each time",
        ],
        answer: "The license server sees another device each time: its hardware ID changes, or several license servers serve it.",
        why: "The ID is random and lost whenever MSLicensing is deleted. Containers and changing host names have the same effect with FreeRDP.",
        causes: &[
            "a logon script or tool deletes MSLicensing",
            "a write filter",
            "a cloned or reset thin client",
            "several license servers in use",
        ],
        fixes: &[
            "Stop deleting MSLicensing.",
            "Revoke surplus CALs (up to 20 percent of a pack at a time) or wait 52 to 89 days.",
        ],
        rules: &["RDSL-070", "RDSL-071", "RDSL-109"],
        certainty: Certainty::Reported,
        sources: &[sources::ASK_PERF, sources::STORE_CLIENT, sources::FREERDP],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "temporary-license",
        title: "temporary licenses",
        aliases: &[
            "temporary CAL",
            "temporary license 90 days",
            "clients only get temporary licenses",
            "why temporary license",
        ],
        answer: "A device receives a temporary CAL for 90 days at its first logon, and a permanent one at the next, if one is free.",
        why: "A device that keeps its temporary CAL found no permanent one.",
        causes: &[
            "the license server is not activated",
            "no pack of the host's kind and version, or none free",
            "fPreventLicenseUpgrade withholds newer CALs",
            "the license is lost at each restart (write filter, deletion)",
        ],
        fixes: &[
            "Activate the server; compare kind and version of the packs with the host.",
            "Log on from the device a second time.",
        ],
        rules: &["RDSL-077", "RDSL-101", "RDSL-103", "RDSL-109", "RDSL-112"],
        sources: &[sources::CALS, sources::RDPELE_SERVER],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "revoke-cal",
        title: "revoking a CAL",
        aliases: &[
            "revoke CAL",
            "revoke device CAL",
            "reclaim license of old computer",
            "free up RDS CAL",
            "20 percent revoke limit",
        ],
        answer: "Device CALs can be revoked in RD Licensing Manager, up to 20 percent of a pack at a time; the others return when their validity of 52 to \
                 89 days ends. User CALs cannot be revoked: they are removed from the list 60 days after the last logon.",
        why: "This is by design; the limit applies per version and kind.",
        fixes: &["Revoke the CALs of permanently retired devices; wait for the others."],
        rules: &["RDSL-104"],
        sources: &[sources::CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "multi-session",
        title: "Windows 10 and 11 multi-session, Azure Virtual Desktop",
        aliases: &[
            "LicensingType 6",
            "AVD licensing",
            "Windows multi-session RDS CAL",
            "AAD per user",
            "Azure Virtual Desktop license server",
        ],
        answer: "Multi-session Windows reports type 6 and is licensed differently; the rules for session hosts do not apply to it. Azure Virtual \
                 Desktop hosts with Windows Server do need a license server and CALs.",
        why: "Only Windows Server has the session host role.",
        fixes: &["Distinguish the two by the edition (ServerRdsh) before you interpret the mode."],
        rules: &["RDSL-009"],
        certainty: Certainty::Reported,
        sources: &[sources::MULTI_SESSION, sources::XA_CHECK, sources::CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "discovery",
        kind: ClaimKind::HalfTrue,
        title: "\"The host discovers its license server automatically\"",
        aliases: &[
            "automatic license server discovery",
            "license server discovery",
            "auto discover license server",
        ],
        answer: "Do not rely on it since 2008 R2: name the servers in the policy or in the local list of the host.",
        why: "Older hosts searched the domain and the network, and could find the wrong server. Microsoft contradicts itself about newer ones: \
              an article of 2024 says that discovery ended with 2008 R2; the help text of the policy says that a host whose listed servers \
              cannot be found still discovers servers, published in Active Directory first.",
        fixes: &["Name the servers explicitly, by policy or in Server Manager."],
        rules: &["RDSL-020"],
        sources: &[
            sources::TS_SETTING,
            sources::NO_LICENSE_SERVER,
            sources::MULTIPLE_SERVERS,
            sources::POLICY_HELP,
        ],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "ports",
        title: "ports between host and license server",
        aliases: &[
            "RD licensing ports",
            "license server firewall ports",
            "which ports license server",
            "HydraLsPipe",
            "clearing house port",
        ],
        answer: "TCP 135 and the dynamic RPC range (49152 to 65535), TCP 445 for the pipe HydraLsPipe; LDAP 389 to domain controllers; HTTPS 443 \
                 from the license server to the Clearinghouse.",
        why: "The host uses RPC to the licensing service. A host that moved to another network is often blocked by a firewall rule with its old address.",
        fixes: &["Test 135 and 445 from the host first, then the dynamic range."],
        rules: &["RDSL-030"],
        sources: &[sources::PORTS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "hwid-spoof",
        kind: ClaimKind::Folklore,
        title: "\"Delete MSLicensing to get a new hardware ID\"",
        aliases: &["HWID spoofer MSLicensing", "spoof hardware id RDS", "new ClientHWID"],
        answer: "License servers then see a new device, which consumes another CAL. rdscal does not do this for that purpose.",
        why: "Game-cheat tools delete the key for unrelated reasons; on Remote Desktop clients this consumes CALs.",
        fixes: &["If a license is damaged, delete only Store\\LICENSE00n; the ID is kept."],
        rules: &["RDSL-070", "RDSL-080"],
        certainty: Certainty::Reported,
        sources: &[sources::ASK_PERF, sources::TECHGENIX],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "admin-took-cal",
        title: "popups and CALs in administrative sessions",
        aliases: &[
            "licensing popup local administrator",
            "mstsc admin took a CAL",
            "popup although configured",
        ],
        answer: "The notification also appears in administrative sessions and for local accounts in per-user mode; there it does not indicate a fault.",
        why: "Microsoft lists both as cases without a fault.",
        fixes: &["Check a normal session of a domain user before you change anything."],
        rules: &["RDSL-001"],
        sources: &[sources::MODE_WARNING, sources::CTX200945],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "where-is-the-setting",
        title: "where the mode and the license server are set, and which setting is in force",
        aliases: &[
            "Get-RDLicenseConfiguration",
            "LicenseServers policy",
            "where is the licensing mode set",
            "licensing registry keys",
            "registry path RDS licensing",
            "registry edit does not stick",
            "policy overrides registry licensing",
            "RDS licensing registry",
            "Get-RDLicenseConfiguration",
            "Set-RDLicenseConfiguration",
            "RD Licensing Diagnoser",
            "lsdiag.msc",
            "set the licensing mode without a connection broker",
        ],
        answer: "The policy wins: SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services (LicensingMode, LicenseServers). Otherwise the local \
                 values are in force: Control\\Terminal Server\\RCM\\Licensing Core (LicensingMode) and Services\\TermService\\Parameters\\LicenseServers \
                 (SpecifiedLicenseServers).",
        why: "A deployment with a connection broker writes the local values from Server Manager; WMI refuses to change a setting that a policy controls.",
        fixes: &["Change the setting in force, not an overridden one; rdscal show identifies it."],
        rules: &["RDSL-007", "RDSL-015", "RDSL-028"],
        sources: &[sources::MODE_WARNING, sources::SIXTY_MINUTES, sources::POLICY_WINS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "overuse",
        title: "more users than CALs",
        aliases: &[
            "per user CAL overuse",
            "over-allocated user CALs",
            "more licenses issued than installed in RD Licensing Manager",
            "available licenses negative",
            "SPLA count differs",
        ],
        answer: "Per-user CALs are not enforced, so more can be issued than are owned; this violates the license terms but is not a fault. Reports count users for \
                 60 days after their last logon.",
        why: "The license server only counts.",
        fixes: &[
            "Compare issued with owned CALs and buy the difference.",
            "For provider agreements count according to the agreement, not the report.",
        ],
        rules: &["RDSL-105", "RDSL-133"],
        sources: &[sources::CALS, sources::TRACK_CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "wmi-host",
        title: "licensing of a session host through WMI",
        aliases: &[
            "Win32_TerminalServiceSetting",
            "ChangeMode",
            "GetGracePeriodDays",
            "SetSpecifiedLicenseServerList",
            "GetSpecifiedLicenseServerList",
            "FindLicenseServers",
            "PolicySourceLicensingType",
            "WMI licensing session host",
        ],
        answer: "Namespace root\\CIMv2\\TerminalServices, class Win32_TerminalServiceSetting (packet privacy). It reads and sets mode and server list, \
                 reports the remaining grace days and tests the connection to a license server.",
        why: "It validates its arguments, and fails with 0x80041016 if a policy controls the setting; a registry edit does neither.",
        fixes: &[
            "ChangeMode(2) for Per Device, ChangeMode(4) for Per User.",
            "SetSpecifiedLicenseServerList with the names in order of preference.",
            "PolicySourceLicensingType and PolicySourceConfiguredLicenseServers are 1 if a policy controls the setting.",
        ],
        rules: &["RDSL-015"],
        sources: &[sources::TS_SETTING, sources::CHANGE_MODE, sources::GRACE_DAYS, sources::CONNECTIVITY],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "wmi-server",
        title: "a license server through WMI",
        aliases: &[
            "Win32_TSLicenseServer",
            "Win32_TSLicenseKeyPack",
            "Win32_TSIssuedLicense",
            "Win32_TSLicenseReport",
            "DatabasePath WMI",
            "GetActivationStatus",
            "UninstallLicenseKeyPackWithId",
        ],
        answer: "Namespace root\\CIMv2: Win32_TSLicenseServer (activation, database path), Win32_TSLicenseKeyPack (packs), Win32_TSIssuedLicense \
                 (issued CALs), Win32_TSLicenseReport (per-user reports).",
        why: "For administrators only; other accounts receive empty properties. Built-in packs show 4294967295 licenses.",
        fixes: &[
            "Query it as an administrator of the license server.",
            "Count issued licenses, not available ones, which are never negative.",
        ],
        rules: &["RDSL-101", "RDSL-103", "RDSL-104", "RDSL-105"],
        sources: &[sources::TS_LICENSE_SERVER, sources::KEY_PACK, sources::CHECKMK],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "directory-attributes",
        title: "per-user CALs in Active Directory",
        aliases: &[
            "msTSLicenseVersion",
            "msTSManagingLS",
            "msTSExpireDate",
            "terminalServer attribute",
            "where are per user CALs stored",
            "msTSProperty01",
        ],
        answer: "In the user object: msTSExpireDate, msTSLicenseVersion and msTSManagingLS, with numbered series 2 to 4 beside them. Schema 2003 has \
                 terminalServer instead.",
        why: "They belong to the property set Terminal Server License Server; the license server needs permission to write it. The contents of series 2 to 4 \
              differ between documents and real directories; treat them as free text.",
        fixes: &["If they are not updated, see event 4105."],
        rules: &["RDSL-113", "RDSL-130", "RDSL-131", "RDSL-132"],
        sources: &[sources::ADA, sources::KB2030310, sources::TRACK_CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "groups",
        title: "groups of license servers and session hosts",
        aliases: &[
            "Terminal Server License Servers group",
            "S-1-5-32-561",
            "RDS Endpoint Servers",
            "S-1-5-32-576",
            "Terminal Server Computers group",
        ],
        answer: "Terminal Server License Servers (S-1-5-32-561, in the domain) permits a license server to write per-user data. RDS Endpoint Servers \
                 (S-1-5-32-576, on the license server; Terminal Server Computers on 2008) are the hosts that it serves when fSecureLicensing is 1.",
        why: "The first is relevant only for per-user CALs, the second only with that policy.",
        fixes: &[
            "Add the license server to the first in every domain with users, and restart the licensing service.",
            "Add hosts to the second, or do not set the policy.",
        ],
        rules: &["RDSL-032", "RDSL-111", "RDSL-113", "RDSL-114", "RDSL-134"],
        sources: &[sources::KB2030310, sources::PER_USER_TRACKING, sources::SECURITY_GROUP],
        ..ClaimRow::BASE
    },
];

/// The row with this id.
pub fn by_id(id: &str) -> Option<&'static ClaimRow> {
    all().find(|row| row.id == id)
}
