//! `rdscal predict`: what a client gets at a session host on a day.

use std::path::Path;

use licensing::model::Role;
use licensing::{Machine, Profile};
use predict::case::Asked;
use predict::evidence::Scene;
use predict::prediction::Range;
use predict::report::{PredictReport, name};
use snapshot::{FileTime, Snapshot};

use super::load;
use crate::args::{self, Format, PredictArgs, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::output;

/// Days after the day in question in which changes are listed, without `--until`.
const HORIZON: i64 = 365;

/// Runs the command.
pub fn run(args: &PredictArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, TEXT_OR_JSON)?;
    let range = range(args)?;
    let mut problems = Vec::new();
    let mut only = |path: &Path| load::only(path, &args.network, &mut problems);
    let host = only(&args.host)?;
    let client = args.client.as_deref().map(&mut only).transpose()?;
    let servers: Vec<Snapshot> =
        args.servers.iter().map(|server| only(server)).collect::<Result<_, Failure>>()?;
    let machine = |snapshot| Machine::new(snapshot, range.from, Profile::Auto);
    let (host, client) = (machine(&host), client.as_ref().map(machine));
    let servers: Vec<_> = servers.iter().map(machine).collect();
    check(args, &host, client.as_ref(), &servers)?;
    let scene = Scene {
        host: &host,
        client: client.as_ref(),
        servers: servers.iter().collect(),
        assumed: &args.assume,
    };
    let asked = Asked { is_admin: args.admin, is_local: args.local_account, user: args.user.as_deref() };
    let tool = format!("rdscal {}", env!("CARGO_PKG_VERSION"));
    let mut report = PredictReport::new(&scene, asked, range, tool);
    report.problems = problems;
    let text = match format {
        Format::Json => report::json::render(&report)?,
        _ => report::text::predict(&report, output::width(), output::shows_details()),
    };
    output::write(&text, &args.output)?;
    Ok(exit(&report, if args.until.is_some() { range.until } else { range.from }))
}

/// The exit code: whether a user of some class is refused until this time.
fn exit(report: &PredictReport, until: FileTime) -> Exit {
    let cases = report.predictions.iter().filter(|prediction| prediction.matters);
    let worst: Vec<_> = cases.map(|prediction| prediction.worst(until)).collect();
    let is_refused = worst.iter().any(|(verdict, _)| *verdict != predict::table::Verdict::Connects);
    let is_known = worst.iter().all(|(_, is_known)| *is_known);
    match Exit::of(report.problems.is_empty(), is_refused) {
        Exit::Fine if !is_known => Exit::Unreadable,
        exit => exit,
    }
}

/// The days that were asked for.
fn range(args: &PredictArgs) -> Result<Range, Failure> {
    let from = args.at.unwrap_or_else(args::now);
    let until = match args.until {
        // The whole day counts.
        Some(day) => day.checked_add_days(1).map_or(FileTime(u64::MAX), |next| FileTime(next.0 - 1)),
        None => from.checked_add_days(HORIZON).unwrap_or(FileTime(u64::MAX)),
    };
    if until < from {
        return Err(Failure::usage(format_args!(
            "--until {} is before the first day, {}",
            until.date(),
            from.date()
        )));
    }
    Ok(Range { from, until })
}

/// Refuses sources that do not fit the question.
fn check(
    args: &PredictArgs,
    host: &Machine<'_>,
    client: Option<&Machine<'_>>,
    servers: &[Machine<'_>],
) -> Result<(), Failure> {
    let is_not = |what| Failure::unreadable(what);
    if host.roles().holds(Role::SessionHost) == Ok(false) && !host.product().is_multi_session_client() {
        return Err(is_not(format!("{} is not a session host ({})", name(host), args.host.display()))
            .state("Only a session host requests licenses for its users.")
            .advice("Name the session host first, and the client with --client."));
    }
    if let Some(client) = client
        && client.client_stores().stores.is_empty()
        && !client.client_stores().unseen.is_empty()
    {
        let what = format!("the source of the client {} has no license store", name(client));
        return Err(is_not(what).advice(
            r#"On the client: reg export "HKLM\SOFTWARE\Microsoft\MSLicensing" client.reg, then --client client.reg."#,
        ));
    }
    for (index, server) in servers.iter().enumerate() {
        if server.roles().holds(Role::LicenseServer) == Ok(false) {
            return Err(is_not(format!("{} is not a license server", name(server)))
                .state("Its service TermServLicensing is not installed."));
        }
        if servers.iter().skip(index + 1).any(|other| name(other) == name(server)) {
            return Err(Failure::usage(format_args!(
                "two sources describe the license server {}",
                name(server)
            ))
            .state("They may contradict each other.")
            .advice("Name the newer one only."));
        }
    }
    let is_host = |other: &Machine<'_>| other.name().is_some() && other.name() == host.name();
    if client.is_some_and(is_host) {
        return Err(Failure::usage(format_args!("HOST and --client are the same machine, {}", name(host))));
    }
    Ok(())
}
