//! A domain, queried by `rdscal.exe` as Windows does it: through SSPI, sealed, without TLS. Under Wine the
//! mechanism is NTLM, because Wine's Kerberos seals differently from that of Windows.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use samba::{DOMAIN_NAME, PASSWORD, Server};
use wine::Prefix;

use crate::programs::{self, Run};

/// More users than fit in one page of results.
const USERS: usize = 1_100;
const CONTROLLER: &str = "127.0.0.1";
/// The administrator of the domain, and the password.
const ADMINISTRATOR: (&str, &str) = (r"RDS\Administrator", PASSWORD);
const AT: [&str; 2] = ["--at", "2026-02-01"];

#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn a_domain_is_read_as_on_linux() -> Result<()> {
    let Some(server) = Server::start_domain() else {
        // `Server` has printed the reason.
        return Ok(());
    };
    server.ldif(&objects()).map_err(anyhow::Error::msg)?;
    let prefix = programs::prefix("domain")?;
    prefix.start()?;
    let (windows, linux) = (programs::windows()?, programs::linux()?);
    let client = Client { prefix, windows, linux, authority: server.authority() };
    let done = client.users().and_then(|()| client.policies(&server)).and_then(|()| client.refused());
    client.prefix.end();
    done
}

/// Users with licenses, and a host.
fn objects() -> String {
    let mut ldif = format!("dn: OU=Staff,{DOMAIN_NAME}\nobjectClass: organizationalUnit\n\n");
    for number in 0..USERS {
        let (month, version) = (1 + number % 12, [393_216, 655_361][number % 2]);
        let _ = writeln!(
            ldif,
            "dn: CN=u{number},OU=Staff,{DOMAIN_NAME}\nobjectClass: user\nsAMAccountName: u{number}\nuserAccountControl: 544\n\
             msTSManagingLS: 00377-70517-40386-AT629\nmsTSLicenseVersion: {version}\nmsTSExpireDate: 2026{month:02}25093000.0Z\n"
        );
    }
    let _ = writeln!(
        ldif,
        "dn: CN=RDSH01,CN=Computers,{DOMAIN_NAME}\nobjectClass: computer\nsAMAccountName: RDSH01$\nuserAccountControl: 4096\n"
    );
    ldif
}

/// An account and its password, if any.
type Account<'a> = Option<(&'a str, &'a str)>;

struct Client {
    prefix: Prefix,
    windows: PathBuf,
    linux: PathBuf,
    authority: PathBuf,
}

/// Runs a program with this account in its environment. Fails if it prints the password.
fn run(command: &mut Command, account: Account<'_>) -> Result<Run> {
    for variable in ["RDSCAL_USER", "RDSCAL_PASSWORD", "RDSCAL_CREDENTIALS", "KRB5CCNAME"] {
        command.env_remove(variable);
    }
    if let Some((account, password)) = account {
        command.env("RDSCAL_USER", account).env("RDSCAL_PASSWORD", password);
    }
    let run = Run::of(command)?;
    for text in [&run.text(), &run.stderr] {
        ensure!(!text.contains(PASSWORD), "the output contains the password");
    }
    Ok(run)
}

impl Client {
    /// Runs `rdscal.exe`.
    fn windows(&self, arguments: &[&str], account: Account<'_>) -> Result<Run> {
        run(self.prefix.wine(&self.windows).args(arguments), account)
    }

    /// Runs the program for Linux, over TLS.
    fn linux(&self, arguments: &[&str]) -> Result<Run> {
        run(Command::new(&self.linux).args(arguments).arg("--ca").arg(&self.authority), Some(ADMINISTRATOR))
    }

    fn users(&self) -> Result<()> {
        let arguments = ["users", CONTROLLER, AT[0], AT[1], "--fail-on", "never", "--format", "json"];
        let linux = self.linux(&arguments)?.success("rdscal")?.json()?;
        // Every form of the account name.
        for account in [ADMINISTRATOR.0, "RDS.TEST\\Administrator", "Administrator@rds.test", "Administrator"]
        {
            let windows = self.windows(&arguments, Some((account, PASSWORD)))?.success("rdscal")?.json()?;
            let count = windows["users"].as_array().map_or(0, Vec::len);
            ensure!(count == USERS, "{account}: {count} users of {USERS}");
            ensure!(windows == linux, "{account}: the users differ between Windows and Linux");
        }
        Ok(())
    }

    fn policies(&self, server: &Server) -> Result<()> {
        let share = format!("smb://{CONTROLLER}:{}/SYSVOL", server.port());
        let arguments = [
            "policy",
            "show",
            &share,
            "--directory",
            CONTROLLER,
            "--computer",
            "RDSH01",
            "--all",
            "--format",
            "json",
        ];
        let windows = self.windows(&arguments, Some(ADMINISTRATOR))?.success("rdscal")?.json()?;
        ensure!(windows["objects"].as_array().is_some_and(|objects| objects.len() == 2), "{windows}");
        ensure!(
            windows == self.linux(&arguments)?.success("rdscal")?.json()?,
            "the policies differ between Windows and Linux"
        );
        // The live machine with facts from the directory; Wine is not a member of the domain.
        let arguments = ["doctor", ".", "--directory", CONTROLLER, "--fail-on", "never", "--format", "json"];
        let judged = self.windows(&arguments, Some(ADMINISTRATOR))?.success("rdscal")?.json()?;
        ensure!(judged["machines"].as_array().is_some_and(|machines| machines.len() == 1), "{judged}");
        Ok(())
    }

    fn refused(&self) -> Result<()> {
        let rows: [(&[&str], Account<'_>, &str); 4] = [
            (
                &["users", CONTROLLER],
                Some((ADMINISTRATOR.0, "wrong")),
                "the account or the password is wrong",
            ),
            (&["users", CONTROLLER], None, "name one in RDSCAL_USER"),
            (
                &["users", CONTROLLER, "--ca", "dc.pem"],
                Some(ADMINISTRATOR),
                "this program was built without TLS, as it is for Windows",
            ),
            (
                &["users", "ldaps://127.0.0.1"],
                Some(ADMINISTRATOR),
                "this program was built without TLS, as it is for Windows",
            ),
        ];
        for (arguments, account, expected) in rows {
            let run = self.windows(arguments, account)?;
            ensure!(run.code == Some(3), "{arguments:?}: {:?} {}", run.code, run.stderr);
            ensure!(run.stderr.contains(expected), "{arguments:?}: {}{}", run.stderr, run.text());
        }
        Ok(())
    }
}
