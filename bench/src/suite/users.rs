//! Users of a domain: the cost of reading the holders of Per User licenses from a Samba domain controller on
//! this machine.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

/// Users with a license in the domain.
const USERS: usize = 5000;
/// The limit: seconds of processor time of the client.
const MOST_SECONDS: f64 = 1.0;
/// The limit: megabytes of memory, both for all users and for a few.
const MOST_MB: f64 = 30.0;

/// Returns false if a limit is exceeded; `None` without a server.
pub(crate) fn read(program: &Path) -> Result<Option<bool>> {
    println!("\n{USERS} users with a per-user license, read over LDAP with StartTLS");
    let Some(server) = samba::Server::start_domain() else { return Ok(None) };
    let mut ldif = String::new();
    for number in 0..USERS {
        writeln!(
            ldif,
            "dn: CN=u{number},CN=Users,{}\nobjectClass: user\nsAMAccountName: u{number}\nuserAccountControl: 546\n\
             displayName: User {number}\nmsTSManagingLS: 00377-70517-40386-AT629\nmsTSLicenseVersion: 655361\n\
             msTSExpireDate: 2030{:02}01000000.0Z\n",
            samba::DOMAIN_NAME,
            number % 12 + 1
        )?;
    }
    let start = Instant::now();
    server.ldif(&ldif).map_err(anyhow::Error::msg)?;
    println!("  seeded in {:.0} s", start.elapsed().as_secs_f64());
    let mut best: Option<(f64, f64, f64)> = None;
    for _ in 0..3 {
        let start = Instant::now();
        let (cpu, mb, rows) = measured(program, &server)?;
        ensure!(rows == USERS + 1, "{rows} rows for {USERS} users and a header");
        let run = (cpu, start.elapsed().as_secs_f64(), mb);
        best = Some(best.filter(|best| best.0 <= run.0).unwrap_or(run));
    }
    let (cpu, wall, mb) = best.context("no run")?;
    println!(
        "  {cpu:.2} s of processor time (at most {MOST_SECONDS}), {wall:.2} s in all, {mb:.0} MB (at most {MOST_MB})"
    );
    Ok(Some(cpu <= MOST_SECONDS && mb <= MOST_MB))
}

/// Runs a program and prints its cost: seconds of processor time, peak memory in kilobytes. Samba requires
/// Debian's Python, so it is available.
const WATCH: &str = "\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
";

/// Seconds of processor time, peak memory in megabytes, and rows of CSV.
fn measured(program: &Path, server: &samba::Server) -> Result<(f64, f64, usize)> {
    let output = server.folder().join("users.csv");
    let done = Command::new("/usr/bin/python3")
        .args(["-c", WATCH])
        .arg(program)
        .args(["users", "127.0.0.1", "--format", "csv", "--ca"])
        .arg(server.authority())
        .arg("-o")
        .arg(&output)
        .env("RDSCAL_USER", samba::DOMAIN_ADMINISTRATOR)
        .env("RDSCAL_PASSWORD", samba::PASSWORD)
        // The group of license servers is empty here, which alone is an error.
        .args(["--fail-on", "never"])
        .output()?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout);
    let (cpu, kilobytes) = said.trim().split_once(' ').with_context(|| format!("no numbers in {said}"))?;
    let rows = fs::read_to_string(&output)?.lines().count();
    Ok((cpu.parse()?, kilobytes.parse::<f64>()? / 1024.0, rows))
}
