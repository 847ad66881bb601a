//! Shows where the database of a license server is, and plans its backup, its move, or a larger version
//! store.
//!
//! # What it changes
//! Without an option nothing: the plan is a checklist for a backup. `--move-to D:\LServer` adds a checklist
//! for moving the database and, if a value of `Services\TermServLicensing\Parameters` contains its present
//! folder, the change of that value. `--max-ver-pages 1024` sets `MaxVerPages` in the same key (KB3167312:
//! 256 to 2048).
//!
//! # When it refuses
//! * The machine is not a license server, or the source does not show it.
//! * The new location is not a folder on a local drive.
//! * Several values contain paths, and none of them is the one that the server reports.
//! * The number of pages is outside 256 to 2048.
//! * The source is a policy file.
//!
//! # What it means for licenses
//! No license is revoked. While the service is stopped no license is issued; hosts admit clients with a valid
//! license in the meantime. The database alone is not a backup: the server's identity is stored in LSA
//! secrets, and only both together restore its licenses.
//!
//! # What must follow
//! The steps of the checklist, in their order. For the version store, restart the service TermServLicensing.
//!
//! # How it is undone
//! Stop the service, run `rdscal undo`, start the service. The old folder still exists, because the checklist
//! copies and deletes nothing.
//!
//! Microsoft documents no move by a registry edit, and the value with the folder is not documented. The
//! documented way is to remove the role, install it again with the new folder, and install or migrate the
//! CALs. The checklist states this first.

use licensing::Unknown;
use licensing::model::license_server::{MAX_VER_PAGES, Meaning, Parameter as Stored, is_network_path};
use licensing::model::{Role, facts};
use snapshot::Text;

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
    safety: "a backup changes nothing; a move is not documented by Microsoft, copies first, and keeps the old folder as the way back",
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
    let place = Folder::find(machine)?;
    draft.note(place.shown(machine));
    if let Some(pages) = pages {
        set_pages(machine, pages, draft)?;
    }
    match move_to {
        Some(folder) => move_database(machine, &place, &folder, draft)?,
        None if pages.is_none() => back_up(machine, &place, draft),
        None => {}
    }
    support::note_control_sets(machine, draft);
    Ok(())
}

/// Location of the database.
struct Folder {
    /// As reported by the license server.
    reported: Option<String>,
    /// The values of `Parameters` with a path.
    paths: Vec<(Stored, String)>,
}

impl Folder {
    fn find(machine: &Machine<'_>) -> Result<Self, Unknown> {
        let path = |parameter: Stored| match parameter.meaning.clone() {
            Meaning::Path(path)
                if matches!(parameter.evidence.kind.as_deref(), Some("REG_SZ" | "REG_EXPAND_SZ")) =>
            {
                Some((parameter, path))
            }
            _ => None,
        };
        Ok(Self {
            reported: machine.fact(facts::DATABASE_PATH).ok(),
            paths: machine.licensing_parameters()?.into_iter().filter_map(path).collect(),
        })
    }

    /// The value with the folder, if there is one.
    fn value(&self) -> Result<Option<&(Stored, String)>, Refusal> {
        if let Some(reported) = &self.reported
            && let Some(found) = self.paths.iter().find(|(_, path)| same_folder(path, reported))
        {
            return Ok(Some(found));
        }
        match self.paths.as_slice() {
            [] => Ok(None),
            [one] if self.reported.is_none() => Ok(Some(one)),
            // The server reports another folder, so this value has another purpose.
            _ if self.reported.is_some() => Ok(None),
            several => {
                let names: Vec<_> = several.iter().map(|(stored, _)| stored.evidence.to_string()).collect();
                Err(Refusal::guard(
                    format!(
                        "several values contain paths, and it is unknown which is that of the database ({})",
                        names.join("; ")
                    ),
                    "query the server: (Get-CimInstance Win32_TSLicenseServer).DatabasePath",
                ))
            }
        }
    }

    /// The present folder, for the checklist.
    fn present(&self) -> &str {
        let named = self.paths.first().filter(|_| self.paths.len() == 1).map(|(_, path)| path.as_str());
        split_file(self.reported.as_deref().or(named).unwrap_or(DEFAULT_FOLDER)).0.trim_end_matches('\\')
    }

    fn shown(&self, machine: &Machine<'_>) -> String {
        let values: Vec<_> = self.paths.iter().map(|(stored, _)| stored.evidence.to_string()).collect();
        match (&self.reported, values.as_slice()) {
            (Some(reported), _) => format!("the database is in {reported}, as the license server reports"),
            (None, []) if is_2003(machine) => format!(
                "no value of Parameters contains the database folder; by default it is {DEFAULT_FOLDER}"
            ),
            (None, []) => format!(
                "no value of Parameters contains the database folder, and none is documented; by default it is {DEFAULT_FOLDER}. The server reports it: (Get-CimInstance Win32_TSLicenseServer).DatabasePath"
            ),
            (None, values) => format!(
                "the database seems to be in the folder in Parameters ({}); the value is not documented; compare it with (Get-CimInstance Win32_TSLicenseServer).DatabasePath",
                values.join("; ")
            ),
        }
    }
}

/// True if both paths are the same folder, regardless of a trailing backslash and case.
fn same_folder(one: &str, other: &str) -> bool {
    let plain = |path: &str| {
        let path = split_file(path.trim()).0.trim_end_matches('\\').to_lowercase();
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
fn back_up(machine: &Machine<'_>, place: &Folder, draft: &mut Draft<'_>) {
    let folder = place.present();
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

/// The steps of a move, with the change of the value that names the folder.
fn move_database(
    machine: &Machine<'_>,
    place: &Folder,
    folder: &str,
    draft: &mut Draft<'_>,
) -> Result<(), Refusal> {
    let old = place.present();
    if same_folder(old, folder) {
        return Err(Refusal::NothingToDo(format!("the database is already in {folder}")));
    }
    draft.note(
        "Microsoft documents no move by a registry edit. The documented way: record or migrate the CALs, remove the role, install it again with the new folder, and install the packs again",
    );
    let Some((stored, path)) = place.value()? else {
        move_by_role(machine, place, folder, draft);
        return Ok(());
    };
    let key = places::licensing_service_parameters();
    let name = stored.evidence.value.clone().unwrap_or_default();
    let found = machine.key(&key)?.and_then(|key| key.values.iter().find(|value| value.name == name));
    let kind = found.map_or(ValueType::SZ, |value| value.kind);
    // The value keeps its form: with or without the file name, with or without a trailing backslash.
    let ending = match split_file(path) {
        (_, Some(file)) => format!("\\{file}"),
        (folder, None) if folder.ends_with('\\') => "\\".to_owned(),
        (_, None) => String::new(),
    };
    let data = Text::encode(&format!("{folder}{ending}"));
    let why = format!("move the database from {path} to {folder}");
    draft.set_value(&key, Value::new(name, kind, data), &why)?;
    draft.note(
        "do not apply this plan before the copy is verified; if the service starts with the new value and finds no database there, it creates an empty one",
    );
    draft.do_by_hand("back up the system state and the folder first, as this recipe shows without --move-to");
    draft.do_by_hand("stop the service: Stop-Service TermServLicensing");
    draft.do_by_hand(format!(
        "copy the folder with its permissions: robocopy \"{old}\" \"{folder}\" /E /COPYALL; NETWORK SERVICE and SYSTEM need full access"
    ));
    draft.do_by_hand(format!(
        "verify the copy: Get-FileHash is equal for every file in both folders, and esentutl /g \"{folder}\\TLSLic.edb\" reports no error"
    ));
    draft.do_by_hand("apply this plan, which changes the value");
    draft.do_by_hand("start the service: Start-Service TermServLicensing");
    draft.do_by_hand(format!(
        "check: no events 9, 14 or 4100 of TerminalServices-Licensing; (Get-CimInstance Win32_TSLicenseServer).DatabasePath is {folder}; RD Licensing Manager shows the packs and the issued licenses. An empty list means that the service created a new database: stop it, undo, start it"
    ));
    draft.do_by_hand(format!(
        "keep {old} until a backup of the new place exists, and exclude the new folder from virus scanners"
    ));
    Ok(())
}

/// The documented way to another folder.
fn move_by_role(machine: &Machine<'_>, place: &Folder, folder: &str, draft: &mut Draft<'_>) {
    draft.note(
        "no value of Parameters contains the present folder, so there is nothing to change in the registry; use the documented way to move this server",
    );
    draft.do_by_hand("record the CALs in RD Licensing Manager, with their agreement numbers");
    back_up(machine, place, draft);
    draft.do_by_hand("remove the role RD Licensing, and restart");
    draft.do_by_hand(format!("install it again and select {folder} for the database; activate the server"));
    draft.do_by_hand("install or migrate the CALs (RD Licensing Manager, Manage RDS CALs)");
    draft
        .license_effect("the packs must be installed again; licenses on clients are valid until they expire");
}

/// The folder of a path, and the file name if there is one.
fn split_file(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once('\\') {
        Some((folder, file)) if file.to_ascii_lowercase().ends_with(".edb") => (folder, Some(file)),
        _ => (path, None),
    }
}

/// True up to Windows Server 2003, which has no VSS writer for the licensing service.
fn is_2003(machine: &Machine<'_>) -> bool {
    matches!(machine.product().era(), Some(Era::Nt4 | Era::Nt5))
}
