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
    const BASE: Self = Self {
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
pub const CLAIMS: &[ClaimRow] = &[
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
        answer: "Deleting the grace record gives the host a new one at the next start, but it does not cure why the host gets no licenses, \
                 and it is not a way to do without CALs. Look for the cause first: it is nearly always one of those below.",
        why: "The grace period is a tolerance of the software, not a license: users and devices need CALs from the first day. Microsoft does \
              not publish the deletion as a procedure. It leaves traces (owner, key time) that an audit sees. What has a good reason is a \
              single, recorded reset: an image before it is sealed, a lab, CALs that are bought and pending, a rebuilt host, an unreadable \
              record.",
        causes: &[
            "the licensing mode is not configured, or policy says otherwise",
            "the list of license servers is empty, or stands where Windows does not look",
            "the license server cannot be reached, is stopped or not activated",
            "the host's certificates are damaged",
            "the CALs are of another kind or older than the host",
        ],
        fixes: &[
            "To get in now: mstsc /admin needs no license.",
            "Set the licensing mode that matches the CALs you own.",
            "Set the license server and check that the host reaches it.",
            "Install CALs of the host's version, and activate the license server.",
            "Last, and only for a record that is unreadable or stands in an image about to be sealed: remove it once, after a backup of \
             the machine. Nothing but the service can make a new one. Never on a schedule, and never by way of the clock.",
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
        why: "180 days is the evaluation period of Windows Server itself. An older Microsoft page and some blogs mixed the two up.",
        fixes: &["Plan with 120 days from the first start of the session-host role."],
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
        answer: "Not by itself. Zero means that the host is not in its grace period: either it ran out, or it ended because the host received \
                 licenses.",
        why: "The grace period also ends with the first permanent license, and the counter falls to zero on healthy hosts. Mode, server list and \
              issued CALs decide.",
        causes: &[
            "a healthy host that no longer needs grace",
            "grace ran out and there is no license server",
        ],
        fixes: &["Check mode, server list and the way to the server before acting on the number."],
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
            "Ask the server: RD Licensing Manager, Review Configuration; or WMI Win32_TSLicenseServer.DatabasePath.",
            "Back up that folder together with the system state: the server's identity lies in LSA secrets.",
        ],
        rules: &["RDSL-119", "RDSL-120", "RDSL-121"],
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
        why: "No Microsoft document, public hive or reputable script knows the name.",
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
        title: "\"Each RDS CAL has a registry key made at manufacture\"",
        aliases: &[
            "RDS CAL license registry key",
            "CAL registry key unique identifier",
            "where are RDS CALs stored in the registry",
        ],
        answer: "There is no such thing. A per-device CAL reaches a client as a certificate in MSLicensing\\Store; a per-user CAL is noted at the \
                 user in Active Directory; packs are in the license server's database.",
        why: "The claim mixes up agreement numbers and key packs with registry keys.",
        fixes: &["Count CALs in RD Licensing Manager, not in registries."],
        certainty: Certainty::Documented,
        sources: &[sources::CALS, sources::KB187629],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "hardware-change",
        kind: ClaimKind::Folklore,
        title: "\"A new mainboard changes the hardware id and breaks the CAL\"",
        aliases: &[
            "motherboard swap CAL",
            "hardware change CAL no longer matches",
            "mainboard replaced hardware id",
            "new hardware HWID",
        ],
        answer: "Not on Windows. The id in MSLicensing\\HardwareID is random, made once, and stays when hardware changes.",
        why: "It changes when the key is deleted, the machine is reimaged or cloned. Windows CE and other clients derive theirs differently: from \
              a device UUID or from the host name.",
        causes: &["the key was deleted", "the machine was reimaged", "a non-Windows client was renamed"],
        fixes: &["Look for what deletes or replaces the key."],
        rules: &["RDSL-070", "RDSL-080"],
        sources: &[sources::RDPELE_HWID, sources::ASK_PERF, sources::FREERDP],
        certainty: Certainty::Reported,
    },
    ClaimRow {
        id: "licensing-core-legacy",
        kind: ClaimKind::Folklore,
        title: "\"RCM\\Licensing Core is where legacy systems keep binary licensing data\"",
        aliases: &["Licensing Core legacy", "RCM Licensing Core legacy binary structures"],
        answer: "It is the current place of the local licensing mode, one number, on every Windows since 2008. The legacy key is \
                 Control\\Terminal Server\\Licensing Core (2000 and 2003, PolicyAcOn).",
        why: "The two names differ only by RCM.",
        fixes: &["On 2008 and later look at RCM\\Licensing Core\\LicensingMode, and at policy, which wins."],
        rules: &["RDSL-010"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::KB834651],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "get-in-now",
        title: "getting into a host that refuses everybody",
        aliases: &[
            "how to log in when licensing blocks",
            "mstsc /admin",
            "mstsc admin switch",
            "administrative session without license",
            "nobody can log in",
            "users cannot connect remote desktop license",
        ],
        answer: "Connect with mstsc /admin: two administrative sessions need no CAL and are not stopped by licensing. The console always works.",
        why: "Administrative sessions do not take part in licensing.",
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
        answer: "Microsoft documents no registry edit for it. The path is asked for when the role is installed.",
        why: "Pages that name a registry value for it give no source.",
        fixes: &[
            "Note or migrate the CALs, remove the role, install it again with the new path, and install the packs again.",
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
        answer: "System state and the LServer folder together. An export of the registry alone is no backup: the server's identity lies in LSA secrets.",
        why: "There is a VSS writer, TermServLicensing, since 2008; Microsoft says the role must be backed up and restored with the registry.",
        fixes: &[
            "Use a backup that includes the VSS writer TermServLicensing and the system state.",
            "Restore on the same server. For another one, migrate the CALs through the clearing house.",
        ],
        rules: &["RDSL-120"],
        sources: &[sources::VSS_WRITERS, sources::MIGRATE_CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "cal-compatibility",
        title: "which CAL fits which host and which license server",
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
        why: "Microsoft's table says so; one sentence beside it says the reverse for license servers and is an error.",
        fixes: &[
            "Upgrade the license server before the first host of a new version.",
            "Buy CALs of the newest host's version.",
        ],
        rules: &["RDSL-079", "RDSL-106", "RDSL-107"],
        sources: &[sources::CALS, sources::NO_LICENSE_SERVER],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "device-or-user",
        title: "Per Device or Per User",
        aliases: &[
            "per device vs per user",
            "per user or per device CAL",
            "change licensing mode",
            "switch per device per user",
        ],
        answer: "The host's mode must match the CALs that are owned: 2 asks for device CALs, 4 for user CALs.",
        why: "Device CALs are stored on the client and enforced. User CALs are noted in Active Directory, are not enforced, and need a domain.",
        fixes: &[
            "Look in RD Licensing Manager what is owned, then set the mode by policy or in Server Manager.",
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
        why: "User CALs are tracked at the user object in Active Directory. On Server 2019 a workgroup host in mode 4 ends sessions after an hour.",
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
        answer: "A patched license server wants credentials from hosts in a workgroup. Give the host's NETWORK SERVICE account credentials for it.",
        why: "It closes an anonymous denial of service. Hosts in a domain, and a license server on the host itself, are not affected.",
        fixes: &[
            "On the license server make a local user with a strong password.",
            "On each host run, as NETWORK SERVICE: cmdkey /add:SERVER /user:SERVER\\USER /pass",
            "DisableWorkgroupAuthEnforcement = 1 only as a stopgap: it is insecure, and Windows may stop honoring it. Mind pasted leading blanks.",
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
            "license server vulnerability",
            "RD licensing remote code execution",
            "MadLicense",
        ],
        answer: "It is fixed from these builds on: 14393.7336 (2016), 17763.6293 (2019), 20348.2700 (2022), 25398.1128 (23H2).",
        why: "The licensing service could be made to run foreign code over the network.",
        fixes: &[
            "Install the current cumulative update on every machine with the role.",
            "Take the role off machines that do not need it.",
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
        answer: "A master image should carry neither a filled MSLicensing key nor a grace record.",
        why: "Clones with the same hardware id fight for one CAL; clones with an old grace record start with few days or none.",
        fixes: &[
            "Before sealing: remove the client store and, on a session-host image, the grace record.",
            "On clones that are out: clear the client store on all but one, a few at a time, and mind the temporary CALs it takes.",
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
        title: "thin clients with a write filter eat CALs",
        aliases: &[
            "UWF CAL lost",
            "write filter loses license",
            "thin client new CAL every reboot",
            "PersistTSCAL",
            "TSCAL persistence",
            "FBWF EWF MSLicensing",
        ],
        answer: "The stored CAL must survive the restart: exclude MSLicensing from the write filter.",
        why: "Otherwise each restart forgets CAL and hardware id, and the device takes another temporary CAL.",
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
        answer: "To the license server it is another device each time: its hardware id changes, or several license servers serve it.",
        why: "The id is random and lost whenever MSLicensing is wiped. Containers and varying host names do the same for FreeRDP.",
        causes: &[
            "a login script or tool wipes MSLicensing",
            "a write filter",
            "a cloned or reset thin client",
            "several license servers in use",
        ],
        fixes: &[
            "Stop the wiping.",
            "Revoke surplus CALs (up to 20 percent of a pack at a time) or wait 52 to 89 days.",
        ],
        rules: &["RDSL-070", "RDSL-071", "RDSL-086", "RDSL-109"],
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
        answer: "A device gets a temporary CAL for 90 days at its first sign-in, and a permanent one at the next, if one is free.",
        why: "A device that keeps its temporary CAL found no permanent one.",
        causes: &[
            "the license server is not activated",
            "no pack of the host's kind and version, or none free",
            "fPreventLicenseUpgrade holds back newer CALs",
            "the license is lost at each restart (write filter, wiping)",
        ],
        fixes: &[
            "Activate the server; compare kind and version of the packs with the host.",
            "Let the device sign in a second time.",
        ],
        rules: &["RDSL-077", "RDSL-101", "RDSL-103", "RDSL-109", "RDSL-112"],
        sources: &[sources::CALS, sources::RDPELE_SERVER],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "revoke-cal",
        title: "taking a CAL back",
        aliases: &[
            "revoke CAL",
            "revoke device CAL",
            "reclaim license of old computer",
            "free up RDS CAL",
            "20 percent revoke limit",
        ],
        answer: "Device CALs can be revoked in RD Licensing Manager, up to 20 percent of a pack at a time; the rest return when their term of 52 to \
                 89 days ends. User CALs cannot be revoked: they leave the list 60 days after the last sign-in.",
        why: "So it is built; the limit is per version and kind.",
        fixes: &["Revoke the devices that are gone for good; wait for the others."],
        rules: &["RDSL-104", "RDSL-110"],
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
        answer: "Multi-session Windows reports type 6 and is licensed otherwise; the rules for session hosts do not apply to it. Azure Virtual \
                 Desktop hosts with Windows Server do need a license server and CALs.",
        why: "Only Windows Server carries the session-host role.",
        fixes: &["Tell the two apart by the edition (ServerRdsh) before reading anything into the mode."],
        rules: &["RDSL-009"],
        certainty: Certainty::Reported,
        sources: &[sources::MULTI_SESSION, sources::XA_CHECK, sources::CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "discovery",
        kind: ClaimKind::HalfTrue,
        title: "\"The host finds its license server by itself\"",
        aliases: &[
            "automatic license server discovery",
            "license server discovery",
            "auto discover license server",
        ],
        answer: "Not since 2008 R2: a session host asks only the servers that policy or its own list names.",
        why: "Older hosts searched the domain and the network, and could find the wrong server.",
        fixes: &["Name the servers explicitly, by policy or in Server Manager."],
        rules: &["RDSL-020"],
        sources: &[sources::TS_SETTING, sources::NO_LICENSE_SERVER],
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
                 from the license server to the clearing house.",
        why: "The host talks RPC to the licensing service. A host that moved to another network is often stopped by a firewall that knows its old address.",
        fixes: &["Test 135 and 445 from the host first, then the dynamic range."],
        rules: &["RDSL-030", "RDSL-122"],
        sources: &[sources::PORTS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "hwid-spoof",
        kind: ClaimKind::Folklore,
        title: "\"Delete MSLicensing to get a new hardware id\"",
        aliases: &["HWID spoofer MSLicensing", "spoof hardware id RDS", "new ClientHWID"],
        answer: "It makes license servers see a new device, which takes another CAL. rdscal does not do it for that purpose.",
        why: "Game-cheat tools wipe the key for reasons of their own; on Remote Desktop clients it costs CALs.",
        fixes: &["If a license is damaged, delete Store\\LICENSE00n only; the id stays."],
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
        answer: "The notification also shows in administrative sessions and to local accounts in per-user mode; it means nothing there.",
        why: "Microsoft lists both as cases without a fault.",
        fixes: &["Look at a domain user's ordinary session before changing anything."],
        rules: &["RDSL-001"],
        sources: &[sources::MODE_WARNING, sources::CTX200945],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "where-is-the-setting",
        title: "where mode and license server are set, and which place wins",
        aliases: &[
            "where is the licensing mode set",
            "licensing registry keys",
            "registry path RDS licensing",
            "registry edit does not stick",
            "policy overrides registry licensing",
            "RDS licensing registry",
        ],
        answer: "Policy wins: SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services (LicensingMode, LicenseServers). Otherwise the local \
                 values count: Control\\Terminal Server\\RCM\\Licensing Core (LicensingMode) and Services\\TermService\\Parameters\\LicenseServers \
                 (SpecifiedLicenseServers).",
        why: "A deployment with a connection broker writes the local values from Server Manager; WMI refuses to change what policy sets.",
        fixes: &["Change the winning place, not the losing one: rdscal show tells which it is."],
        rules: &["RDSL-007", "RDSL-014", "RDSL-015", "RDSL-028"],
        sources: &[sources::MODE_WARNING, sources::SIXTY_MINUTES, sources::POLICY_WINS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "overuse",
        title: "more users than CALs",
        aliases: &[
            "per user CAL overuse",
            "over-allocated user CALs",
            "available licenses negative",
            "SPLA count differs",
        ],
        answer: "Per-user CALs are not enforced, so more can be issued than are owned; it is a breach of the terms, not a fault. Reports count users for \
                 60 days after their last sign-in.",
        why: "The license server only keeps the books.",
        fixes: &[
            "Count issued against owned and buy the difference.",
            "For provider agreements count what the agreement says, not what the report shows.",
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
                 counts grace days and tests the way to a license server.",
        why: "It checks what it is given, and refuses with 0x80041016 what policy controls; a registry edit does neither.",
        fixes: &[
            "ChangeMode(2) for Per Device, ChangeMode(4) for Per User.",
            "SetSpecifiedLicenseServerList with the names in order of preference.",
            "PolicySourceLicensingType and PolicySourceConfiguredLicenseServers are 1 when policy decides.",
        ],
        rules: &["RDSL-014", "RDSL-015"],
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
        why: "Administrators only: others get empty properties. Built-in packs show 4294967295 licenses.",
        fixes: &[
            "Ask it as an administrator of the license server.",
            "Count issued licenses, not available ones: those are clamped at zero.",
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
        answer: "At the user object: msTSExpireDate, msTSLicenseVersion and msTSManagingLS, with numbered series 2 to 4 beside them. Schema 2003 has \
                 terminalServer instead.",
        why: "They belong to the property set Terminal Server License Server; the license server must be allowed to write it. What the series 2 to 4 \
              hold differs between documents and real directories: read them as free text.",
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
        answer: "Terminal Server License Servers (S-1-5-32-561, in the domain) lets a license server write per-user data. RDS Endpoint Servers \
                 (S-1-5-32-576, on the license server; Terminal Server Computers on 2008) are the hosts that it serves when fSecureLicensing is 1.",
        why: "The first matters for per-user CALs only, the second only with that policy.",
        fixes: &[
            "Add the license server to the first in every domain of users, and restart the licensing service.",
            "Add hosts to the second, or leave the policy off.",
        ],
        rules: &["RDSL-032", "RDSL-111", "RDSL-113", "RDSL-114", "RDSL-134"],
        sources: &[sources::KB2030310, sources::PER_USER_TRACKING, sources::SECURITY_GROUP],
        ..ClaimRow::BASE
    },
];

/// The row with this id.
pub fn by_id(id: &str) -> Option<&'static ClaimRow> {
    CLAIMS.iter().find(|row| row.id == id)
}
