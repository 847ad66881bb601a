//! `rdscal policy`: what group policy says.

use std::path::Path;

use policy::applied::{self, MachinePolicy};
use policy::lint::Choice;
use policy::report::PolicyReport;
use policy::{Disk, Found, Problem, resolve};

use super::load;
use crate::args::{self, NetworkArgs};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::policy_args::{LintFormat, PolicyFormat, PolicyLintArgs, PolicyShowArgs};

/// Runs `policy show`.
pub fn show(args: &PolicyShowArgs) -> Result<Exit, Failure> {
    let mut found = Found::default();
    let mut machines = Vec::new();
    for source in &args.sources {
        if let Some(share) = sysvol(source, &args.network)? {
            add(&mut found, share);
            continue;
        }
        if !is_machine(source) {
            let objects = on_disk(source);
            if !objects.objects.is_empty() {
                add(&mut found, objects);
                continue;
            }
        }
        let (read, problems) = read_machines(source, &args.network)?;
        machines.extend(read);
        found.problems.extend(problems);
    }
    let resolution = args.unit.as_ref().map(|unit| {
        let computer = resolve::offline(&found.objects, unit);
        resolve::resolve(&found.objects, computer)
    });
    let report = PolicyReport::new(found.objects, machines, resolution, found.problems, args.all);
    let text = match args.format {
        PolicyFormat::Text => report::text::policy(&report, output::width()),
        PolicyFormat::Json => report::json::render(&report)?,
        PolicyFormat::Csv => report::policy_csv(&report)?,
    };
    output::write(&text, args.output.output.as_deref())?;
    let whole = report.problems.is_empty() && report.damaged() == 0;
    Ok(if whole { Exit::Fine } else { Exit::Unreadable })
}

/// Runs `policy lint`.
pub fn lint(args: &PolicyLintArgs) -> Result<Exit, Failure> {
    load::check_rules(args.only.iter().chain(&args.ignore))?;
    let mut found = Found::default();
    for path in &args.paths {
        add(&mut found, on_disk(path));
    }
    let choice = Choice { only: args.only.clone(), ignore: args.ignore.clone() };
    let report = policy::lint(found, &choice, args::now());
    let text = match args.format {
        LintFormat::Text => report::text::lint(&report, output::width()),
        LintFormat::Json => report::json::render(&report)?,
        LintFormat::Sarif => report::lint_sarif(&report)?,
    };
    output::write(&text, args.output.output.as_deref())?;
    let worst = report.findings.iter().map(|located| located.finding.severity).max();
    let fails = args.fail_on.severity().zip(worst).is_some_and(|(level, worst)| worst >= level);
    Ok(match (report.problems.is_empty(), fails) {
        (false, _) => Exit::Unreadable,
        (true, true) => Exit::Findings,
        (true, false) => Exit::Fine,
    })
}

fn add(all: &mut Found, found: Found) {
    all.objects.extend(found.objects);
    all.problems.extend(found.problems);
}

/// The objects of a folder, or a policy file.
fn on_disk(path: &Path) -> Found {
    if path.is_dir() {
        return policy::find(&mut Disk::new(path));
    }
    if !path.exists() {
        let source = path.display().to_string();
        let problem = Problem { source, message: "does not exist".to_owned() };
        return Found { objects: Vec::new(), problems: vec![problem] };
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    match path.file_name().and_then(|name| name.to_str()) {
        Some(name) => policy::find_file(&mut Disk::new(folder), name),
        None => Found::default(),
    }
}

/// True for a SOURCE that cannot be objects of policy: the running machine, one across the network, a file that is no policy.
fn is_machine(source: &Path) -> bool {
    let text = source.to_string_lossy();
    let is_remote = text.starts_with(r"\\") || text.starts_with("smb://");
    let is_other_file = source.is_file()
        && !source.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pol"));
    is_remote || is_other_file || cfg!(windows) && source.as_os_str() == registry::sources::THIS_MACHINE
}

/// What policy has left on the machines of a source.
fn read_machines(
    source: &Path,
    network: &NetworkArgs,
) -> Result<(Vec<MachinePolicy>, Vec<Problem>), Failure> {
    let found = load::discover(&[source.to_owned()], None, network)?;
    let mut machines = Vec::new();
    let mut problems: Vec<Problem> = found
        .problems
        .into_iter()
        .map(|problem| Problem { source: problem.place, message: problem.message })
        .collect();
    for place in found.places {
        match place.capture(&applied::scope()) {
            Ok(snapshot) => machines.push(applied::read(&snapshot)),
            Err(problem) => problems.push(Problem { source: problem.place, message: problem.message }),
        }
    }
    Ok((machines, problems))
}

/// The objects of a domain controller's share; `None` where the source names none.
#[cfg(feature = "remote")]
fn sysvol(source: &Path, network: &NetworkArgs) -> Result<Option<Found>, Failure> {
    use crate::remote::Network;

    let Some(text) = source.to_str() else { return Ok(None) };
    let Some(server) = share_of(text) else { return Ok(None) };
    let mut network = Network::new(network)?;
    Ok(Some(match network.sysvol(&server)? {
        Ok(mut share) => policy::find(&mut share),
        Err(problem) => {
            let message = problem.message;
            Found { objects: Vec::new(), problems: vec![Problem { source: text.to_owned(), message }] }
        }
    }))
}

#[cfg(not(feature = "remote"))]
#[allow(clippy::unnecessary_wraps)] // as the other one has it
fn sysvol(_: &Path, _: &NetworkArgs) -> Result<Option<Found>, Failure> {
    Ok(None)
}

/// The server of `smb://…/SYSVOL` or `\\DC\SYSVOL`, without the share.
#[cfg_attr(not(feature = "remote"), allow(dead_code))]
fn share_of(text: &str) -> Option<String> {
    let text = text.trim_end_matches(['/', '\\']);
    let (server, share) = text.rsplit_once(['/', '\\'])?;
    let is_server =
        server.starts_with(r"\\") || server.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("smb://"));
    (is_server && share.eq_ignore_ascii_case("SYSVOL")).then(|| server.to_owned())
}

#[cfg(test)]
mod tests {
    use super::share_of;

    #[test]
    fn shares_as_people_write_them() {
        let rows = [
            ("smb://CORP;admin@dc1:4450/SYSVOL", Some("smb://CORP;admin@dc1:4450")),
            ("smb://dc1/sysvol/", Some("smb://dc1")),
            (r"\\dc1.corp.example\SYSVOL", Some(r"\\dc1.corp.example")),
            ("smb://dc1", None),
            (r"\\dc1", None),
            ("/mnt/SYSVOL", None),
            ("SYSVOL", None),
        ];
        for (text, expected) in rows {
            assert_eq!(share_of(text).as_deref(), expected, "{text}");
        }
    }
}
