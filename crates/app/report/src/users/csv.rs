//! CSV: one row for each holder.

use std::io::Write;

use licensing::per_user::{Ends, UsersReport};

use super::{Judged, UsersFormat, lines};
use crate::ReportError;
use crate::csv::guard;

const COLUMNS: [&str; 13] = [
    "user",
    "name",
    "enabled",
    "standing",
    "expires",
    "days_left",
    "managing_server",
    "version_found",
    "version",
    "version_name",
    "further",
    "dn",
    "judged_at",
];

/// With a header row.
#[derive(Clone, Copy, Debug)]
pub struct UsersCsv;

impl UsersFormat for UsersCsv {
    fn row(&self, judged: Judged<'_>, _: bool, out: &mut Vec<u8>) -> Result<(), ReportError> {
        let Judged { holder, standing, at } = judged;
        let license = &holder.license;
        let version = license.version.as_ref();
        let cells = [
            holder.user.clone(),
            holder.name.clone().unwrap_or_default(),
            holder.enabled.map(|enabled| enabled.to_string()).unwrap_or_default(),
            standing.label().to_owned(),
            match &license.expires {
                Ends::At(time) => time.to_string(),
                Ends::NotSaid => String::new(),
                Ends::Unreadable(text) => text.clone(),
            },
            // A negative number is not a formula.
            holder.days_left(at).map(|days| days.to_string()).unwrap_or_default(),
            license.managing_server.clone().unwrap_or_default(),
            version.map(|version| version.found.clone()).unwrap_or_default(),
            version.and_then(|version| version.number.clone()).unwrap_or_default(),
            version.map(|version| version.name.clone()).unwrap_or_default(),
            holder.further.iter().map(lines::further).collect::<Vec<_>>().join("; "),
            holder.dn.clone(),
            at.to_string(),
        ];
        let days = 5;
        let mut index = 0;
        let cells = cells.map(|cell| {
            index += 1;
            if index - 1 == days { cell } else { guard(&cell) }
        });
        let mut writer = ::csv::Writer::from_writer(out);
        writer.write_record(cells)?;
        writer.flush()?;
        Ok(())
    }

    fn before(&self, _: &UsersReport, out: &mut dyn Write) -> Result<(), ReportError> {
        let mut writer = ::csv::Writer::from_writer(out);
        writer.write_record(COLUMNS)?;
        writer.flush()?;
        Ok(())
    }

    fn after(&self, _: &UsersReport, _: &mut dyn Write) -> Result<(), ReportError> {
        Ok(())
    }
}
