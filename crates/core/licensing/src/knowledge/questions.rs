//! Further questions: terms, tasks and advisories.

use super::{
    claims::{ClaimKind, ClaimRow},
    sources,
};

pub(super) const QUESTIONS: &[ClaimRow] = &[
    ClaimRow {
        id: "mad-license",
        title: "CVE-2024-38077, called MadLicense: remote code execution in the licensing service (July 2024)",
        aliases: &[
            "CVE-2024-38077",
            "MadLicense",
            "CVE-2024-38074",
            "CVE-2024-38076",
            "CVE-2024-38071",
            "CVE-2024-38072",
            "CVE-2024-38073",
            "mad license vulnerability",
            "RD licensing remote code execution",
            "license server vulnerability",
        ],
        answer: "Fixed in July 2024. The fix is in these builds and later: 14393.7159 (2016), 17763.6054 (2019), 20348.2582 (2022), \
                 25398.1009 (23H2).",
        why: "An unauthenticated caller could execute code in the service TermServLicensing. Only machines with the licensing role \
              are affected. The nickname belongs to CVE-2024-38077; later fixes of the same service have numbers of their own.",
        fixes: &[
            "Install the current cumulative update on every machine with the licensing role; 2012 R2 and older need extended updates.",
            "Remove the role from machines that do not need it.",
        ],
        rules: &["RDSL-124"],
        sources: &[sources::CVE_38077],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "cve-2025-48814",
        title: "CVE-2025-48814: the licensing service (July 2025)",
        aliases: &["CVE-2025-48814", "license server vulnerability July 2025"],
        answer: "Fixed in these builds and later: 14393.8246 (2016), 17763.7558 (2019), 20348.3932 (2022), 25398.1732 (23H2), \
                 26100.4652 (2025).",
        why: "A security feature of the licensing service could be bypassed over the network.",
        fixes: &["Install the current cumulative update on every machine with the licensing role."],
        rules: &["RDSL-124"],
        sources: &[sources::CVE_48814],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "cve-2026-26159",
        title: "CVE-2026-26159 and CVE-2026-26160: the licensing service (April 2026)",
        aliases: &["CVE-2026-26159", "CVE-2026-26160", "license server vulnerability April 2026"],
        answer: "Fixed in these builds and later: 14393.9060 (2016), 17763.8644 (2019), 20348.5020 (2022), 25398.2274 (23H2), \
                 26100.32690 (2025).",
        why: "The vulnerabilities are in the service TermServLicensing. Only machines with the licensing role are affected.",
        fixes: &["Install the current cumulative update on every machine with the licensing role."],
        rules: &["RDSL-124"],
        sources: &[sources::CVE_26159],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "licensing-manager",
        title: "RD Licensing Manager: activating the server, installing license packs",
        aliases: &[
            "RD Licensing Manager",
            "licmgr.exe",
            "Microsoft Clearinghouse",
            "license server ID",
            "license key pack ID",
            "activate license server",
            "how to activate a license server",
            "how to install RDS CALs",
            "how to install CALs on the license server",
            "install licenses wizard",
            "migrate RDS CALs to another license server",
            "reactivate or rebuild license server",
        ],
        answer: "The licensing manager (licmgr.exe) talks to the Microsoft Clearinghouse, over HTTPS 443, a web browser or the telephone. An ID \
                 that it does not accept was mistyped, or belongs to another server.",
        why: "The Clearinghouse binds license packs to the ID of one activated server. A pack ID is valid only for the server ID for which it \
              was created; a reinstalled server has a new ID.",
        causes: &[
            "a digit of the server ID or the pack ID is wrong",
            "the pack ID was created for another license server ID",
            "no connection to the Clearinghouse (TCP 443, proxy)",
            "the agreement number, the program or the product version does not match the purchase",
        ],
        fixes: &[
            "Copy the license server ID from the server's properties, and enter the pack ID again exactly as shown.",
            "Use the web browser or the telephone as connection method.",
            "For a new or rebuilt server let the Clearinghouse move the packs (Manage RDS CALs).",
        ],
        rules: &["RDSL-101", "RDSL-103"],
        sources: &[sources::INSTALL_CALS, sources::ACTIVATE, sources::RD_MANAGER],
        certainty: super::Certainty::Reported,
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "license-server",
        title: "license server",
        aliases: &[
            "what is a license server",
            "what is an RD licensing server",
            "do I need a license server",
            "do we need an RD licensing server",
            "what does the RD Licensing role do",
            "can the license server be on the session host",
        ],
        answer: "A Windows Server with the role RD Licensing. It keeps the installed CAL packs and issues CALs to session hosts, which ask it \
                 for each device or user. It may run on the session host itself.",
        why: "Without one that responds a session host refuses users when its grace period of 120 days ends.",
        fixes: &[
            "Install the role, activate the server, install the CAL packs, and name the server on every session host together with the mode.",
        ],
        rules: &["RDSL-020", "RDSL-101", "RDSL-103"],
        sources: &[sources::CALS, sources::ACTIVATE, sources::INSTALL_CALS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "without-cals",
        title: "how many sessions need no CAL",
        aliases: &[
            "two remote desktop sessions without CAL",
            "how many users can connect without RDS CALs",
            "do administrators need a CAL",
            "do I need CALs for admin sessions",
            "does Windows 10 or Windows 11 need RDS CALs",
            "remote desktop for administration license",
            "remove the two session limit",
        ],
        answer: "Windows Server accepts two administrative sessions without CALs and without the session host role. Windows 10 and 11 accept one \
                 session and use no RDS CALs.",
        why: "CALs are for sessions on a session host. Patches that remove the session limit violate the license terms.",
        fixes: &["For more users install the session host role, a license server, and CALs."],
        rules: &["RDSL-003"],
        sources: &[sources::CALS, sources::LICENSE_HOSTS],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "soft-enforcement",
        kind: ClaimKind::Question,
        title: "sessions of 60 minutes",
        aliases: &[
            "why are users disconnected after 60 minutes",
            "session ends after one hour",
            "soft enforcement",
        ],
        answer: "A host that receives no license admits users for an hour at a time: per device since 2016, per user only on 2019. Windows Server \
                 2022 and later refuse instead.",
        why: "The host warns instead of refusing. A user may connect again immediately.",
        fixes: &["Check the mode, the server list and the connection to the license server: rdscal doctor."],
        rules: &["RDSL-155"],
        sources: &[sources::SIXTY_MINUTES],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "expired-license",
        kind: ClaimKind::Question,
        title: "a client license that has expired",
        aliases: &[
            "CAL expired",
            "RDS CAL expired",
            "client license expired",
            "remote desktop license expired",
        ],
        answer: "A license in the store of a client expires: a temporary one after 90 days, a permanent one after 52 to 89 days, if it is not renewed in \
                 its last seven days. A client whose license has expired is refused if the license server issues no new one.",
        why: "A license that is not renewed becomes free for another device. The purchased CAL itself remains valid.",
        fixes: &[
            "rdscal cal on the client shows its licenses with their dates.",
            "Check that the license server is activated, has free CALs of the host's version, and can be reached from the host.",
        ],
        rules: &["RDSL-075", "RDSL-103"],
        sources: &[sources::CALS, sources::RDPELE_SERVER],
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "provider-licenses",
        kind: ClaimKind::Question,
        title: "licenses of a service provider (SAL, SPLA, AWS License Manager)",
        aliases: &[
            "SPLA",
            "SAL",
            "RDS SAL",
            "subscriber access license",
            "Remote Desktop Services SPLA license",
            "RDS SAL AWS License Manager",
            "do SPLA customers need a license server",
        ],
        answer: "A SAL licenses a user of a service provider, who reports the users each month. The session hosts need a license server all the same. \
                 With AWS License Manager the license servers belong to AWS: the hosts list their address, and their packs cannot be read.",
        why: "The license server issues what is installed; what must be reported and paid for is defined by the agreement.",
        fixes: &[
            "Count users according to the agreement, not by the reports of the license server.",
            "On AWS copy the address of the license server endpoint from License Manager into the policy of the hosts.",
        ],
        rules: &["RDSL-020"],
        sources: &[sources::AWS_SAL],
        certainty: super::Certainty::Reported,
        ..ClaimRow::BASE
    },
    ClaimRow {
        id: "changed-termsrv",
        kind: ClaimKind::Folklore,
        title: "\"RDP wrapper, or a changed termsrv.dll, for more sessions\"",
        aliases: &[
            "RDP wrapper",
            "rdpwrap",
            "termsrv.dll patch",
            "patch termsrv.dll for concurrent sessions",
        ],
        answer: "Such programs admit more sessions than Windows is licensed for. They replace neither the session host role nor CALs, and they stop working \
                 after updates. rdscal does not help with it.",
        why: "A file of Windows that was changed is restored by updates, and antivirus programs report it.",
        fixes: &[
            "Install the session host role on Windows Server, and CALs, if several users must work at once.",
        ],
        sources: &[sources::CALS],
        certainty: super::Certainty::Reported,
        ..ClaimRow::BASE
    },
];
