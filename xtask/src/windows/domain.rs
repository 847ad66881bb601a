//! A domain, asked by the program for Windows as Windows asks it: by SSPI, without TLS, sealed. Under Wine that is NTLM; its Kerberos
//! seals otherwise than Windows' does.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use samba::{DOMAIN_NAME, PASSWORD, Server};
use serde_json::Value as Json;

use super::Prefix;
use super::manners::own_program;

/// More users than come in one page.
const USERS: usize = 1_100;
const CONTROLLER: &str = "127.0.0.1";
/// The domain's administrator, and the password.
const ADMINISTRATOR: (&str, &str) = (r"RDS\Administrator", PASSWORD);
const AT: [&str; 2] = ["--at", "2026-02-01"];

/// Asks by both programs, and compares; `false` where there can be no domain here.
pub(super) fn run(template: &Prefix, program: &Path) -> Result<bool> {
    let Some(server) = Server::start_domain() else { return Ok(false) };
    server.ldif(&objects()).map_err(anyhow::Error::msg)?;
    let prefix = template.copy(&crate::root().join("target/windows/domain"))?;
    prefix.start()?;
    let asked = Asked { prefix: &prefix, program, own: own_program()?, authority: server.authority() };
    let done = asked.users().and_then(|()| asked.policies(&server)).and_then(|()| asked.refused());
    prefix.end();
    done.map(|()| true)
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

/// An account and its password; none where nobody is named.
type By<'a> = Option<(&'a str, &'a str)>;

struct Asked<'a> {
    prefix: &'a Prefix,
    program: &'a Path,
    own: std::path::PathBuf,
    authority: std::path::PathBuf,
}

struct Said {
    code: Option<i32>,
    text: String,
    complaint: String,
}

impl Said {
    /// By this account with this password, or by none.
    fn of(command: &mut Command, by: By<'_>) -> Result<Self> {
        for variable in ["RDSCAL_USER", "RDSCAL_PASSWORD", "RDSCAL_CREDENTIALS", "KRB5CCNAME"] {
            command.env_remove(variable);
        }
        if let Some((account, password)) = by {
            command.env("RDSCAL_USER", account).env("RDSCAL_PASSWORD", password);
        }
        let output = command.stdin(Stdio::null()).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said =
            Self { code: output.status.code(), text: text(&output.stdout), complaint: text(&output.stderr) };
        for text in [&said.text, &said.complaint] {
            ensure!(!text.contains(PASSWORD), "a password came out");
        }
        Ok(said)
    }

    fn json(&self) -> Result<Json> {
        ensure!(self.code == Some(0), "it ended with {:?}: {}{}", self.code, self.complaint, self.text);
        serde_json::from_str(&self.text).with_context(|| self.text.clone())
    }
}

impl Asked<'_> {
    /// As on Windows.
    fn there(&self, arguments: &[&str], by: By<'_>) -> Result<Said> {
        Said::of(self.prefix.wine(self.program).args(arguments), by)
    }

    /// As on Linux, over TLS.
    fn here(&self, arguments: &[&str]) -> Result<Said> {
        Said::of(
            Command::new(&self.own).args(arguments).arg("--ca").arg(&self.authority),
            Some(ADMINISTRATOR),
        )
    }

    fn users(&self) -> Result<()> {
        let asked = ["users", CONTROLLER, AT[0], AT[1], "--fail-on", "never", "--format", "json"];
        let here = self.here(&asked)?.json()?;
        // A bare name, and every way to name its domain.
        for account in [ADMINISTRATOR.0, "RDS.TEST\\Administrator", "Administrator@rds.test", "Administrator"]
        {
            let there = self.there(&asked, Some((account, PASSWORD)))?.json()?;
            let count = there["users"].as_array().map_or(0, Vec::len);
            ensure!(count == USERS, "{account}: {count} users of {USERS}");
            ensure!(there == here, "{account}: on Windows it says otherwise of the users than on Linux");
        }
        Ok(())
    }

    fn policies(&self, server: &Server) -> Result<()> {
        let share = format!("smb://{CONTROLLER}:{}/SYSVOL", server.port());
        let asked = [
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
        let there = self.there(&asked, Some(ADMINISTRATOR))?.json()?;
        ensure!(there["objects"].as_array().is_some_and(|objects| objects.len() == 2), "{there}");
        ensure!(
            there == self.here(&asked)?.json()?,
            "on Windows it says otherwise of the policies than on Linux"
        );
        // The running machine, with what the domain knows; Wine is nobody's member.
        let asked = ["doctor", ".", "--directory", CONTROLLER, "--fail-on", "never", "--format", "json"];
        let judged = self.there(&asked, Some(ADMINISTRATOR))?.json()?;
        ensure!(judged["machines"].as_array().is_some_and(|machines| machines.len() == 1), "{judged}");
        Ok(())
    }

    fn refused(&self) -> Result<()> {
        let rows: [(&[&str], By<'_>, &str); 4] = [
            (
                &["users", CONTROLLER],
                Some((ADMINISTRATOR.0, "wrong")),
                "the account or the password is wrong",
            ),
            (&["users", CONTROLLER], None, "name one in RDSCAL_USER"),
            (
                &["users", CONTROLLER, "--ca", "dc.pem"],
                Some(ADMINISTRATOR),
                "this program was built without it, as it is for Windows",
            ),
            (
                &["users", "ldaps://127.0.0.1"],
                Some(ADMINISTRATOR),
                "this program was built without it, as it is for Windows",
            ),
        ];
        for (arguments, by, expected) in rows {
            let said = self.there(arguments, by)?;
            ensure!(said.code == Some(3), "{arguments:?}: {:?} {}", said.code, said.complaint);
            ensure!(said.complaint.contains(expected), "{arguments:?}: {}{}", said.complaint, said.text);
        }
        Ok(())
    }
}
