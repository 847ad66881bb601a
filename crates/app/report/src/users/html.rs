//! One self-contained HTML file.

use std::io::Write;

use askama::Template;
use licensing::per_user::UsersReport;

use super::{Judged, UsersFormat, lines, text};
use crate::ReportError;
use crate::html::{class, write_template};

/// A page.
#[derive(Clone, Copy, Debug)]
pub struct UsersHtml;

#[derive(Template)]
#[template(path = "users/head.html")]
struct Head<'a> {
    report: &'a UsersReport,
    domain: String,
    class: &'static str,
    facts: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "users/row.html")]
struct Row<'a> {
    user: &'a str,
    name: &'a str,
    class: &'static str,
    standing: &'static str,
    disabled: bool,
    ends: String,
    version: String,
    server: &'a str,
    further: Vec<String>,
}

#[derive(Template)]
#[template(path = "users/tail.html")]
struct Tail;

impl UsersFormat for UsersHtml {
    fn row(&self, judged: Judged<'_>, _: bool, out: &mut Vec<u8>) -> Result<(), ReportError> {
        let Judged { holder, standing, at } = judged;
        let row = Row {
            user: &holder.user,
            name: holder.name.as_deref().unwrap_or_default(),
            class: class(text::color(standing)),
            standing: standing.label(),
            disabled: holder.enabled == Some(false),
            ends: lines::ends(holder, at),
            version: lines::version(&holder.license),
            server: holder.license.managing_server.as_deref().unwrap_or_default(),
            further: holder.further.iter().map(lines::further).collect(),
        };
        write_template(&row, out)
    }

    fn before(&self, report: &UsersReport, out: &mut dyn Write) -> Result<(), ReportError> {
        let class = class(report.verdict.standing);
        write_template(&Head { report, domain: domain(report), class, facts: lines::facts(report) }, out)
    }

    fn after(&self, _: &UsersReport, out: &mut dyn Write) -> Result<(), ReportError> {
        write_template(&Tail, out)
    }
}

/// The DNS name from a distinguished name.
pub(super) fn domain(report: &UsersReport) -> String {
    let parts = report.directory.domain.split(',').filter_map(|part| part.trim().split_once('='));
    let parts: Vec<_> =
        parts.filter(|(kind, _)| kind.eq_ignore_ascii_case("DC")).map(|(_, name)| name).collect();
    if parts.is_empty() { report.directory.locator.clone() } else { parts.join(".") }
}
