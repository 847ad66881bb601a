//! Every source that a row may name, once.
//!
//! An address is given only where the page was seen under it; otherwise the article's number or the section
//! is.

use super::source::{
    Source,
    SourceKind::{
        Advisory, Code, Community, Documentation, KnowledgeBase, Measurement, PolicyTemplate, Specification,
    },
};

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident = $how:ident($kind:expr, $title:expr, $place:expr);)*) => {
        $($(#[$doc])* pub const $name: Source = Source::$how($kind, $title, $place);)*
        /// All of them, in the order of this file.
        pub const ALL: &[Source] = &[$($name),*];
    };
}

sources! {
    // Microsoft's documentation.
    /// Article on "no license servers available".
    NO_LICENSE_SERVER = url(Documentation, "Cannot connect to RDS because no RD Licensing servers are available",
        "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/cannot-connect-rds-no-license-server");
    /// Article on the licensing-mode notification.
    MODE_WARNING = url(Documentation, "Remote Desktop licensing mode is not configured warning",
        "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/remote-desktop-licensing-mode-not-configured-warning");
    /// Article on soft enforcement.
    SIXTY_MINUTES = url(Documentation, "Your session will be disconnected in 60 minutes",
        "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/your-session-will-be-disconnected-in-60-minutes");
    /// The page on CALs and their compatibility.
    CALS = url(Documentation, "License Remote Desktop Services with Client Access Licenses",
        "https://learn.microsoft.com/en-us/windows-server/remote/remote-desktop-services/rds-client-access-license");
    /// The page on licensing session hosts, with the workgroup hardening.
    LICENSE_HOSTS = url(Documentation, "License Remote Desktop session hosts",
        "https://learn.microsoft.com/en-us/windows-server/remote/remote-desktop-services/rds-license-session-hosts");
    /// The page on license servers that connect to each other, of July 3, 2024.
    MULTIPLE_SERVERS = section(Documentation, "Use multiple remote desktop license servers",
        "Microsoft Learn, July 3, 2024");
    /// The page on tracking per-user CALs.
    TRACK_CALS = url(Documentation, "Track your Remote Desktop Services client access licenses",
        "https://learn.microsoft.com/en-us/windows-server/remote/remote-desktop-services/rds-track-cals");
    /// The page on activating a license server.
    ACTIVATE = url(Documentation, "Activate the Remote Desktop Services license server",
        "https://learn.microsoft.com/en-us/windows-server/remote/remote-desktop-services/rds-activate-license-server");
    /// The page on installing CALs.
    INSTALL_CALS = url(Documentation, "Install RDS client access licenses on the license server",
        "https://learn.microsoft.com/en-us/windows-server/remote/remote-desktop-services/rds-install-cals");
    /// The page on migrating CALs.
    MIGRATE_CALS = url(Documentation, "Migrate your Remote Desktop Services CALs",
        "https://learn.microsoft.com/en-gb/windows-server/remote/remote-desktop-services/migrate-rds-cals");
    /// Article on domains, forests and workgroups (KB 2473823).
    FORESTS = url(Documentation, "Best practices for RDS licensing across domains, forests or workgroups (KB 2473823)",
        "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/set-up-remote-desktop-licensing-across-domains-forests-workgroups");
    /// Help text of the policy for license servers, which mentions automatic discovery.
    POLICY_HELP = section(Documentation, "Policy CSP - ADMX_TerminalServer: TS_LICENSE_SERVERS", "Microsoft Learn");
    /// Article on deactivating and reactivating.
    REACTIVATE = url(Documentation, "Deactivate or reactivate a license server",
        "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/deactivate-reactivate-license-server");
    /// Article on the licensing mode of multi-session Windows.
    AVD_LICENSING = url(Documentation, "Troubleshoot session host virtual machine configuration (Azure Virtual Desktop)",
        "https://learn.microsoft.com/en-us/troubleshoot/azure/virtual-desktop/troubleshoot-vm-configuration");
    /// Article on the ports of Windows services.
    PORTS = url(Documentation, "Service overview and network port requirements for Windows",
        "https://learn.microsoft.com/en-us/troubleshoot/windows-server/networking/service-overview-and-network-port-requirements");
    /// Enumeration of extended disconnect reasons.
    EXTENDED_REASON = url(Documentation, "ExtendedDisconnectReasonCode enumeration",
        "https://learn.microsoft.com/en-us/windows/win32/termserv/extendeddisconnectreasoncode");
    /// Plain disconnect reasons.
    DISCONNECT_REASON = url(Documentation, "IMsTscAxEvents::OnDisconnected method",
        "https://learn.microsoft.com/en-us/windows/win32/termserv/imstscaxevents-ondisconnected");
    /// WMI class of the session host.
    TS_SETTING = url(Documentation, "Win32_TerminalServiceSetting class",
        "https://learn.microsoft.com/en-us/windows/win32/termserv/win32-terminalservicesetting");
    /// WMI method that sets the mode.
    CHANGE_MODE = url(Documentation, "Win32_TerminalServiceSetting.ChangeMode method",
        "https://learn.microsoft.com/en-us/windows/win32/termserv/win32-terminalservicesetting-changemode");
    /// WMI method that counts the grace days.
    GRACE_DAYS = url(Documentation, "Win32_TerminalServiceSetting.GetGracePeriodDays method",
        "https://learn.microsoft.com/en-us/windows/win32/termserv/getgraceperioddays-win32-terminalservicesetting");
    /// WMI method that tests the way to a license server.
    CONNECTIVITY = url(Documentation, "Win32_TerminalServiceSetting.GetTStoLSConnectivityStatus method",
        "https://learn.microsoft.com/en-us/windows/win32/termserv/gettstolsconnectivitystatus-win32-terminalservicesetting");
    /// WMI error codes.
    WMI_ERRORS = url(Documentation, "Remote Desktop Services WMI provider error codes",
        "https://learn.microsoft.com/en-us/windows/win32/termserv/terminal-services-wmi-provider-error-codes");
    /// WMI class of the license server.
    TS_LICENSE_SERVER = url(Documentation, "Win32_TSLicenseServer class",
        "https://learn.microsoft.com/en-us/windows/win32/termserv/win32-tslicenseserver");
    /// WMI method that removes a key pack.
    KEY_PACK = url(Documentation, "Win32_TSLicenseKeyPack.UninstallLicenseKeyPackWithId method",
        "https://learn.microsoft.com/en-us/Windows/Win32/termserv/win32-tslicensekeypack-uninstalllicensekeypackwithid");
    /// WMI class of deployment-wide licensing.
    DEPLOYMENT = url(Documentation, "Win32_TSDeploymentLicensing class",
        "https://learn.microsoft.com/en-us/windows/win32/termserv/win32-tsdeploymentlicensing");
    /// License-server API, with its return codes.
    TLS_API = url(Documentation, "TLSGetServerCertificate function",
        "https://learn.microsoft.com/en-us/windows/win32/termserv/tlsgetservercertificate");
    /// Unattended-setup reference of the licensing mode.
    UNATTEND_MODE = url(Documentation, "LicensingMode (unattended setup reference)",
        "https://learn.microsoft.com/en-us/windows-hardware/customize/desktop/unattend/microsoft-windows-terminalservices-remoteconnectionmanager-licensingmode");
    /// The same for Windows Embedded Standard 7, with other numbers.
    EMBEDDED_MODE = url(Documentation, "LicensingMode (Windows Embedded Standard 7)",
        "https://msdn.microsoft.com/en-us/library/gg730705(v=winembedded.60)");
    /// Keys that 32-bit and 64-bit programs share.
    SHARED_KEYS = url(Documentation, "Registry keys affected by WOW64",
        "https://learn.microsoft.com/en-us/windows/win32/winprog64/shared-registry-keys");
    /// In-box VSS writers.
    VSS_WRITERS = url(Documentation, "In-box VSS writers",
        "https://learn.microsoft.com/en-us/windows/win32/vss/in-box-vss-writers");
    /// WMI class of the Unified Write Filter's registry exclusions.
    UWF = url(Documentation, "UWF_RegistryFilter class",
        "https://learn.microsoft.com/en-us/windows/configuration/unified-write-filter/uwf-registryfilter");
    /// Registry Filter of Windows Embedded Standard 7.
    REGISTRY_FILTER = url(Documentation, "Registry Filter (Windows Embedded Standard 7)",
        "http://msdn.microsoft.com/en-us/library/ff793988(v=winembedded.60)");
    /// TechNet page of event 1003.
    EVENT_1003 = url(Documentation, "Event ID 1003: TS CAL availability (cc775262)",
        "http://technet.microsoft.com/en-us/library/cc775262(v=ws.10).aspx");
    /// TechNet page of event 1004.
    EVENT_1004 = url(Documentation, "Event ID 1004: TS CAL availability (cc775148)",
        "https://technet.microsoft.com/en-us/library/cc775148(v=ws.10).aspx");
    /// TechNet page on the security error of old hosts.
    SECURITY_ERROR = url(Documentation, "Because of a security error, the client could not connect (cc757541)",
        "http://technet.microsoft.com/en-us/library/cc757541(v=ws.10)");
    /// TechNet page on the license server's security group.
    SECURITY_GROUP = url(Documentation, "Remote Desktop license server security group configuration (ee891342)",
        "https://technet.microsoft.com/en-us/library/ee891342(v=ws.10).aspx");
    /// TechNet page on per-user tracking.
    PER_USER_TRACKING = url(Documentation, "RDS per-user CAL tracking and reporting (ee891389)",
        "https://technet.microsoft.com/en-us/library/ee891389(v=ws.10).aspx");
    /// TechNet page on the licensing policies.
    POLICY_PAGE = url(Documentation, "Licensing policies of the session host (ee791926)",
        "http://technet.microsoft.com/en-us/library/ee791926(WS.10).aspx");
    /// TechNet page on the notification of grace.
    MODE_EVENTS = section(Documentation, "Event pages of the licensing mode (TechNet)", "TechNet ee891144");
    /// TechNet page on CAL availability of the session host.
    CAL_EVENTS = section(Documentation, "Event pages of CAL availability (TechNet)", "TechNet ee890984, ee891312, cc775153");
    /// Page where the end of the grace period is explained.
    GRACE_END = section(Documentation, "License server and grace period (TechNet)", "TechNet hh553157");
    /// TechNet page that says that policy overrides.
    POLICY_WINS = section(Documentation, "Group Policy overrides the local licensing setting (TechNet)", "TechNet cc786109");
    /// Event pages of the licensing service.
    LS_EVENTS = section(Documentation, "Event pages of the licensing service (TechNet and SupportArticles)",
        "Microsoft-Windows-TerminalServices-Licensing, System log");
    /// Event pages of the session host.
    HOST_EVENTS = section(Documentation, "Event pages of the session host (TechNet and SupportArticles)",
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager, System log");
    /// Diagnoser.
    DIAGNOSER = section(Documentation, "RD Licensing Diagnoser (lsdiag.msc)", "Windows Server, Remote Desktop Services tools");
    /// Key registry values of Windows in general.
    WINDOWS_REGISTRY = section(Documentation, "Windows registry reference: version, role, network and domain values",
        "Windows documentation, general");

    // Knowledge Base articles.
    /// License server of Windows 2000.
    KB239107 = section(KnowledgeBase, "Preferred license server in Windows 2000", "Microsoft KB 239107");
    /// License servers of Windows Server 2003.
    KB279561 = section(KnowledgeBase, "Overriding license-server discovery in Windows Server 2003", "Microsoft KB 279561");
    /// The same.
    KB301932 = section(KnowledgeBase, "License-server discovery", "Microsoft KB 301932");
    /// Client store.
    KB187629 = section(KnowledgeBase, "Terminal Server client licenses in the registry", "Microsoft KB 187629");
    /// Host certificate of old hosts.
    KB329896 = section(KnowledgeBase, "Security error because of the host certificate", "Microsoft KB 329896");
    /// PolicyAcOn.
    KB834651 = section(KnowledgeBase, "The licensing mode changes when a component is added or removed", "Microsoft KB 834651");
    /// Temporary licenses and mode.
    KB822134 = section(KnowledgeBase, "Licensing mode does not match the CALs", "Microsoft KB 822134");
    /// Event 4105.
    KB2030310 = section(KnowledgeBase, "Event 4105: the license server cannot update the user's license attributes",
        "Microsoft KB 2030310");
    /// Diagnoser without rights.
    KB2546583 = url(KnowledgeBase, "Licensing Diagnoser error without rights on the license server (KB 2546583)",
        "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/rdsh-administrator-on-get-error-licensing-diagnosis");
    /// Stale redirection address.
    KB2844958 = section(KnowledgeBase, "Stale session-directory redirection address", "Microsoft KB 2844958");
    /// ESENT 623.
    KB3167312 = section(KnowledgeBase, "ESENT 623 on a license server", "Microsoft KB 3167312");
    /// Event 44.
    KB4078299 = url(KnowledgeBase, "Event 44 on an RD license server (KB 4078299)",
        "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/event-44-rds-licensing-server");
    /// 4105 on Server 2019.
    KB4547091 = url(KnowledgeBase, "License attributes are not updated on a session host (KB 4547091)",
        "https://learn.microsoft.com/en-us/troubleshoot/windows-server/remote/license-attributes-not-updated-rdsh-server");
    /// Expired certificates of old license servers.
    KB983385 = section(KnowledgeBase, "License-server certificate expired in 2010", "Microsoft KB 983385");
    /// Public list of object identifiers.
    KB287547 = section(KnowledgeBase, "Object IDs of Microsoft cryptography", "Microsoft KB 287547");
    /// NT 4.0 license database.
    KB_NT4 = section(KnowledgeBase, "License database of NT 4.0 Terminal Server Edition (hydra.mdb)",
        "Microsoft KB, NT 4.0 Terminal Server Edition");

    // Specifications.
    /// The licensing protocol.
    RDPELE = section(Specification, "MS-RDPELE: licensing extension of RDP", "MS-RDPELE, product behavior notes");
    /// License information on the wire.
    RDPELE_LICENSE = section(Specification, "MS-RDPELE: new license and product info", "MS-RDPELE 2.2.2.6.1 and 2.2.2.9");
    /// Hardware id.
    RDPELE_HWID = section(Specification, "MS-RDPELE: client hardware identification", "MS-RDPELE 2.2.2.3.1");
    /// What the host does with a license.
    RDPELE_SERVER = section(Specification, "MS-RDPELE: how the host judges a license", "MS-RDPELE 3.2.5.3 and 3.2.5.5");
    /// Licensing error message.
    RDP_LICENSE_ERROR = url(Specification, "MS-RDPBCGR 2.2.1.12.1.3: licensing error message",
        "https://learn.microsoft.com/en-us/openspecs/windows_protocols/MS-RDPBCGR/f18b6c9f-f3d8-4a0e-8398-f9b153233dca");
    /// Set Error Info.
    RDP_ERROR_INFO = url(Specification, "MS-RDPBCGR 2.2.5.1.1: set error info",
        "https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rdpbcgr/a21a1bd9-2303-49c1-90ec-3932435c248c");
    /// Proprietary certificate.
    RDP_CERTIFICATE = section(Specification, "MS-RDPBCGR: proprietary server certificate", "MS-RDPBCGR 2.2.1.4.3.1.1 and 5.3.3.1");
    /// Certificate chains.
    RDP_X509 = url(Specification, "MS-RDPBCGR 5.3.3.2: X.509 certificate chains",
        "https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-rdpbcgr/fff7099d-d473-4137-ba31-78f70b0ddc22");
    /// Registry.pol and extensions.
    GPREG = url(Specification, "MS-GPREG: registry extension of Group Policy",
        "https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-gpreg/");
    /// Preferences.
    GPPREF = url(Specification, "MS-GPPREF: Group Policy Preferences",
        "https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-gppref/");
    /// User attributes.
    ADA = section(Specification, "MS-ADA2, MS-ADSC: attributes of the Terminal Server License Server property set",
        "MS-ADA2, MS-ADA3, MS-ADSC");

    // Policy, advisories.
    /// The policy template.
    ADMX = section(PolicyTemplate, "TerminalServer.admx", "Windows Components, Remote Desktop Services: Licensing; RD Licensing");
    /// Hardening.
    CVE_38099 = url(Advisory, "CVE-2024-38099",
        "https://msrc.microsoft.com/update-guide/vulnerability/CVE-2024-38099");
    /// Hardening.
    CVE_38231 = url(Advisory, "CVE-2024-38231",
        "https://msrc.microsoft.com/update-guide/vulnerability/CVE-2024-38231");
    /// Remote code execution in the licensing service.
    CVE_38263 = url(Advisory, "CVE-2024-38263",
        "https://msrc.microsoft.com/update-guide/vulnerability/CVE-2024-38263");

    /// The public CVE records, each with the first fixed builds.
    CVE_RECORDS = url(Advisory, "CVE list, records in format 5 (CVEProject/cvelistV5)",
        "https://github.com/CVEProject/cvelistV5");
    /// Ends of support.
    LIFECYCLE = url(Documentation, "Microsoft Lifecycle, search by product",
        "https://learn.microsoft.com/en-us/lifecycle/products/");

    // Measured.
    /// Public hives of Windows 7 to 10.
    HIVES = url(Measurement, "Public SYSTEM hives of Windows 7, 8.1 and 10 (regipy test data)",
        "https://github.com/mkorman90/regipy");
    /// Public hive of Windows XP.
    HIVE_XP = url(Measurement, "Public SYSTEM hive of Windows XP (BitCurator sample data)",
        "https://github.com/BitCurator/bcc-dfa-sample-data");
    /// Samples of the specification.
    SAMPLES = section(Measurement, "Sample bytes of the licensing protocol", "MS-RDPELE section 4");
    /// The search that found nothing.
    NO_TRACE = section(Measurement, "No trace in Microsoft documents, public hives or reputable scripts",
        "search for the name in those sources");

    // Code.
    /// The strongest public script.
    RDS_LIC_CHK = url(Code, "rds-lic-svr-chk.ps1", "https://github.com/jagilber/powershellScripts");
    /// Grace-period viewer.
    TSTOOL = section(Code, "TSTool (public grace-period tool)", "TSTool source");
    /// Image sealing script.
    BISF = section(Code, "Base Image Script Framework (BIS-F)", "BIS-F preparation script");
    /// Community resetters.
    RESETTERS = section(Code, "Public grace-period reset scripts", "several repositories");
    /// Key packs in a monitoring system.
    CHECKMK = url(Code, "Checkmk, RDS license check", "https://github.com/Checkmk/checkmk");
    /// FreeRDP.
    FREERDP = url(Code, "FreeRDP, libfreerdp/core/license.c", "https://github.com/FreeRDP/FreeRDP");
    /// Event providers.
    WINEVT = url(Code, "winevt-kb, event providers", "https://github.com/libyal/winevt-kb");
    /// Provider manifests of Windows 10 1507 and 1903, and of Windows Server 2008 R2 for the license server.
    MANIFESTS = url(Code, "EVTX-ETW-Resources, provider manifests",
        "https://github.com/nasbench/EVTX-ETW-Resources");
    /// The texts of the same manifest that have no parameters.
    MANIFEST_TEXTS = url(Code, "brain, texts of the RemoteConnectionManager provider",
        "https://github.com/scheatkode/brain");
    /// LSA secret names.
    LSA_TOOLS = section(Code, "Name lists of LSA-secret tools", "public forensic tools");
    /// Vendor scripts that grant rights.
    VENDOR_SCRIPTS = section(Code, "Vendor scripts that grant rights on MSLicensing", "several vendors");
    /// Role markers.
    ROLE_SCRIPTS = section(Code, "Scripts that read ServerComponentCache", "several repositories");
    /// Citrix health check.
    XA_CHECK = section(Code, "XA-and-XD-HealthCheck, comments", "public repository");

    // Community.
    /// The article that corrected the path.
    ISSUE_687 = url(Community, "SupportArticles-docs issue 687: the list was written one key too high",
        "https://github.com/MicrosoftDocs/SupportArticles-docs/issues/687");
    /// Multiple CALs for one device.
    ASK_PERF = url(Community, "Ask the Performance Team: multiple per-device CALs for one device",
        "https://techcommunity.microsoft.com/t5/Ask-The-Performance-Team/Multiple-per-device-RDS-CALS-are-issued-the-same-device-issue/ba-p/375639");
    /// Terminal Server licensing, part 4.
    TECHGENIX = url(Community, "Troubleshooting Terminal Server licensing issues, part 4",
        "https://techgenix.com/troubleshooting-terminal-server-licensing-issues-part4/");
    /// Custom keys in the Registry Filter.
    VERBOON = url(Community, "Custom keys in the Windows Embedded registry filter",
        "https://verboon.info/2013/03/how-to-add-custom-registry-keys-to-the-windows-embedded-thinpc-registry-filter");
    /// Write-filter practice of thin clients.
    HP_FILTERS = url(Community, "Windows Embedded for HP thin clients: write filter best practices",
        "https://www.manualshelf.com/manual/hp/3jj07ear/windows-embedded-for-hp-thin-clients-write-filter-best-practices-english/page-5.html");
    /// An agent that met event 50282.
    RMM_45 = url(Community, "rmmagent issue 45: event 50282", "https://github.com/amidaware/rmmagent/issues/45");
    /// Runbook with the texts of 50280 and 50282.
    RUNBOOK = section(Community, "A public operations runbook with the texts of events 50280 and 50282", "public runbook");
    /// Event lists.
    EVENT_LISTS = url(Community, "Detection wiki: RemoteConnectionManager events",
        "https://detection-wiki-staging.pages.dev/microsoft-windows-terminalservices-remoteconnectionmanager/");
    /// Event rules of the management pack.
    SCOM = url(Community, "RDS management pack knowledge", "https://systemcenter.wiki");
    /// License servers that belong to AWS.
    AWS_SAL = url(Documentation, "Configure Remote Desktop Services with user-based subscriptions of AWS License Manager",
        "https://aws.amazon.com/blogs/modernizing-with-aws/how-to-configure-microsoft-remote-desktop-services-using-user-based-subscription-licenses-with-aws-license-manager");
    /// Forum threads.
    FORUMS = section(Community, "Administrators' forum threads and blogs", "several");
    /// Where the folklore comes from.
    FOLKLORE = section(Community, "Machine-written how-to pages that name this", "several nameless sites");
    /// Docs issues about 180 days.
    DAYS_ISSUES = url(Community, "windowsserverdocs issues 4832, 4758 and 6186: 120 against 180 days",
        "https://github.com/MicrosoftDocs/windowsserverdocs/issues/4832");
    /// Varying hardware ids.
    STORE_CLIENT = url(Community, "windowsserverdocs issue 5711: varying hardware ids of the store client",
        "https://github.com/MicrosoftDocs/windowsserverdocs/issues/5711");
    /// Multi-session hosts.
    MULTI_SESSION = section(Community, "azure-docs issue 34927: multi-session Windows and the licensing type", "azure-docs 34927");
    /// Non-administrators and the store.
    IAP_571 = url(Community, "iap-desktop issue 571: licensing protocol error without rights",
        "https://github.com/GoogleCloudPlatform/iap-desktop/issues/571");
    /// Citrix and the admin switch.
    CTX200945 = section(Community, "Citrix article CTX200945", "CTX200945");
    /// Sealing images.
    SYSPREP = url(Documentation, "Sysprep (Generalize) a Windows installation",
        "https://learn.microsoft.com/en-us/windows-hardware/manufacture/desktop/sysprep--generalize--a-windows-installation");
    /// Policy settings and preferences.
    ADMX_FORMAT = url(Documentation, "Administrative Template File Format: true policy settings and preferences",
        "https://learn.microsoft.com/en-us/previous-versions/windows/desktop/Policy/administrative-template-file-format");
    /// Key packs.
    KEY_PACK_CLASS = section(Documentation, "Win32_TSLicenseKeyPack class", "Remote Desktop Services WMI provider");
    /// Issued licenses.
    ISSUED_LICENSE_CLASS = section(Documentation, "Win32_TSIssuedLicense class", "Remote Desktop Services WMI provider");
    /// Group Policy.
    GPOL = url(Specification, "MS-GPOL: Group Policy core protocol",
        "https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-gpol/");
    /// Groups of the directory.
    ADTS = section(Specification, "MS-ADTS: Active Directory technical specification", "MS-ADTS");
    /// Classes of the directory.
    ADSC = section(Specification, "MS-ADSC: Active Directory schema classes", "MS-ADSC");
    /// A client's store.
    RDESKTOP = url(Code, "rdesktop, licence.c", "https://github.com/rdesktop/rdesktop");
    /// Detection of patched session limits.
    SIGMA = url(Code, "Sigma rules that watch EnableConcurrentSessions and ServiceDll", "https://github.com/SigmaHQ/sigma");
    /// A damaged policy file.
    SALT_49225 = url(Community, "salt issue 49225: a delete entry damaged Registry.pol",
        "https://github.com/saltstack/salt/issues/49225");
    /// Root keys in a `Registry.pol` stopped Group Policy.
    BASELINE_64 = url(Community, "BaselineManagement issue 64: root keys in Registry.pol stopped Group Policy",
        "https://github.com/microsoft/BaselineManagement/issues/64");
    /// What follows from the bytes alone.
    INFERENCE = section(Measurement, "Inference", "no published case");
    /// What no document demands.
    PRACTICE = section(Community, "Good practice", "no Microsoft source");
    /// Texts of the 2003 client, in the script of its web page.
    CLIENT_TEXTS = section(Code, "Remote Desktop Web Connection, messages of the ActiveX client", "SolidCP, RemoteDesktop/Connect.aspx");
    /// Provider manifests.
    EVENT_MANIFEST = url(Code, "EVTX-ETW-Resources, RemoteConnectionManager (W10_1507 and W10_1903)",
        "https://github.com/nasbench/EVTX-ETW-Resources");
    /// Wizards of the licensing manager.
    RD_MANAGER = section(Community, "Messages of the RD Licensing Manager quoted in public issues", "several");
    /// Licensing of Citrix.
    CITRIX = section(Community, "Citrix article CTX696464", "CTX696464");
    /// Localized articles about clients without a license.
    LOCALIZED_RDS = section(Documentation, "windowsserverdocs in other languages: troubleshoot Remote Desktop disconnected errors",
        "MicrosoftDocs/windowsserverdocs, localized repositories");
    /// Localized articles about RDP errors.
    LOCALIZED_RDP = section(Documentation, "azure-docs in other languages: troubleshoot specific RDP error messages",
        "MicrosoftDocs/azure-docs, localized repositories");
    /// Localized articles in general.
    LOCALIZED_LEARN = section(Documentation, "Microsoft Learn in other languages: RDS troubleshooting and WMI reference",
        "MicrosoftDocs, localized repositories");
    /// Codes of Windows.
    ERREF = section(Specification, "MS-ERREF: Windows error codes", "MS-ERREF 2.1 and 2.3");
    /// RDP errors.
    RDP_ERRORS = url(Documentation, "Troubleshoot specific RDP error messages to a Windows VM",
        "https://learn.microsoft.com/en-us/troubleshoot/azure/virtual-machines/windows/troubleshoot-specific-rdp-errors");
    /// CredSSP.
    CREDSSP = url(Documentation, "CredSSP encryption oracle remediation (KB 4093492)",
        "https://support.microsoft.com/topic/5cbf9e5f-dc6d-744f-9e97-7ba400d6d3ea");
    /// Activation of Windows.
    ACTIVATION = url(Documentation, "Resolve Windows activation error codes",
        "https://learn.microsoft.com/en-us/troubleshoot/windows-server/licensing-and-activation/troubleshoot-activation-error-codes");
    /// Remote code execution in the licensing service, July 2024.
    CVE_38077 = url(Advisory, "CVE-2024-38077",
        "https://msrc.microsoft.com/update-guide/vulnerability/CVE-2024-38077");
    /// The licensing service, July 2025.
    CVE_48814 = url(Advisory, "CVE-2025-48814",
        "https://msrc.microsoft.com/update-guide/vulnerability/CVE-2025-48814");
    /// The licensing service, April 2026.
    CVE_26159 = url(Advisory, "CVE-2026-26159",
        "https://msrc.microsoft.com/update-guide/vulnerability/CVE-2026-26159");
}
