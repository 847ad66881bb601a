//! `rdscal cal` as text.

use licensing::cal::{CalReport, FoundLicense};
use licensing::verdict::Standing as Color;
use rds_formats::client_license::{ClientLicense, LicenseFile};
use rds_formats::x509::Phase;

use super::layout::{self, Page, paint};

const LABEL: usize = 15;

/// Each license: validity, purpose, device, issuer and signatures.
#[must_use]
pub fn cal(report: &CalReport, width: usize) -> String {
    let mut page = Page::new(width);
    for (index, found) in report.licenses.iter().enumerate() {
        if index > 0 {
            page.gap();
        }
        self::found(&mut page, found);
    }
    page.finish()
}

fn found(page: &mut Page, found: &FoundLicense) {
    let place = paint(&found.place, layout::strong());
    match &found.content {
        Err(error) => {
            page.hanging(
                "",
                "  ",
                &format!("{place}: {} - {error}", paint("NOT A LICENSE", layout::standing(Color::Error))),
            );
        }
        Ok(LicenseFile::ClientLicense(_)) => license(page, &place, found, "client access license"),
        Ok(LicenseFile::NewLicenseInfo { info, license: Ok(_) }) => {
            license(page, &place, found, "client access license inside NEW_LICENSE_INFO");
            page.labeled(
                2,
                "Wrapper",
                LABEL,
                &format!("scope {}, company {}, product {}", info.scope, info.company, info.product),
            );
        }
        Ok(LicenseFile::NewLicenseInfo { license: Err(error), .. }) => {
            page.hanging(
                "",
                "  ",
                &format!("{place}: NEW_LICENSE_INFO whose license cannot be decoded: {error}"),
            );
        }
        Ok(LicenseFile::Certificate(certificate)) => {
            page.hanging("", "  ", &format!("{place}: a single certificate, not a client license"));
            self::certificate(page, certificate);
        }
        Ok(LicenseFile::HostCertificates(chain)) => {
            page.hanging(
                "",
                "  ",
                &format!("{place}: the certificates of a session host, not a client license"),
            );
            for certificate in &chain.certificates {
                self::certificate(page, certificate);
            }
            page.labeled(2, "Signatures", LABEL, signatures(chain.chain.intact));
        }
        Ok(LicenseFile::ProductInfo(_)) => {
            page.hanging(
                "",
                "  ",
                &format!("{place}: PRODUCT_INFO of a license request, not a client license"),
            );
        }
        Ok(LicenseFile::Enciphered(enciphered)) => {
            page.hanging(
                "",
                "  ",
                &format!(
                    "{place}: a license in its network form, encrypted with the keys of its session ({} bytes); it cannot be read \
                     without them",
                    enciphered.length
                ),
            );
        }
    }
}

fn license(page: &mut Page, place: &str, found: &FoundLicense, what: &str) {
    let (Some(license), Some(standing)) = (found.license(), found.standing) else { return };
    let kind = match license.is_temporary() {
        Some(true) => "temporary ",
        Some(false) => "permanent ",
        None => "",
    };
    let (color, word) = match (license.chain.has_bad_signature(), standing.phase) {
        (true, _) => (Color::Error, "BAD SIGNATURE".to_owned()),
        (false, Phase::Expired) => (Color::Error, format!("EXPIRED {} days ago", -standing.days_left)),
        (false, Phase::NotYetValid) => (Color::Warning, "NOT YET VALID".to_owned()),
        (false, Phase::Renewal) => {
            (Color::Warning, format!("VALID, renewal due, {} days left", standing.days_left))
        }
        (false, _) => (Color::Healthy, format!("VALID, {} days left", standing.days_left)),
    };
    page.hanging("", "  ", &format!("{place}: {} - {kind}{what}", paint(word, layout::standing(color))));
    if let Some(product) = license.product() {
        let release = license.version().and_then(|version| version.release);
        let release = release.map(|release| format!(" ({})", release.name)).unwrap_or_default();
        page.labeled(2, "Product", LABEL, &format!("{}{release}", product.adjusted.text));
        page.labeled(2, "Asked for", LABEL, &product.requested.text);
    }
    if let Some(version) = license.version() {
        let yes = |flag: bool, word: &'static str| flag.then_some(word);
        let flags: Vec<_> = [
            yes(version.temporary, "temporary"),
            yes(version.enforced, "enforced"),
            Some(if version.rtm { "release" } else { "pre-release" }),
        ]
        .into_iter()
        .flatten()
        .collect();
        let shown =
            format!("{}.{}, {} ({:#010x})", version.major, version.minor, flags.join(", "), version.flags);
        page.labeled(2, "Version", LABEL, &shown);
    }
    people(page, license);
    page.labeled(
        2,
        "Valid",
        LABEL,
        &format!(
            "{} to {} ({} days)",
            license.validity.not_before,
            license.validity.not_after,
            license.validity.days()
        ),
    );
    page.labeled(
        2,
        "Renewal",
        LABEL,
        &match standing.wants_upgrade {
            Some(true) if license.is_temporary() == Some(true) => {
                "at the next connection; a temporary license is always replaced".to_owned()
            }
            Some(true) => "at the next connection".to_owned(),
            _ => format!("from {}", standing.renewal_from),
        },
    );
    page.labeled(2, "Signatures", LABEL, signatures(license.chain.intact));
    if let Some(binding) = &found.binding {
        let fits = if binding.fits {
            "belongs to the hardware ID stored beside it"
        } else {
            "belongs to another hardware ID than the one stored beside it"
        };
        page.labeled(2, "Hardware ID", LABEL, &format!("{fits} (inferred, not confirmed)"));
    }
    for fault in &license.licensing.faults {
        page.labeled(2, "Fault", LABEL, &fault.to_string());
    }
}

fn people(page: &mut Page, license: &ClientLicense) {
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    page.labeled(
        2,
        "Issued to",
        LABEL,
        &format!("{} (user {})", known(&license.client.machine), known(&license.client.user)),
    );
    page.labeled(
        2,
        "Issued by",
        LABEL,
        &format!("{} ({})", known(&license.issuer.license_server), known(&license.issuer.scope)),
    );
    if let Some(server) = &license.licensing.license_server
        && let Some(id) = &server.issuer_id
    {
        page.labeled(2, "Server's id", LABEL, id);
    }
}

fn certificate(page: &mut Page, certificate: &rds_formats::x509::Certificate) {
    page.labeled(2, "Subject", LABEL, certificate.subject.common_name().unwrap_or("unnamed"));
    page.labeled(
        2,
        "Valid",
        LABEL,
        &format!("{} to {}", certificate.validity.not_before, certificate.validity.not_after),
    );
}

fn signatures(intact: bool) -> &'static str {
    if intact {
        "every certificate verifies with its issuer's key"
    } else {
        "not every certificate verifies with its issuer's key"
    }
}
