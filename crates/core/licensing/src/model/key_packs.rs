//! Key packs of a license server, in the terms of the product tables.

use super::{KeyPack, LicensingMode, Machine, facts};
use crate::evidence::{Evidence, Need, Unknown};
use crate::knowledge::products::{CalKind, CalVersion};

/// `TotalLicenses` of a pack without an end.
const UNLIMITED: u32 = u32::MAX;
/// `KeyPackType` of the packs that temporary licenses come from.
const TEMPORARY: u32 = 4;

impl KeyPack {
    /// The kind of license; `None` for built-in packs and for numbers that are not documented.
    #[must_use]
    pub fn cal_kind(&self) -> Option<CalKind> {
        match self.product_type {
            0 => Some(CalKind::PerDevice),
            1 => Some(CalKind::PerUser),
            _ => None,
        }
    }

    /// The version of the licenses; `None` where the number is not documented.
    #[must_use]
    pub fn cal_version(&self) -> Option<CalVersion> {
        CalVersion::from_wmi(self.version_id)
    }

    /// True for packs that were bought and installed, as against built-in and temporary ones.
    #[must_use]
    pub fn is_bought(&self) -> bool {
        self.kind != TEMPORARY && self.cal_kind().is_some()
    }

    /// The number of licenses; `None` where it has no end.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        (self.total != UNLIMITED).then(|| u64::from(self.total))
    }

    /// Kind and version in words: “Per User, Windows Server 2019 RDS CAL”.
    #[must_use]
    pub fn label(&self) -> String {
        let kind = match self.cal_kind() {
            Some(kind) => kind_label(kind).to_owned(),
            None => format!("type {}", self.product_type),
        };
        match self.cal_version() {
            Some(version) => format!("{kind}, {}", version.name()),
            None => format!("{kind}, version ID {}", self.version_id),
        }
    }
}

/// The kind in words.
#[must_use]
pub fn kind_label(kind: CalKind) -> &'static str {
    match kind {
        CalKind::PerDevice => "Per Device",
        CalKind::PerUser => "Per User",
    }
}

impl LicensingMode {
    /// The kind of license that a host in this mode asks for.
    #[must_use]
    pub fn cal_kind(self) -> Option<CalKind> {
        match self {
            Self::PerDevice => Some(CalKind::PerDevice),
            Self::PerUser | Self::EntraPerUser => Some(CalKind::PerUser),
            _ => None,
        }
    }
}

impl Machine<'_> {
    /// Whether the license server reports that it is activated.
    #[must_use]
    pub fn is_activated(&self) -> bool {
        self.fact(facts::ACTIVATION_STATUS) == Ok(0)
    }

    /// Whether the license server reports a purchased pack with free licenses.
    #[must_use]
    pub fn has_free_licenses(&self) -> bool {
        let is_free = |pack: &KeyPack| pack.size().is_none_or(|total| total > u64::from(pack.issued));
        self.fact(facts::KEY_PACKS)
            .is_ok_and(|packs| packs.iter().any(|pack| pack.is_bought() && is_free(pack)))
    }

    /// The packs that were bought for the license server that the machine is or uses; `None` where the
    /// machine has nothing to do with any.
    pub fn bought_packs(&self) -> Result<Option<Vec<KeyPack>>, Unknown> {
        let packs = self.fact_if_relevant(facts::KEY_PACKS)?;
        Ok(packs.map(|packs| packs.into_iter().filter(KeyPack::is_bought).collect()))
    }
}

/// The packs of one kind and version together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Kind and version in words.
    pub label: String,
    /// Licenses in it.
    pub total: u64,
    /// Licenses issued from it; more than `total` where they are counted and not enforced.
    pub issued: u64,
}

impl Pool {
    /// The packs of one kind, added up for each version; without those that have no end.
    #[must_use]
    pub fn of(packs: &[KeyPack], kind: CalKind) -> Vec<Self> {
        let mut pools: Vec<Self> = Vec::new();
        for pack in packs.iter().filter(|pack| pack.cal_kind() == Some(kind)) {
            let (Some(size), label) = (pack.size(), pack.label()) else { continue };
            let at = pools.iter().position(|pool| pool.label == label).unwrap_or_else(|| {
                pools.push(Self { label, total: 0, issued: 0 });
                pools.len() - 1
            });
            pools[at].total += size;
            pools[at].issued += u64::from(pack.issued);
        }
        pools
    }

    /// The pool as evidence of the machine.
    #[must_use]
    pub fn evidence(&self, machine: &Machine<'_>) -> Evidence {
        let Self { label, total, issued } = self;
        machine.fact_evidence(facts::KEY_PACKS, format!("{label}: {issued} of {total} issued"))
    }
}

/// A pack of a version that the tables do not know could change the answer.
#[must_use]
pub fn unknown_version() -> Unknown {
    Need::LicenseServer("version of a CAL pack whose number is not in the tables").into()
}
