//! `rdscal show` on a screen: the decoded facts and settings, with who wins.

use licensing::model::{Setting, Standing};
use licensing::{MachineReport, Report};
use owo_colors::Style;

use super::doctor;
use super::layout::{self, Page, paint};

const LABEL: usize = 12;

/// What is known of each machine.
#[must_use]
pub fn show(report: &Report, width: usize) -> String {
    let mut page = Page::new(width);
    for (index, machine) in report.machines.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        self::machine(&mut page, machine);
    }
    doctor::problems(&mut page, report);
    page.finish()
}

fn machine(page: &mut Page, machine: &MachineReport) {
    page.line(&paint(doctor::label(machine), layout::strong()));
    doctor::identity(page, machine);
    for file in &machine.source.files {
        let hash = file.sha256.as_ref().map(|hash| format!(", SHA-256 {hash}")).unwrap_or_default();
        page.labeled(2, "File", LABEL, &format!("{} ({}, {} bytes{hash})", file.path, file.role, file.size));
    }
    let settings = &machine.settings;
    setting(page, "Licensing mode", &settings.licensing_mode, ToString::to_string);
    setting(page, "License servers", &settings.license_servers, |servers| {
        let names: Vec<_> = servers.iter().map(|server| format!("“{}”", server.0)).collect();
        if names.is_empty() { "empty".to_owned() } else { names.join(", ") }
    });
    for note in &machine.notes {
        page.labeled(2, "Note", LABEL, &format!("{}: {}", note.about, note.text));
    }
    for unread in &machine.unread {
        page.labeled(2, "Unread", LABEL, &format!("{}: {}", unread.path, unread.reason));
    }
}

/// A setting with every place that names a value, the winner first.
fn setting<T: Clone>(page: &mut Page, title: &str, setting: &Setting<T>, show: impl Fn(&T) -> String) {
    page.gap();
    page.hanging(
        "  ",
        "    ",
        &format!("{}: {}", paint(title, layout::strong()), doctor::in_force(setting, &show)),
    );
    for candidate in &setting.candidates {
        let value = candidate.value.as_ref().map_or_else(|| candidate.evidence.found.clone(), &show);
        let (mark, style) = match candidate.standing {
            Standing::Wins => ("wins      ", Style::new().green()),
            Standing::Overridden => ("overridden", Style::new().yellow()),
            Standing::Invalid => ("invalid   ", Style::new().red()),
            Standing::NeverRead => ("never read", Style::new().dimmed()),
        };
        let first = format!("    {} ", paint(mark, style));
        page.hanging(
            &first,
            &" ".repeat(15),
            &format!("{} ({}): {}", candidate.place.label(), candidate.reason, value),
        );
        page.paragraph(15, &candidate.evidence.to_string());
    }
    for need in &setting.unseen {
        page.hanging(
            &format!("    {} ", paint("not seen  ", Style::new().cyan())),
            &" ".repeat(15),
            &need.to_string(),
        );
    }
}
