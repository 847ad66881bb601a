//! Many hosts on the network, some of them dead: time, memory, and whether each host is reported, also if the
//! program is killed and the run resumed.
//!
//! Each host is a separate address in 127/8. All live hosts are one Samba server. Of the dead hosts, a third
//! refuse connections, a third accept them and stay silent, and a third do not answer the first packet.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::fleet::megabytes;
use crate::harness as run;

/// The memory for all hosts may be 1.5 times that for a tenth of them.
const FLAT: (u64, u64) = (3, 2);
/// The maximum ratio of the duration of the run to the sum of its parts.
const SLACK: f64 = 1.25;
/// The options of the doctor: concurrent hosts, and the timeout for one host in seconds.
const AT_ONCE: u32 = 64;
const TIMEOUT: u32 = 3;
/// The number of attempts for a host that does not answer.
const ATTEMPTS: u32 = 2;
/// The mean pause before the second attempt.
const PAUSE: f64 = 0.375;
/// A doctor that takes longer hangs.
const PATIENCE: Duration = Duration::from_hours(2);

/// Queries this number of hosts, a tenth of them dead. Returns false if a limit is exceeded, `None` without a
/// server.
pub(crate) fn ask(hosts: u32) -> Result<Option<bool>> {
    println!("\n{hosts} hosts across the network, a tenth of them dead");
    let Some(server) = samba::Server::start(&["bind interfaces only = no", "hosts allow = 127.0.0.0/8"])
    else {
        return Ok(None);
    };
    server.import(&registry()?).map_err(anyhow::Error::msg)?;
    let build = ["build", "--release", "--package", "rdscal", "--locked"];
    let done = run::logged("rdscal-release", &mut run::cargo(build))?;
    ensure!(done.ok, "rdscal does not build:\n{}", done.tail(40));
    let dead = Dead::new()?;
    let bench = Bench {
        doctor: run::target().join("release/rdscal"),
        folder: run::target().join("bench/hosts"),
        alive: server.port(),
        dead: dead.ports()?,
    };
    fs::create_dir_all(&bench.folder)?;
    let alone = bench.alone((hosts / 10).max(1))?;
    let small = bench.whole((hosts / 10).max(10), "few.jsonl")?;
    let all = bench.whole(hosts, "all.jsonl")?;
    let in_time = told(hosts, alone, &all);
    let flat = if let (Some(few), Some(many)) = (small.peak, all.peak) {
        let flat = many <= few * FLAT.0 / FLAT.1;
        println!(
            "  peak memory {:.1} MB for a tenth of them, {:.1} MB for all; flat: {}",
            megabytes(few),
            megabytes(many),
            if flat { "yes" } else { "NO" }
        );
        flat
    } else {
        println!("  memory: not measured, this system has no /proc");
        true
    };
    let expected = bench.expected(hosts);
    let accounted = expected == all.accounted.places;
    println!("  every host accounted for exactly once: {}", if accounted { "yes" } else { "NO" });
    let resumed = bench.killed(hosts, &all)?;
    println!("  also after three kills and resumes: {}", if resumed { "yes" } else { "NO" });
    Ok(Some(in_time && flat && accounted && resumed))
}

/// Prints the duration and its limit.
fn told(hosts: u32, alone: Duration, all: &Run) -> bool {
    let dead = hosts / 10;
    // A third of the dead hosts refuse the connection, which takes no time.
    let silent = dead - dead.div_ceil(3);
    let waiting = f64::from(silent) * (f64::from(ATTEMPTS * TIMEOUT)) / f64::from(AT_ONCE);
    let living = alone.as_secs_f64() * f64::from(hosts - dead);
    let (least, most) = (living.max(waiting), living + waiting + f64::from(TIMEOUT * ATTEMPTS) + PAUSE);
    let took = all.time.as_secs_f64();
    println!(
        "  the living at this server's pace ({:.0} a second): {living:.0} s; {silent} silent hosts, {ATTEMPTS} times {TIMEOUT} s \
         each, {AT_ONCE} at once: {waiting:.0} s",
        1.0 / alone.as_secs_f64()
    );
    let in_time = took <= most * SLACK;
    println!(
        "  so it takes {least:.0} s where the waiting hides behind the work, and {most:.0} s where nothing does; it took {took:.0} s: {}",
        if in_time { "reached" } else { "MISSED" }
    );
    in_time
}

/// The program, the folder for the results, and the ports of the hosts.
struct Bench {
    doctor: PathBuf,
    folder: PathBuf,
    alive: u16,
    dead: [u16; 3],
}

/// The contents of the lines of a run.
#[derive(PartialEq)]
struct Accounted {
    /// The result for each host.
    places: BTreeMap<String, &'static str>,
    /// The verdicts of all machines together.
    fleet: Value,
}

struct Run {
    time: Duration,
    peak: Option<u64>,
    accounted: Accounted,
}

impl Bench {
    /// The port of each host; every tenth host is dead.
    fn port(&self, number: u32) -> (u16, &'static str) {
        if number % 10 != 9 {
            return (self.alive, "judged");
        }
        match number / 10 % 3 {
            0 => (self.dead[0], "refused"),
            1 => (self.dead[1], "timed_out"),
            _ => (self.dead[2], "timed_out"),
        }
    }

    fn expected(&self, hosts: u32) -> BTreeMap<String, &'static str> {
        let place = |number| {
            let (port, outcome) = self.port(number);
            (format!("smb://{}:{port}", address(number)), outcome)
        };
        (0..hosts).map(place).collect()
    }

    fn list(&self, hosts: u32, living: bool) -> Result<PathBuf> {
        let path = self.folder.join("hosts.txt");
        let mut file = File::create(&path)?;
        for number in 0..hosts {
            let (port, _) = if living { (self.alive, "") } else { self.port(number) };
            writeln!(file, "smb://{}@{}:{port}", samba::USER, address(number))?;
        }
        Ok(path)
    }

    fn command(&self, list: &Path, out: &str, file: &Path) -> Command {
        let mut command = Command::new(&self.doctor);
        command.args(["doctor", "--format=jsonl", "--at=2026-03-01", "--hosts"]).arg(list);
        command.arg(format!("--jobs={AT_ONCE}")).arg(format!("--timeout={TIMEOUT}"));
        command.arg(out).arg(file).env("RDSCAL_PASSWORD", samba::PASSWORD);
        command.env_remove("RDSCAL_USER").env_remove("RDSCAL_CREDENTIALS");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// The time that the server needs for one live host under load.
    fn alone(&self, hosts: u32) -> Result<Duration> {
        let (list, file) = (self.list(hosts, true)?, self.folder.join("alone.jsonl"));
        let mut child = self.command(&list, "--output", &file).spawn()?;
        Ok(watched(&mut child, None)?.0 / hosts)
    }

    fn whole(&self, hosts: u32, name: &str) -> Result<Run> {
        let (list, file) = (self.list(hosts, false)?, self.folder.join(name));
        let mut child = self.command(&list, "--output", &file).spawn()?;
        let (time, peak) = watched(&mut child, None)?;
        Ok(Run { time, peak, accounted: accounted(&file)? })
    }

    /// The same run, killed at a quarter, a half and three quarters of the lines.
    fn killed(&self, hosts: u32, whole: &Run) -> Result<bool> {
        let (list, file) = (self.list(hosts, false)?, self.folder.join("killed.jsonl"));
        let length = fs::metadata(self.folder.join("all.jsonl"))?.len();
        // An earlier bench may have left one.
        let _ = fs::remove_file(&file);
        for quarter in 1..=3 {
            let mut child = self.command(&list, "--resume", &file).spawn()?;
            let grown = || fs::metadata(&file).is_ok_and(|file| file.len() >= length * quarter / 4);
            watched(&mut child, Some(&grown))?;
        }
        let mut child = self.command(&list, "--resume", &file).spawn()?;
        watched(&mut child, None)?;
        Ok(accounted(&file)? == whole.accounted)
    }
}

/// A working session host, as a running Windows shows it.
fn registry() -> Result<String> {
    let path = run::root().join("crates/app/rdscal/tests/cli/machines/host.reg");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let lines = text.lines().filter(|line| !line.starts_with(";;"));
    Ok(lines.map(|line| line.replace("ControlSet001", "CurrentControlSet") + "\n").collect())
}

/// An address for each number; none of them is likely to be in use.
fn address(number: u32) -> String {
    let [_, high, middle, low] = number.to_be_bytes();
    format!("127.{}.{middle}.{low}", high + 10)
}

/// Waits until the doctor ends or must be killed; returns its duration, and its peak memory where the system
/// reports it.
fn watched(child: &mut Child, enough: Option<&dyn Fn() -> bool>) -> Result<(Duration, Option<u64>)> {
    let (start, mut peak) = (Instant::now(), None);
    loop {
        peak = run::peak_memory(child).max(peak);
        if let Some(status) = child.try_wait()? {
            ensure!(matches!(status.code(), Some(0 | 1 | 3)), "rdscal doctor: {status}");
            return Ok((start.elapsed(), peak));
        }
        if enough.is_some_and(|enough| enough()) || start.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            ensure!(start.elapsed() <= PATIENCE, "rdscal doctor did not end");
            return Ok((start.elapsed(), peak));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Reads the lines; a host that occurs twice is an error.
fn accounted(file: &Path) -> Result<Accounted> {
    let mut accounted = Accounted { places: BTreeMap::new(), fleet: Value::Null };
    for line in BufReader::new(File::open(file)?).lines() {
        let line: Value = serde_json::from_str(&line?).context("a line that is no JSON")?;
        let outcome = match (line["line"].as_str(), line["class"].as_str()) {
            (Some("machine"), _) if line["outcome"] == "judged" => "judged",
            (Some("machine"), _) => "broken_off",
            (Some("failed"), Some("refused")) => "refused",
            (Some("failed"), Some("timed_out")) => "timed_out",
            (Some("failed"), _) => "failed",
            (Some("end"), _) => {
                accounted.fleet = line["fleet_findings"].clone();
                continue;
            }
            _ => continue,
        };
        let place = line["place"].as_str().unwrap_or_default().to_owned();
        if accounted.places.insert(place.clone(), outcome).is_some() {
            bail!("{place} has two lines");
        }
    }
    Ok(accounted)
}

/// Ports of the dead hosts.
struct Dead {
    silent: TcpListener,
    full: TcpListener,
    /// The connections that fill the queue.
    _waiting: Vec<TcpStream>,
}

impl Dead {
    fn new() -> Result<Self> {
        let silent = TcpListener::bind("0.0.0.0:0")?;
        let held = silent.try_clone()?;
        thread::spawn(move || {
            // Held until the client closes the connection.
            for stream in held.incoming().flatten() {
                thread::spawn(move || std::io::copy(&mut &stream, &mut std::io::sink()));
            }
        });
        let full = TcpListener::bind("0.0.0.0:0")?;
        let address = SocketAddr::from(([127, 0, 0, 1], full.local_addr()?.port()));
        let mut waiting = Vec::new();
        // No connection is accepted; when the queue is full, the first packet of the next one is not
        // answered.
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
            waiting.push(stream);
            ensure!(waiting.len() < 20_000, "a queue of connections that does not fill up");
        }
        Ok(Self { silent, full, _waiting: waiting })
    }

    /// The ports at which connections are refused, accepted in silence, and not answered.
    fn ports(&self) -> Result<[u16; 3]> {
        // Listening at port 1 requires administrator rights, and no program does it.
        Ok([1, self.silent.local_addr()?.port(), self.full.local_addr()?.port()])
    }
}
