use serde::Serialize;

use crate::knowledge::{Certainty, Source, sources};

/// Per device or per user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CalKind {
    /// `A02`.
    PerDevice,
    /// `C50`.
    PerUser,
}

/// A version of CALs, by the Windows Server that it was made for. Versions that are not known keep their
/// numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CalVersion {
    /// Windows 2000.
    Ts2000,
    /// Windows Server 2003.
    Ts2003,
    /// Windows Server 2008 and 2008 R2.
    Rds2008,
    /// Windows Server 2012 and 2012 R2.
    Rds2012,
    /// Windows Server 2016.
    Rds2016,
    /// Windows Server 2019.
    Rds2019,
    /// Windows Server 2022.
    Rds2022,
    /// Windows Server 2025.
    Rds2025,
    /// Another version: major and minor as found.
    Unknown(u16, u16),
}

/// One version of CALs.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CalVersionRow {
    /// Which.
    pub version: CalVersion,
    /// The usual name.
    pub name: &'static str,
    /// Major and minor, as in the product id `A02-6.00-S` and in the license itself.
    pub number: (u16, u16),
    /// `ProductVersionID` of `Win32_TSLicenseKeyPack`; empty where no number is documented.
    pub wmi_ids: &'static [u32],
    /// How sure we are of the number.
    pub certainty: Certainty,
    /// Where it is from.
    pub sources: &'static [Source],
}

/// The known versions, ascending.
pub const CAL_VERSIONS: &[CalVersionRow] = &[
    CalVersionRow {
        version: CalVersion::Ts2000,
        name: "Windows 2000 Terminal Services CAL",
        number: (5, 0),
        wmi_ids: &[],
        certainty: Certainty::Code,
        sources: &[sources::CHECKMK, sources::RDPELE],
    },
    CalVersionRow {
        version: CalVersion::Ts2003,
        name: "Windows Server 2003 Terminal Server CAL",
        number: (5, 2),
        wmi_ids: &[],
        certainty: Certainty::Code,
        sources: &[sources::CHECKMK, sources::RDPELE],
    },
    CalVersionRow {
        version: CalVersion::Rds2008,
        name: "Windows Server 2008 TS CAL or 2008 R2 RDS CAL",
        number: (6, 0),
        wmi_ids: &[2, 3],
        certainty: Certainty::Measured,
        sources: &[sources::SAMPLES, sources::CHECKMK],
    },
    CalVersionRow {
        version: CalVersion::Rds2012,
        name: "Windows Server 2012 RDS CAL",
        number: (6, 2),
        wmi_ids: &[4],
        certainty: Certainty::Code,
        sources: &[sources::CHECKMK],
    },
    CalVersionRow {
        version: CalVersion::Rds2016,
        name: "Windows Server 2016 RDS CAL",
        number: (10, 0),
        wmi_ids: &[5],
        certainty: Certainty::Inferred,
        sources: &[sources::CHECKMK],
    },
    CalVersionRow {
        version: CalVersion::Rds2019,
        name: "Windows Server 2019 RDS CAL",
        number: (10, 1),
        wmi_ids: &[6],
        certainty: Certainty::Code,
        sources: &[sources::CHECKMK],
    },
    CalVersionRow {
        version: CalVersion::Rds2022,
        name: "Windows Server 2022 RDS CAL",
        number: (10, 2),
        wmi_ids: &[7],
        certainty: Certainty::Inferred,
        sources: &[sources::CHECKMK],
    },
    CalVersionRow {
        version: CalVersion::Rds2025,
        name: "Windows Server 2025 RDS CAL",
        number: (10, 3),
        wmi_ids: &[8],
        certainty: Certainty::Inferred,
        sources: &[sources::CHECKMK],
    },
];

impl CalVersion {
    /// From the major and minor of a license or a product id.
    pub fn from_number(major: u16, minor: u16) -> Self {
        CAL_VERSIONS
            .iter()
            .find(|row| row.number == (major, minor))
            .map_or(Self::Unknown(major, minor), |row| row.version)
    }

    /// From `ProductVersionID` of `Win32_TSLicenseKeyPack`.
    pub fn from_wmi(id: u32) -> Option<Self> {
        CAL_VERSIONS.iter().find(|row| row.wmi_ids.contains(&id)).map(|row| row.version)
    }

    /// The row of a known version.
    pub fn row(self) -> Option<&'static CalVersionRow> {
        CAL_VERSIONS.iter().find(|row| row.version == self)
    }

    /// For people.
    pub fn name(self) -> String {
        match (self.row(), self) {
            (Some(row), _) => row.name.to_owned(),
            (None, Self::Unknown(major, minor)) => format!("CAL of unknown version {major}.{minor:02}"),
            (None, _) => "CAL of unknown version".to_owned(),
        }
    }
}

/// The suffix of the version in a product id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Suffix {
    /// `S`: sold.
    Sold,
    /// `EX`: built in, for clients that run the same Windows (2000 only).
    BuiltIn,
    /// `VDIS`: VDI suite.
    VdiSuite,
    /// Something else, as found.
    Other(String),
}

/// A product id taken apart: `A02-6.00-S`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductId {
    /// Per device or per user.
    pub kind: CalKind,
    /// Version, if the id has one.
    pub version: Option<CalVersion>,
    /// Suffix, if the id has one.
    pub suffix: Option<Suffix>,
}

/// The two families of product ids.
pub const CAL_IDS: &[(&str, CalKind)] = &[("A02", CalKind::PerDevice), ("C50", CalKind::PerUser)];

/// Takes a product id apart. Accepts any case and spaces around it; `None` when the family is neither `A02`
/// nor `C50`.
pub fn parse_product_id(text: &str) -> Option<ProductId> {
    let mut parts = text.trim().splitn(3, '-');
    let family = parts.next()?.trim();
    let kind = CAL_IDS.iter().find(|(id, _)| id.eq_ignore_ascii_case(family))?.1;
    let version = match parts.next() {
        None => None,
        Some(number) => {
            let (major, minor) = number.trim().split_once('.')?;
            let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if !all_digits(major) || !all_digits(minor) {
                return None;
            }
            Some(CalVersion::from_number(major.parse().ok()?, minor.parse().ok()?))
        }
    };
    let suffix = parts.next().map(|suffix| {
        let suffix = suffix.trim();
        match suffix.to_ascii_uppercase().as_str() {
            "S" => Suffix::Sold,
            "EX" => Suffix::BuiltIn,
            "VDIS" | "VDI" => Suffix::VdiSuite,
            _ => Suffix::Other(suffix.to_owned()),
        }
    });
    Some(ProductId { kind, version, suffix })
}
