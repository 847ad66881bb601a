//! Machines on the network: rdscal compared with impacket. Both query one Samba server on this machine, which
//! does most of the work.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::harness as run;

/// The minimum speed of rdscal, as a multiple of the best of impacket.
const HOSTS_A_SECOND: f64 = 5.0;
/// The minimum ratio of the processor time of impacket to that of rdscal.
const PROCESSOR: f64 = 30.0;
/// The maximum processor time of rdscal per machine, in milliseconds.
const MOST_MS: f64 = 2.0;

/// Machines that are read in each run.
const HOSTS: u32 = 300;
const PEER_HOSTS: u32 = 60;

/// One run.
struct Run {
    hosts: f64,
    seconds: f64,
    cpu_ms: f64,
    round_trips: Option<f64>,
}

impl Run {
    fn rate(&self) -> f64 {
        self.hosts / self.seconds
    }

    fn cpu(&self) -> f64 {
        self.cpu_ms / self.hosts
    }
}

/// The race. Returns false if a limit is missed; `None` without a server or without impacket.
pub(crate) fn race() -> Result<Option<bool>> {
    println!("\nten values of a machine across the network: ours against impacket");
    let Some(server) = samba::Server::start(&[]) else { return Ok(None) };
    server.import(&values()).map_err(anyhow::Error::msg)?;
    let Some(python) = python()? else { return Ok(None) };
    let build = [
        "build",
        "--release",
        "--package",
        "rdscal-smb",
        "--features",
        "smb",
        "--example",
        "reads",
        "--locked",
    ];
    let done = run::logged("bench-reads", &mut run::cargo(build))?;
    ensure!(done.ok, "the reader does not build:\n{}", done.tail(40));
    let ours = run::target().join("release/examples/reads");
    let peer = run::root().join("bench/peers/remote_reads.py");
    let ours = |hosts: u32, threads: u32| measure(Command::new(&ours), &server, hosts, threads);
    let theirs = |hosts: u32, processes: u32| {
        let mut command = Command::new(&python);
        command.arg(&peer);
        measure(command, &server, hosts, processes)
    };
    // The first connection starts Samba's helper processes.
    ours(1, 1)?;
    let mut best: [Option<Run>; 2] = [None, None];
    for at_once in [1, 2, 8] {
        for (side, name, run) in
            [(0, "rdscal", ours(HOSTS, at_once)?), (1, "impacket", theirs(PEER_HOSTS, at_once)?)]
        {
            let trips = run.round_trips.map(|trips| format!(", {:.0} round trips each", trips / run.hosts));
            println!(
                "  {name:<9} {at_once} at once: {:>6.1} machines a second, {:>6.2} ms of processor time each{}",
                run.rate(),
                run.cpu(),
                trips.unwrap_or_default()
            );
            if let Some(place) = best.get_mut(side)
                && place.as_ref().is_none_or(|best| run.rate() > best.rate())
            {
                *place = Some(run);
            }
        }
    }
    let [Some(ours), Some(theirs)] = best else { return Ok(None) };
    let (rate, cpu) = (ours.rate() / theirs.rate(), theirs.cpu() / ours.cpu().max(0.001));
    println!(
        "  the best of each: {rate:.1} times as many machines a second (bar: {HOSTS_A_SECOND}), {cpu:.0} times less processor \
         time (bar: {PROCESSOR}), {:.2} ms a machine (bar: {MOST_MS})",
        ours.cpu()
    );
    Ok(Some(rate >= HOSTS_A_SECOND && cpu >= PROCESSOR && ours.cpu() <= MOST_MS))
}

fn measure(mut command: Command, server: &samba::Server, hosts: u32, at_once: u32) -> Result<Run> {
    let output = command
        .arg("127.0.0.1")
        .arg(server.port().to_string())
        .arg(samba::ADMINISTRATOR)
        .arg(hosts.to_string())
        .arg(at_once.to_string())
        .env("RDSCAL_PASSWORD", samba::PASSWORD)
        .output()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    let number = |name: &str| {
        let (_, rest) = said.split_once(&format!("\"{name}\":"))?;
        rest.trim_start().split([',', '}']).next()?.trim().parse::<f64>().ok()
    };
    let needed = |name| number(name).with_context(|| format!("no {name} in {said}"));
    Ok(Run {
        hosts: needed("hosts")?,
        seconds: needed("seconds")?,
        cpu_ms: needed("cpu_ms")?,
        round_trips: number("round_trips"),
    })
}

/// The data that both read.
fn values() -> String {
    let rows = [
        (r"SYSTEM\CurrentControlSet\Control\Terminal Server", "fDenyTSConnections"),
        (r"SYSTEM\CurrentControlSet\Control\Terminal Server", "TSAppCompat"),
        (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core", "LicensingMode"),
        (
            r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers",
            "SpecifiedLicenseServers",
        ),
        (r"SYSTEM\CurrentControlSet\Services\TermService", "Start"),
        (r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services", "LicensingMode"),
        (r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services", "LicenseServers"),
        (r"SOFTWARE\Microsoft\TermServLicensing", "RunAsRTM"),
        (r"SOFTWARE\Microsoft\MSLicensing\HardwareID", "ClientHWID"),
        (r"SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName", "ComputerName"),
    ];
    let rows = rows.map(|(key, value)| {
        format!("[HKEY_LOCAL_MACHINE\\{key}]\n\"{value}\"=hex:01,02,03,04,05,06,07,08\n\n")
    });
    format!("Windows Registry Editor Version 5.00\n\n{}", rows.concat())
}

/// impacket, in a separate virtual environment.
fn python() -> Result<Option<PathBuf>> {
    let folder = run::target().join("peers-remote");
    let python = folder.join("bin/python");
    let requirements = run::root().join("bench/peers/requirements-remote.txt");
    let there = |python: &Path| run::answers(python, &["-c", "import impacket"]);
    if there(&python) {
        return Ok(Some(python));
    }
    println!("  installing impacket into target/peers-remote");
    let venv =
        run::logged("venv-remote", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    if venv.ok {
        run::logged(
            "pip-remote",
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
                .arg(&requirements),
        )?;
    }
    if there(&python) {
        return Ok(Some(python));
    }
    println!("  not run: impacket could not be installed");
    Ok(None)
}
