//! `rdscal users` as text.

use std::io::Write;

use licensing::per_user::{HolderStatus, UsersReport};
use licensing::verdict::Standing as Color;

use super::{Judged, UsersFormat, lines};
use crate::ReportError;
use crate::text::layout::{self, Page, paint};

/// Width of the label column.
const LABEL: usize = 10;

/// Text output of this width.
#[derive(Clone, Copy, Debug)]
pub struct UsersText {
    /// Width in columns.
    pub width: usize,
}

impl UsersFormat for UsersText {
    fn row(&self, judged: Judged<'_>, first: bool, out: &mut Vec<u8>) -> Result<(), ReportError> {
        if first {
            out.push(b'\n');
        }
        let Judged { holder, standing, at } = judged;
        let ends = lines::ends(holder, at);
        let mut what = vec![lines::version(&holder.license)];
        what.extend(holder.license.managing_server.as_ref().map(|server| format!("from {server}")));
        if holder.enabled == Some(false) {
            what.push("account disabled".to_owned());
        }
        what.retain(|part| !part.is_empty());
        let mark = paint(format!("{:<10}", standing.label()), layout::standing(color(standing)));
        let line = format!("  {:<24} {mark} {ends:<24} {}", holder.user, what.join(", "));
        writeln!(out, "{}", layout::harmless(line.trim_end()))?;
        for series in &holder.further {
            writeln!(out, "      {}", layout::harmless(&lines::further(series)))?;
        }
        Ok(())
    }

    fn before(&self, report: &UsersReport, out: &mut dyn Write) -> Result<(), ReportError> {
        let mut page = Page::new(self.width);
        let verdict = &report.verdict;
        let domain = paint(super::html::domain(report), layout::strong());
        let standing = paint(verdict.standing.label().to_uppercase(), layout::standing(verdict.standing));
        page.hanging("", "  ", &format!("{domain}: {standing} - {}", verdict.sentence));
        for remark in &verdict.remarks {
            page.hanging("  - ", "    ", remark);
        }
        page.gap();
        page.labeled(
            2,
            "Directory",
            LABEL,
            &format!("{} ({})", report.directory.locator, report.directory.host),
        );
        for (label, text) in lines::facts(report) {
            page.labeled(2, label, LABEL, &text);
        }
        page.flush(out)?;
        Ok(())
    }

    fn after(&self, _: &UsersReport, _: &mut dyn Write) -> Result<(), ReportError> {
        Ok(())
    }
}

/// The color class of a standing.
pub(super) fn color(standing: HolderStatus) -> Color {
    match standing {
        HolderStatus::Valid => Color::Healthy,
        HolderStatus::Expiring => Color::Info,
        HolderStatus::Expired | HolderStatus::Unreadable => Color::Warning,
        HolderStatus::NoDate => Color::NoLicensingKeys,
    }
}
