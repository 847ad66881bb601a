//! `rdscal probe` as text.

use licensing::Severity;
use licensing::probe::{
    BindAnswer, MapperAnswer, NameAnswer, PipeAnswer, PortState, ProbeReport, ProbeVerdict, Probed,
};
use licensing::verdict::Standing;

use super::layout::{self, Page, paint};

const LABEL: usize = 12;

/// Each host: the verdict, the observations, and the next step.
#[must_use]
pub fn probe(report: &ProbeReport, width: usize) -> String {
    let mut page = Page::new(width);
    if report.hosts.len() > 1 {
        page.hanging("", "  ", &summary(report));
    }
    for (index, host) in report.hosts.iter().enumerate() {
        if index > 0 || report.hosts.len() > 1 {
            page.gap();
        }
        self::host(&mut page, host);
    }
    page.finish()
}

fn summary(report: &ProbeReport) -> String {
    let mut verdicts: Vec<ProbeVerdict> = report.hosts.iter().map(|host| host.conclusion.verdict).collect();
    verdicts.sort();
    let parts: Vec<_> = verdicts
        .chunk_by(|a, b| a == b)
        .filter_map(|group| Some(format!("{} {}", group.len(), group.first()?.label())))
        .collect();
    format!("{}: {}", paint(format!("{} hosts", report.hosts.len()), layout::strong()), parts.join(", "))
}

fn host(page: &mut Page, host: &Probed) {
    let Probed { conclusion, observed, .. } = host;
    let style = match conclusion.verdict {
        ProbeVerdict::Answers => layout::standing(Standing::Healthy),
        ProbeVerdict::NoRights | ProbeVerdict::Unknown => layout::severity(Severity::Warning),
        _ => layout::severity(Severity::Error),
    };
    let verdict = paint(conclusion.verdict.label().to_uppercase(), style);
    let name = paint(&host.host, layout::strong());
    page.hanging("", "  ", &format!("{name}: {verdict} - {}", conclusion.because));
    page.labeled(2, "Name", LABEL, &self::name(&observed.name));
    if matches!(observed.name, NameAnswer::IsAddress | NameAnswer::Resolved(_)) {
        page.labeled(2, &format!("TCP {}", observed.mapper_number), LABEL, &port(&observed.mapper_port));
        page.labeled(2, &format!("TCP {}", observed.smb_number), LABEL, &port(&observed.smb_port));
    }
    if let Some(answer) = &observed.mapper {
        let said = match answer {
            MapperAnswer::Listens(ports) => {
                let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
                format!("the licensing service listens at TCP {}", ports.join(", "))
            }
            MapperAnswer::NotRegistered => "has no registered licensing service".to_owned(),
            MapperAnswer::Denied => "refuses anonymous callers".to_owned(),
            MapperAnswer::Failed(reason) => format!("did not respond: {reason}"),
        };
        page.labeled(2, "Mapper", LABEL, &said);
    }
    if let Some(service) = &observed.service {
        let bound = match &service.bind {
            None => String::new(),
            Some(BindAnswer::Bound) => "; the licensing service".to_owned(),
            Some(BindAnswer::Unknown) => "; another service".to_owned(),
            Some(BindAnswer::Denied) => "; refuses anonymous callers".to_owned(),
            Some(BindAnswer::Failed(reason)) => format!("; no response: {reason}"),
        };
        page.labeled(2, &format!("TCP {}", service.port), LABEL, &format!("{}{bound}", port(&service.state)));
    }
    let pipe = match &observed.pipe {
        None if observed.smb_port == PortState::Open => {
            "not tested; this requires an account (smb://USER@HOST)"
        }
        None => return next(page, host),
        Some(PipeAnswer::Opened) => "opens",
        Some(PipeAnswer::NotThere) => "does not exist",
        Some(PipeAnswer::Denied(reason) | PipeAnswer::SignIn(reason) | PipeAnswer::Failed(reason)) => {
            &reason.cause
        }
    };
    page.labeled(2, "HydraLsPipe", LABEL, pipe);
    next(page, host);
}

fn next(page: &mut Page, host: &Probed) {
    if !host.conclusion.next.is_empty() {
        page.labeled(2, "Next", LABEL, host.conclusion.next);
    }
}

fn name(answer: &NameAnswer) -> String {
    match answer {
        NameAnswer::IsAddress => "is an address".to_owned(),
        NameAnswer::Resolved(addresses) => format!("resolves to {}", addresses.join(", ")),
        NameAnswer::NotFound(reason) => format!("does not resolve: {reason}"),
        NameAnswer::Late => "no DNS server responded in time".to_owned(),
    }
}

fn port(state: &PortState) -> String {
    match state {
        PortState::Open => "open".to_owned(),
        PortState::Refused => "refused".to_owned(),
        PortState::Silent => "no response".to_owned(),
        PortState::NoRoute(reason) => format!("cannot be reached: {reason}"),
        PortState::Local(reason) => format!("could not be tested: {reason}"),
    }
}
