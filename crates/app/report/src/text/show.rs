//! `rdscal show` as text: the decoded facts and settings, with all candidates.

use std::io::Write;

use licensing::model::license_server::{Meaning, ServiceStart};
use licensing::model::{
    CandidateStatus, ClientStores, Content, Grace, GraceBasis, GraceEnd, HostCertificates, LicenseServer,
    Setting,
};
use licensing::{MachineReport, Report};
use owo_colors::Style;
use rds_formats::hardware_id::Origin;
use snapshot::FileTime;

use super::doctor;
use super::layout::{self, Page, paint};
use crate::{Format, Rendered, ReportError, Spool};

const LABEL: usize = 17;

/// The details of each machine as text.
#[derive(Clone, Copy, Debug)]
pub struct Show {
    /// Width in columns.
    pub width: usize,
}

impl Format for Show {
    type Memo = ();

    fn part(&self, machine: &MachineReport) -> Result<(Vec<u8>, ()), ReportError> {
        let mut page = Page::new(self.width);
        self::machine(&mut page, machine);
        Ok((page.finish().into_bytes(), ()))
    }

    fn assemble(
        &self,
        report: &Report<Rendered<()>>,
        spool: &mut Spool,
        out: &mut dyn Write,
    ) -> Result<(), ReportError> {
        for (index, machine) in report.machines.iter().enumerate() {
            if index > 0 {
                out.write_all(b"\n")?;
            }
            spool.copy(machine.segment, out)?;
        }
        let mut page = Page::new(self.width);
        doctor::problems(&mut page, report);
        page.flush(out)?;
        Ok(())
    }
}

fn machine(page: &mut Page, machine: &MachineReport) {
    page.line(&paint(doctor::label(machine), layout::strong()));
    doctor::identity(page, machine);
    for file in &machine.source.files {
        let hash = file.sha256.as_ref().map(|hash| format!(", SHA-256 {hash}")).unwrap_or_default();
        page.labeled(
            2,
            "File",
            doctor::LABEL,
            &format!("{} ({}, {} bytes{hash})", file.path, file.role, file.size),
        );
    }
    let settings = &machine.settings;
    setting(page, "Licensing mode", &settings.licensing_mode, ToString::to_string);
    setting(page, "License servers", &settings.license_servers, |servers| {
        let names: Vec<_> = servers.iter().map(ToString::to_string).collect();
        if names.is_empty() { "empty".to_owned() } else { names.join(", ") }
    });
    if let Some(grace) = &machine.grace {
        self::grace(page, grace);
    }
    if let Some(details) = &machine.details {
        certificates(page, details.certificates.as_ref());
        client(page, &details.client, machine.judged_at);
        if let Some(server) = &details.license_server {
            license_server(page, server);
        }
    }
    told(page, machine);
    if !machine.notes.is_empty() || !machine.unread.is_empty() {
        page.gap();
    }
    for note in &machine.notes {
        page.labeled(2, "Note", doctor::LABEL, &format!("{}: {}", note.about, note.text));
    }
    for unread in &machine.unread {
        page.labeled(2, "Unread", doctor::LABEL, &format!("{}: {}", unread.path, unread.reason));
    }
}

/// Facts reported by the running machine, with their sources, and unanswered queries.
fn told(page: &mut Page, machine: &MachineReport) {
    if machine.reported.is_empty() && machine.unanswered.is_empty() {
        return;
    }
    page.gap();
    page.line(&format!("  {}", paint("Reported by the machine", layout::strong())));
    for told in &machine.reported {
        let mut label = told.title;
        for (index, line) in told.found.iter().enumerate() {
            let text = if index == 0 { format!("{line} ({})", told.source) } else { line.clone() };
            page.labeled(4, label, LABEL, &text);
            label = "";
        }
    }
    for asked in &machine.unanswered {
        let text = format!("unanswered: {} ({})", asked.reason, asked.source);
        page.labeled(4, asked.title, LABEL, &text);
    }
}

fn grace(page: &mut Page, grace: &Grace) {
    page.gap();
    let end =
        grace.end.as_ref().map_or_else(|| "its end is not shown by this source".to_owned(), GraceEnd::shown);
    page.hanging("  ", "    ", &format!("{}: {end}", paint("Grace period", layout::strong())));
    for figure in grace.figures.get(1..).into_iter().flatten() {
        let basis = match figure.basis {
            GraceBasis::Windows => "from Windows",
            GraceBasis::Record => "from the record",
            GraceBasis::KeyAge => "from the key's age",
        };
        let left = match figure.days_left {
            left if left >= 0 => format!("{left} days left"),
            past => format!("ended {} days ago", -past),
        };
        page.labeled(4, basis, LABEL, &format!("{left} ({})", layout::evidence(&figure.evidence)));
    }
    if let Some(disagreement) = &grace.disagreement {
        page.paragraph(4, disagreement);
    }
    if let Some(key) = &grace.key {
        page.paragraph(4, &layout::evidence(&key.evidence));
        for record in &key.records {
            page.paragraph(4, &layout::evidence(&record.value.evidence));
            match &record.value.content {
                Content::Decoded(record) => {
                    let offline = record.known_offline();
                    for fact in &offline.known {
                        page.labeled(6, "known", LABEL, fact.statement);
                    }
                    for fact in &offline.unknown {
                        page.labeled(6, "unknown", LABEL, fact.statement);
                    }
                }
                Content::Unreadable(error) => page.paragraph(6, &error.to_string()),
            }
        }
    }
    for need in &grace.unseen {
        page.hanging(
            &format!("    {} ", paint("missing", Style::new().cyan())),
            &" ".repeat(13),
            &need.to_string(),
        );
    }
}

fn certificates(page: &mut Page, certificates: Option<&HostCertificates>) {
    let Some(certificates) = certificates.filter(|certificates| !certificates.is_empty()) else { return };
    page.gap();
    page.line(&format!("  {}", paint("Host certificates", layout::strong())));
    page.paragraph(4, &layout::evidence(&certificates.key));
    for stored in certificates.proprietary() {
        let state = match &stored.content {
            Content::Decoded(certificate) if certificate.signature_good => {
                format!("{}-bit key, signature verifies", certificate.key_bits)
            }
            Content::Decoded(certificate) => {
                format!("{}-bit key, SIGNATURE DOES NOT VERIFY", certificate.key_bits)
            }
            Content::Unreadable(error) => format!("cannot be decoded: {error}"),
        };
        page.labeled(4, &stored.name(), LABEL, &state);
    }
    for stored in &certificates.chains {
        let state = match &stored.content {
            Content::Decoded(chain) => format!(
                "{} certificates, {}",
                chain.certificates.len(),
                if chain.chain.intact {
                    "each verifies with its issuer's key"
                } else {
                    "NOT every one verifies with its issuer's key"
                }
            ),
            Content::Unreadable(error) => format!("cannot be decoded: {error}"),
        };
        page.labeled(4, &stored.name(), LABEL, &state);
    }
}

fn client(page: &mut Page, client: &ClientStores, at: FileTime) {
    for store in &client.stores {
        page.gap();
        page.line(&format!("  {} ({})", paint("Client license store", layout::strong()), store.view.label()));
        page.paragraph(4, &layout::evidence(&store.key));
        if let Some(id) = &store.hardware_id {
            let platform =
                id.decoded().map(|id| format!(", platform {:#010x}{}", id.platform.raw, origin(&id.origin)));
            page.labeled(
                4,
                "ClientHWID",
                LABEL,
                &format!("{}{}", id.evidence.found, platform.unwrap_or_default()),
            );
        }
        for license in &store.licenses {
            let state = match (license.decoded(), license.standing(at)) {
                (Some(_), Some(standing)) if standing.days_left < 0 => {
                    format!("{}, expired {} days ago", license.label(), -standing.days_left)
                }
                (Some(_), Some(standing)) => format!("{}, {} days left", license.label(), standing.days_left),
                _ => "contains no license that can be decoded".to_owned(),
            };
            page.labeled(4, &license.name, LABEL, &state);
        }
    }
}

/// The client that such a hardware ID is from, in words.
fn origin(origin: &Origin) -> &'static str {
    match origin {
        Origin::WindowsRegistry => " (Windows)",
        Origin::WindowsCe => " (Windows CE)",
        Origin::FreeRdp | Origin::FreeRdpOldBehaviour => " (FreeRDP)",
        Origin::HostName(_) => " (rdesktop)",
        Origin::Protocol => "",
        Origin::Unknown => " (unknown)",
    }
}

fn license_server(page: &mut Page, server: &LicenseServer) {
    page.gap();
    page.line(&format!("  {}", paint("License server", layout::strong())));
    page.paragraph(4, &server.service.to_string());
    let start = match server.start {
        Some(ServiceStart::Automatic) => "automatic".to_owned(),
        Some(ServiceStart::Manual) => "manual".to_owned(),
        Some(ServiceStart::Disabled) => "DISABLED".to_owned(),
        Some(ServiceStart::Other(number)) => format!("number {number}"),
        None => "not set".to_owned(),
    };
    page.labeled(4, "Start", LABEL, &start);
    for parameter in &server.parameters {
        let remark = match &parameter.meaning {
            Meaning::BlankInName(name) => format!("; not read; the correct name is {name}"),
            Meaning::NotDocumented => "; undocumented".to_owned(),
            _ => String::new(),
        };
        page.paragraph(4, &format!("{}{remark}", parameter.evidence));
    }
    for policy in server.policy.secure_licensing.iter().chain(&server.policy.prevent_upgrade) {
        page.paragraph(4, &policy.to_string());
    }
    for stored in &server.certificates {
        let state = stored
            .ends()
            .map_or("no certificate recognized".to_owned(), |end| format!("certificate until {end}"));
        page.paragraph(4, &format!("{}; {state}", stored.evidence));
    }
    for need in &server.unseen {
        page.hanging(
            &format!("    {} ", paint("missing", Style::new().cyan())),
            &" ".repeat(13),
            &need.to_string(),
        );
    }
}

/// A setting with all its candidates, the one in force first.
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
            CandidateStatus::Wins => ("in force  ", Style::new().green()),
            CandidateStatus::Overridden => ("overridden", Style::new().yellow()),
            CandidateStatus::Invalid => ("invalid   ", Style::new().red()),
            CandidateStatus::NeverRead => ("not read  ", Style::new().dimmed()),
        };
        let first = format!("    {} ", paint(mark, style));
        page.hanging(
            &first,
            &" ".repeat(15),
            &format!("{value} ({}: {})", candidate.place.label(), candidate.reason),
        );
        page.paragraph(15, &layout::evidence(&candidate.evidence));
    }
    for need in &setting.unseen {
        page.hanging(
            &format!("    {} ", paint("missing   ", Style::new().cyan())),
            &" ".repeat(15),
            &need.to_string(),
        );
    }
}
