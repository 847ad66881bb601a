//! Shows where the database of a license server is, and plans its backup, its move, or a larger version
//! store.
//!
//! # What it changes
//! Without an option nothing: the plan is a checklist for a backup. `--move-to D:\LServer` adds the checklist
//! for a move, which changes no value of the registry either. `--max-ver-pages 1024` sets `MaxVerPages` in
//! `Services\TermServLicensing\Parameters` (KB3167312: 256 to 2048).
//!
//! # When it refuses
//! * The machine is not a license server, or the source does not show it.
//! * The new location is not a folder on a local drive.
//! * The database is already in that folder.
//! * The number of pages is outside 256 to 2048.
//! * The source is a policy file.
//!
//! # What it means for licenses
//! A backup and a larger version store revoke no license. After a move the CALs must be installed or migrated
//! again; licenses on clients remain valid until they expire. The database alone is not a backup: the
//! server's identity is stored in LSA secrets, and only both together restore its licenses.
//!
//! # What must follow
//! The steps of the checklist, in their order. For the version store, restart the service TermServLicensing.
//!
//! # How it is undone
//! `rdscal undo` restores `MaxVerPages`. The steps of a checklist are undone by hand, from the backup.
//!
//! The only documented place that states the folder is the property `DatabasePath` of the WMI class
//! `Win32_TSLicenseServer`. Microsoft documents no value of the registry with the folder, and no move by a
//! registry edit. Other values of the same key are paths too (`ServiceDll` is the program of the service), so
//! this recipe takes no value for the folder because it looks like a path.

use licensing::model::license_server::{MAX_VER_PAGES, is_network_path};
use licensing::model::{Role, facts};

use super::prelude::*;

pub(super) static RECIPE: Recipe = Recipe {
    name: "license-server-database",
    title: "back up or move the database of a license server",
    parameters: &[
        Parameter {
            name: "move-to",
            help: "Folder on a local drive, such as D:\\LServer",
            kind: ParameterKind::Text,
        },
        Parameter {
            name: "max-ver-pages",
            help: "Pages of the version store, 256 to 2048\n\n1024 if event 623 of ESENT is logged.",
            kind: ParameterKind::Text,
        },
    ],
    license_effect: "no license is revoked; while the service is stopped no license is issued",
    safety: "backup and move are checklists and change nothing in the registry; only --max-ver-pages does",
    has_policy: false,
    example: "license-server-database /mnt/c --move-to D:\\LServer",
    page: include_str!(concat!(env!("OUT_DIR"), "/license_server_database.md")),
    draft,
};

/// The valid range according to KB3167312.
const PAGES: std::ops::RangeInclusive<u32> = 256..=2048;

/// The default folder of the database.
const DEFAULT_FOLDER: &str = r"%SystemRoot%\System32\LServer";

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    support::refuse_policy(machine, "database")?;
    if !machine.roles().holds(Role::LicenseServer)? {
        return Err(Refusal::guard(
            "this machine is not a license server; the service TermServLicensing is not installed",
            "run this on the license server; doctor and show list the servers of a session host",
        ));
    }
    let move_to = request.arguments.first("move-to").map(local_folder).transpose()?;
    let pages = request.arguments.first("max-ver-pages").map(number_of_pages).transpose()?;
    let reported = machine.fact(facts::DATABASE_PATH).ok();
    draft.note(location(machine, reported.as_deref()));
    let present = reported.as_deref().unwrap_or(DEFAULT_FOLDER);
    if let Some(pages) = pages {
        set_pages(machine, pages, draft)?;
    }
    match move_to {
        Some(folder) => move_database(machine, present, &folder, draft)?,
        None if pages.is_none() => back_up(machine, present, draft),
        None => {}
    }
    support::note_control_sets(machine, draft);
    Ok(())
}

/// Where the database is, as far as the source shows it.
fn location(machine: &Machine<'_>, reported: Option<&str>) -> String {
    match reported {
        Some(reported) => format!("the database is in {reported}, as the license server reports"),
        None if is_2003(machine) => {
            format!("this source does not show the database folder; by default it is {DEFAULT_FOLDER}")
        }
        None => format!(
            "this source does not show the database folder; by default it is {DEFAULT_FOLDER}. The server reports it: (Get-CimInstance Win32_TSLicenseServer -Namespace root/cimv2).DatabasePath"
        ),
    }
}

/// True if both paths are the same folder, regardless of a trailing backslash and case.
fn same_folder(one: &str, other: &str) -> bool {
    let plain = |path: &str| {
        let path = path.trim().trim_end_matches('\\').to_lowercase();
        // The only variable in such paths.
        path.strip_prefix("%systemroot%")
            .or_else(|| path.strip_prefix("%windir%"))
            .map_or(path.clone(), |rest| format!(r"c:\windows{rest}"))
    };
    plain(one) == plain(other)
}

/// The folder, if it is valid for the database: `X:\…`.
fn local_folder(path: &str) -> Result<String, Refusal> {
    let path = path.trim();
    let bad = |why: &str| {
        Err(Refusal::Usage(format!(
            "--move-to “{path}”: {why}; specify a folder on a local drive, such as D:\\LServer"
        )))
    };
    if is_network_path(path) {
        return bad("the database must not lie on another machine");
    }
    let mut chars = path.chars();
    let drive =
        chars.next().is_some_and(|letter| letter.is_ascii_alphabetic()) && chars.as_str().starts_with(r":\");
    if !drive {
        return bad("it does not begin with a drive");
    }
    let folder = chars.as_str().trim_start_matches(":\\").trim_end_matches('\\');
    if folder.is_empty() {
        return bad("it is a whole drive");
    }
    let odd = |name: &str| {
        name.is_empty()
            || name == "."
            || name == ".."
            || name.ends_with(['.', ' '])
            || name.contains(['/', ':', '*', '?', '"', '<', '>', '|', '%'])
            || name.chars().any(char::is_control)
    };
    if folder.split('\\').any(odd) {
        return bad("it contains an invalid folder name");
    }
    Ok(path.trim_end_matches('\\').to_owned())
}

fn number_of_pages(text: &str) -> Result<u32, Refusal> {
    text.trim().parse().ok().filter(|pages| PAGES.contains(pages)).ok_or_else(|| {
        Refusal::Usage(format!(
            "--max-ver-pages “{text}”: the valid range is 256 to 2048 (KB3167312); 1024 is recommended"
        ))
    })
}

fn set_pages(machine: &Machine<'_>, pages: u32, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let key = places::licensing_service_parameters();
    let now = match machine.value(&key, MAX_VER_PAGES)? {
        Some(found) => found.value.shown(),
        None => "not set".to_owned(),
    };
    let why = format!("change the version store of the database to {pages} pages; now it is {now}");
    let before = draft.steps.len();
    draft.set_value(&key, Value::new(MAX_VER_PAGES, ValueType::DWORD, pages.to_le_bytes()), &why)?;
    if draft.steps.len() == before {
        draft.note(format!("{MAX_VER_PAGES} is already {pages}"));
        return Ok(());
    }
    draft.note("a larger version store costs memory and helps only against event 623 of ESENT (KB3167312)");
    draft.follow_up(FollowUp::RestartService { service: "TermServLicensing".to_owned() });
    Ok(())
}

/// The steps of a backup.
fn back_up(machine: &Machine<'_>, folder: &str, draft: &mut Draft<'_>) {
    let folder = folder.trim_end_matches('\\');
    if is_2003(machine) {
        draft.do_by_hand("stop the service: net stop TermServLicensing");
        draft.do_by_hand(format!("copy the whole folder {folder} to another machine"));
        draft.do_by_hand("start the service: net start TermServLicensing");
        draft.do_by_hand("back up the system state on the same day (ntbackup); the server's identity is stored in LSA secrets");
    } else {
        draft.do_by_hand(
            "back up the system state and the folder together, through VSS (vssadmin list writers must show the writer TermServLicensing); with Windows Server Backup: wbadmin start systemstatebackup -backupTarget:E:",
        );
        draft.do_by_hand(format!(
            "check that the backup contains {folder} with TLSLic.edb; if not, stop the service (Stop-Service TermServLicensing), copy the folder, and start the service again"
        ));
    }
    draft.do_by_hand(
        "keep the agreement numbers of the CALs in a place other than this server; they allow a rebuild without a backup",
    );
    draft.do_by_hand(
        "test a restore to another place once. An actual restore works only on the same server; on another one the packs must be migrated or installed again (RD Licensing Manager, Manage RDS CALs)",
    );
    draft.note(
        "neither a registry export nor the folder alone is a backup of a license server; the server's identity is stored in LSA secrets, which this program never reads",
    );
    draft.license_effect("none: nothing is changed; a backup preserves the licenses if the server is lost");
}

/// The steps of a move, by the only documented way.
fn move_database(
    machine: &Machine<'_>,
    present: &str,
    folder: &str,
    draft: &mut Draft<'_>,
) -> Result<(), Refusal> {
    if same_folder(present, folder) {
        return Err(Refusal::NothingToDo(format!("the database is already in {folder}")));
    }
    draft.note(
        "Microsoft documents no registry value for the folder, so nothing is changed in the registry. The documented way is to remove the role and install it again with the new folder",
    );
    draft.do_by_hand("record the CALs in RD Licensing Manager, with their agreement numbers");
    back_up(machine, present, draft);
    draft.do_by_hand("remove the role RD Licensing, and restart");
    draft.do_by_hand(format!("install it again and select {folder} for the database; activate the server"));
    draft.do_by_hand("install or migrate the CALs (RD Licensing Manager, Manage RDS CALs)");
    draft.do_by_hand(format!(
        "check that RD Licensing Manager shows the packs, and that no events 9, 14 or 4100 of TerminalServices-Licensing follow; exclude {folder} from virus scanners"
    ));
    draft
        .license_effect("the packs must be installed again; licenses on clients are valid until they expire");
    Ok(())
}

/// True up to Windows Server 2003, which has no VSS writer for the licensing service.
fn is_2003(machine: &Machine<'_>) -> bool {
    matches!(machine.product().era(), Some(Era::Nt4 | Era::Nt5))
}
