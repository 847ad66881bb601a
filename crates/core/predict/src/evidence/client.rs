//! The license of the client, and its store.

use licensing::Machine;
use licensing::knowledge::products::{CalVersion, least_cal};
use licensing::model::client::View;
use licensing::model::security::accounts;
use licensing::model::{ClientStore, StoredLicense};
use nt::security::AccessMask;
use rds_formats::x509::{Phase, Validity};
use snapshot::FileTime;

use super::{ChangePoint, Known};
use crate::day::{Day, date};
use crate::facts::{Condition, Fact, License, Store};

const EXPORT: &str = r#"reg export "HKLM\SOFTWARE\Microsoft\MSLicensing" client.reg"#;
const ON_THE_CLIENT: &str = "on the client";

/// The license that the client would present.
#[derive(Clone, Debug)]
pub struct ClientLicense {
    held: Held,
    why: String,
}

#[derive(Clone, Debug)]
enum Held {
    /// The store was not seen.
    Unseen,
    /// None, or one that cannot be valid.
    Fixed(Condition),
    /// A license with an end.
    Term { validity: Validity, is_temporary: Option<bool>, is_accepted: Option<bool>, may_be_foreign: bool },
}

impl ClientLicense {
    pub(super) fn read(client: &Machine<'_>, host: &Machine<'_>) -> Self {
        let stores = client.client_stores();
        let least = host.generation().ok().and_then(least_cal).map(|(version, _)| version);
        let native =
            stores.stores.iter().find(|store| store.view == View::Native && !store.licenses.is_empty());
        let store = native.or_else(|| stores.stores.iter().find(|store| !store.licenses.is_empty()));
        let best = store.and_then(|store| {
            let best = store.licenses.iter().max_by_key(|license| rank(license, least));
            best.map(|license| (store, license))
        });
        match best {
            Some((store, license)) => Self::of(store, license, least),
            None if stores.unseen.is_empty() => Self {
                held: Held::Fixed(License::Absent.is()),
                why: "its license store holds none".to_owned(),
            },
            None => Self { held: Held::Unseen, why: "the license store was not seen".to_owned() },
        }
    }

    fn of(store: &ClientStore, stored: &StoredLicense, least: Option<CalVersion>) -> Self {
        let label = stored.label();
        let invalid =
            |why: &str| Self { held: Held::Fixed(License::Invalid.is()), why: format!("{label}: {why}") };
        let Some(license) = stored.decoded() else { return invalid("cannot be decoded") };
        if license.chain.has_bad_signature() {
            return invalid("a signature does not match");
        }
        let hardware = store.hardware_id.as_ref().and_then(|id| id.decoded());
        let binding = hardware.and_then(|hardware| license.binding_to(hardware));
        let may_be_foreign = binding.is_some_and(|binding| !binding.fits);
        let foreign = if may_be_foreign { ", seems to belong to another hardware ID" } else { "" };
        let is_accepted = match (stored.version(), least) {
            (Some(CalVersion::Unknown(..)) | None, _) | (_, None) => None,
            (Some(version), Some(least)) => Some(version >= least),
        };
        let is_temporary = license.is_temporary();
        let kind = match is_temporary {
            Some(true) => "temporary, ",
            Some(false) => "permanent, ",
            None => "",
        };
        let end = date(FileTime(license.validity.not_after.0));
        let held = Held::Term { validity: license.validity, is_temporary, is_accepted, may_be_foreign };
        Self { held, why: format!("{label}: {kind}valid until {end}{foreign}") }
    }

    /// Whether the store was seen.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        !matches!(self.held, Held::Unseen)
    }

    pub(super) fn at(&self, time: FileTime) -> Known {
        let is = match &self.held {
            Held::Unseen => Fact::License.unknown(),
            Held::Fixed(is) => *is,
            Held::Term { validity, is_temporary, is_accepted, may_be_foreign } => {
                let own = of_term(validity.phase(time), *is_temporary, *is_accepted);
                if *may_be_foreign { own.or(License::Invalid.is()) } else { own }
            }
        };
        if is.is_known() {
            return Known::new(is, self.why.clone());
        }
        Known::missing(is, self.why.clone(), EXPORT, ON_THE_CLIENT)
    }

    pub(super) fn points(&self) -> Vec<ChangePoint> {
        let Held::Term { validity, is_temporary, .. } = &self.held else { return Vec::new() };
        points(validity, *is_temporary, "the license of the client")
    }
}

/// The ends of all licenses of a client.
pub(super) fn all_points(client: &Machine<'_>) -> Vec<ChangePoint> {
    let licenses = client.client_stores().licenses();
    let each = licenses.filter_map(|(_, stored)| Some((stored.label(), stored.decoded()?)));
    let mut all: Vec<_> =
        each.flat_map(|(label, license)| points(&license.validity, license.is_temporary(), &label)).collect();
    all.sort_by_key(|point| point.day);
    all
}

fn points(validity: &Validity, is_temporary: Option<bool>, subject: &str) -> Vec<ChangePoint> {
    let point = |time: FileTime, what: &str| ChangePoint {
        day: Day::exact(time),
        what: format!("{subject} {what}"),
        fact: Some(Fact::License),
    };
    // The last moment is included in the validity.
    let mut points = vec![point(FileTime(validity.not_after.0.saturating_add(1)), "expires")];
    if is_temporary != Some(true) {
        points.push(point(validity.renewal_from(), "is renewed from this day on"));
    }
    points
}

/// A license that the host accepts comes first, then the one that ends last.
fn rank(license: &StoredLicense, least: Option<CalVersion>) -> (bool, Option<FileTime>) {
    let fits = license.version().zip(least).is_none_or(|(version, least)| version >= least);
    (fits && license.decoded().is_some(), license.ends())
}

fn of_term(phase: Phase, is_temporary: Option<bool>, is_accepted: Option<bool>) -> Condition {
    if phase == Phase::Expired {
        return License::Expired.is();
    }
    if phase == Phase::NotYetValid {
        return License::Invalid.is();
    }
    let permanent = if phase == Phase::Renewal { License::Renewal.is() } else { License::Permanent.is() };
    let accepted = match is_temporary {
        Some(true) => License::Temporary.is(),
        Some(false) => permanent,
        None => permanent.or(License::Temporary.is()),
    };
    match is_accepted {
        Some(true) => accepted,
        Some(false) => License::EarlierVersion.is(),
        None => accepted.or(License::EarlierVersion.is()),
    }
}

/// Groups of every interactive user: Users, Everyone, Authenticated Users, INTERACTIVE, LOCAL.
const EVERY_USER: [&str; 5] = ["S-1-5-32-545", "S-1-1-0", "S-1-5-11", "S-1-5-4", "S-1-2-0"];

pub(super) fn store(client: &Machine<'_>) -> Known {
    let users = accounts(&EVERY_USER, &[]);
    let wanted = AccessMask::KEY_SET_VALUE | AccessMask::KEY_CREATE_SUB_KEY;
    let stores = client.client_stores();
    let first = stores.stores.iter().find(|store| store.view == View::Native).or(stores.stores.first());
    let security = first.and_then(|store| {
        let below = store.path.join("Store");
        let path = if matches!(client.key(&below), Ok(Some(_))) { below } else { store.path.clone() };
        client.security(&path).ok().flatten()
    });
    match security {
        Some(security) if security.descriptor.grants(&users, wanted) => {
            Known::new(Store::Writable.is(), "its access list grants it to users")
        }
        // A user may be a member of a group that the access list names.
        Some(_) => Known::missing(
            Fact::Store.unknown(),
            "its access list does not grant it to every user",
            "whoami /groups",
            "on the client, as the user",
        ),
        None => Known::missing(
            Fact::Store.unknown(),
            "the source has no access list of the store",
            "rdscal snapshot . -o client.json",
            "on the client, as administrator",
        ),
    }
}
