//! `rdscal users`: which users hold a Per User license.

use crate::args::UsersArgs;
use crate::exit::{Exit, Failure};

/// The error of a program that was built without Active Directory.
#[cfg(not(feature = "directory"))]
pub const NOT_BUILT: &str = "this rdscal was built without Active Directory; the program for Linux has it";

/// Fails: the program was built without Active Directory.
#[cfg(not(feature = "directory"))]
pub fn run(_: &UsersArgs) -> Result<Exit, Failure> {
    Err(Failure::usage(NOT_BUILT.to_owned()))
}

/// Runs the command.
#[cfg(feature = "directory")]
pub fn run(args: &UsersArgs) -> Result<Exit, Failure> {
    asking::run(args)
}

#[cfg(feature = "directory")]
mod asking {
    use ad::domain::Domain;
    use ad::servers::Servers;
    use ad::{facts, users};
    use ldap::Connection;
    use licensing::per_user::{Asked, Rights, Tally, USERS_SCHEMA, UsersReport, UsersVerdict};
    use report::users::{Judged, UsersCsv, UsersFormat, UsersHtml, UsersJson, UsersStream, UsersText};
    use snapshot::FileTime;

    use super::{Exit, Failure, UsersArgs};
    use crate::args::{self, Format, USERS_FORMATS};
    use crate::directory::{open, unreadable};
    use crate::{output, progress};

    pub(super) fn run(args: &UsersArgs) -> Result<Exit, Failure> {
        let locator = args.domain.clone().or_else(session_domain).ok_or_else(|| {
            Failure::usage("DOMAIN is missing, and this session has no domain")
                .advice("Name the domain, such as corp.example.")
        })?;
        let at = args.at.unwrap_or_else(args::now);
        let form = form(args.output.format(args.format, USERS_FORMATS)?);
        let mut stream = UsersStream::new(form.as_ref(), output::spool());
        let mut connection = open(&locator, &args.reach, &args.network)?;
        let domain = Domain::read(&mut connection).map_err(|error| unreadable(&locator, &error))?;
        let mut asked = Answers::default();
        asked.holders(&mut connection, &domain, at, args.expiring, &mut stream)?;
        // After an interrupted answer the connection cannot be used again.
        if asked.problems.is_empty() {
            let rest = asked.rest(&mut connection, &domain, args.rights);
            asked.problems.extend(rest.err().map(|error| error.to_string()));
        }
        let report = asked.report(args, &connection, locator, at);
        output::write_with(&args.output, |out| stream.finish(&report, out))?;
        Ok(Exit::of(report.problems.is_empty(), args.fail_on.is_reached(report.verdict.severity())))
    }

    /// The domain of the session, from the variable that Windows and some other systems set for domain
    /// accounts.
    fn session_domain() -> Option<String> {
        std::env::var("USERDNSDOMAIN").ok().filter(|domain| !domain.is_empty())
    }

    fn form(format: Format) -> Box<dyn UsersFormat> {
        match format {
            Format::Json => Box::new(UsersJson),
            Format::Csv => Box::new(UsersCsv),
            Format::Html => Box::new(UsersHtml),
            _ => Box::new(UsersText { width: output::width() }),
        }
    }

    #[derive(Default)]
    struct Answers {
        tally: Tally,
        servers: Servers,
        rights: Option<Rights>,
        not_followed: Vec<String>,
        problems: Vec<String>,
    }

    impl Answers {
        fn holders(
            &mut self,
            connection: &mut Connection,
            domain: &Domain,
            at: FileTime,
            soon: u32,
            stream: &mut UsersStream<'_>,
        ) -> Result<(), Failure> {
            let bar = progress::users();
            let mut broken = None;
            match connection.search(&users::search(&domain.dn)) {
                Err(error) => broken = Some(error),
                Ok(mut entries) => {
                    loop {
                        let entry = match entries.next_entry() {
                            Ok(Some(entry)) => entry,
                            Ok(None) => break,
                            Err(error) => {
                                broken = Some(error);
                                break;
                            }
                        };
                        let holder = users::holder(&entry, &domain.netbios);
                        let standing = holder.standing(at, soon);
                        self.tally.add(&holder, standing);
                        stream.add(Judged { holder: &holder, standing, at })?;
                        bar.inc(1);
                    }
                    self.not_followed = ad::elsewhere(entries.referrals());
                }
            }
            bar.finish_and_clear();
            if let Some(error) = broken {
                self.problems
                    .push(format!("the search for users ended after {}: {error}", self.tally.holders));
            }
            Ok(())
        }

        fn rest(
            &mut self,
            connection: &mut Connection,
            domain: &Domain,
            rights: bool,
        ) -> Result<(), ad::Error> {
            self.servers = Servers::read(connection)?;
            self.problems.append(&mut self.servers.problems);
            if rights {
                self.rights = Some(facts::survey(connection, domain, &self.servers)?.0);
            }
            Ok(())
        }

        fn report(
            self,
            args: &UsersArgs,
            connection: &Connection,
            locator: String,
            at: FileTime,
        ) -> UsersReport {
            let root = connection.root();
            let whole = self.problems.is_empty();
            let verdict = UsersVerdict::of(
                &self.tally,
                args.expiring,
                &self.servers.group,
                self.rights.as_ref(),
                whole,
            );
            UsersReport {
                schema: USERS_SCHEMA,
                tool: format!("rdscal {}", env!("CARGO_PKG_VERSION")),
                judged_at: at,
                expiring_days: args.expiring,
                directory: Asked { locator, host: root.host.clone(), domain: root.domain.clone() },
                verdict,
                summary: self.tally,
                license_servers: self.servers.reported(),
                group: self.servers.group,
                rights: self.rights,
                users: [],
                not_followed: self.not_followed,
                problems: self.problems,
            }
        }
    }
}
