//! A client's hardware identification: CLIENT_HARDWARE_ID, the value `HardwareID\ClientHWID`.
//!
//! Layout: [MS-RDPELE] 2.2.2.3.1, five 32-bit little-endian numbers. The platform id: notes 9 to 11 of the
//! same.

use serde::Serialize;

use super::bytes::HexBytes;
use super::error::DecodeError;
use super::reader::Reader;
use crate::Certainty;

/// Size of the structure in bytes.
pub const SIZE: usize = 20;

/// The data that FreeRDP sends with `OldLicenseBehaviour`: the MD5 of six zero bytes, the same on every
/// machine.
const MD5_OF_SIX_ZEROS: [u8; 16] =
    [0x73, 0x19, 0x46, 0x88, 0x47, 0xd7, 0xb1, 0xae, 0xe4, 0x0d, 0xbf, 0x5d, 0xd9, 0x63, 0xc9, 0x99];

/// A client's hardware identification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HardwareId {
    /// Which system made it.
    pub platform: PlatformId,
    /// `Data1` to `Data4`, the part that distinguishes clients.
    pub data: HexBytes,
    /// All 20 bytes.
    pub bytes: HexBytes,
    /// Who probably made it.
    pub origin: Origin,
    /// How sure the origin is.
    pub origin_certainty: Certainty,
    /// Why it cannot distinguish clients.
    pub flaw: Option<Flaw>,
}

/// The platform id: operating system, vendor of the client, minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlatformId {
    /// The number as a whole.
    pub raw: u32,
    /// The most significant byte.
    pub system: ClientSystem,
    /// The second most significant byte.
    pub vendor: ClientVendor,
    /// The low 16 bits. Note 11 calls the least significant byte the minor version of the system.
    pub low: u16,
}

/// Operating system of a client ([MS-RDPELE] note 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientSystem {
    /// 0: none stated, as in the values that Windows keeps in the registry.
    None,
    /// 1: Windows NT 3.51.
    Nt351,
    /// 2: Windows NT 4.0.
    Nt40,
    /// 3: Windows 2000 (5.0).
    Nt50,
    /// 4: Windows NT 5.2 to 6.3.
    Nt52To63,
    /// 8: Windows 10 and later.
    Nt100,
    /// A number without a documented meaning.
    Other(u8),
}

/// Vendor of a client program ([MS-RDPELE] note 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientVendor {
    /// 0: none stated.
    None,
    /// 1: Microsoft.
    Microsoft,
    /// 2: Citrix.
    Citrix,
    /// A number without a documented meaning.
    Other(u8),
}

/// Who made a hardware identification, judged by its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Platform 2 and 16 bytes that Windows generated once and keeps in the registry.
    WindowsRegistry,
    /// Platform 0x00020001: Windows CE; the data is the device's UUID.
    WindowsCe,
    /// Platform 0x04010000: FreeRDP or IronRDP; the data follows from the host name. A Windows client of 5.2
    /// to 6.3 sends the same platform id over the wire, but does not store it.
    FreeRdp,
    /// [`Origin::FreeRdp`] with `OldLicenseBehaviour`, where every machine sends the same data.
    FreeRdpOldBehaviour,
    /// Platform 2 and a host name in place of the data: rdesktop.
    HostName(String),
    /// A platform id as the protocol defines it, with system and vendor.
    Protocol,
    /// No platform id that was seen anywhere.
    Unknown,
}

/// Why a hardware identification cannot distinguish clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// All 20 bytes are zero.
    AllZero,
    /// All 20 bytes are 0xFF.
    AllOnes,
    /// The 16 bytes after the platform id are zero.
    DataZero,
    /// The 16 bytes after the platform id are 0xFF.
    DataOnes,
    /// The 16 bytes repeat a pattern of at most eight bytes, or rise or fall by equal steps: by chance one in
    /// 2^64 would.
    Pattern,
    /// Every client of this kind sends the same.
    Shared,
}

impl PlatformId {
    /// Takes the number apart.
    #[must_use]
    pub fn new(raw: u32) -> Self {
        let [low0, low1, vendor, system] = raw.to_le_bytes();
        Self {
            raw,
            system: match system {
                0 => ClientSystem::None,
                1 => ClientSystem::Nt351,
                2 => ClientSystem::Nt40,
                3 => ClientSystem::Nt50,
                4 => ClientSystem::Nt52To63,
                8 => ClientSystem::Nt100,
                other => ClientSystem::Other(other),
            },
            vendor: match vendor {
                0 => ClientVendor::None,
                1 => ClientVendor::Microsoft,
                2 => ClientVendor::Citrix,
                other => ClientVendor::Other(other),
            },
            low: u16::from_le_bytes([low0, low1]),
        }
    }
}

/// Decodes the 20 bytes.
///
/// # Errors
///
/// Too few or too many bytes; every 20 bytes are a hardware identification, if not always a sensible one (see
/// [`HardwareId::flaw`] and [`Origin::Unknown`]).
pub fn decode(bytes: &[u8]) -> Result<HardwareId, DecodeError> {
    let mut reader = Reader::new(bytes);
    let platform = PlatformId::new(reader.u32("PlatformId")?);
    let data: [u8; 16] = reader.array("Data1 to Data4")?;
    reader.finish("end of CLIENT_HARDWARE_ID")?;
    let data_hex = HexBytes::from(&data[..]);
    let whole = HexBytes::from(bytes);
    let (origin, origin_certainty) = origin(platform, &data);
    let flaw = if whole.is_all(0) {
        Some(Flaw::AllZero)
    } else if whole.is_all(0xff) {
        Some(Flaw::AllOnes)
    } else if data_hex.is_all(0) {
        Some(Flaw::DataZero)
    } else if data_hex.is_all(0xff) {
        Some(Flaw::DataOnes)
    } else if is_pattern(&data) {
        Some(Flaw::Pattern)
    } else if origin == Origin::FreeRdpOldBehaviour {
        Some(Flaw::Shared)
    } else {
        None
    };
    Ok(HardwareId { platform, data: data_hex, bytes: whole, origin, origin_certainty, flaw })
}

fn is_pattern(data: &[u8; 16]) -> bool {
    let repeats = |length: usize| data.iter().zip(data.iter().skip(length)).all(|(one, next)| one == next);
    let step = data[1].wrapping_sub(data[0]);
    (1..=8).any(repeats) || data.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step)
}

fn origin(platform: PlatformId, data: &[u8; 16]) -> (Origin, Certainty) {
    match platform.raw {
        0x0000_0002 => match host_name(data) {
            Some(name) => (Origin::HostName(name), Certainty::Inferred),
            None => (Origin::WindowsRegistry, Certainty::Measured),
        },
        0x0002_0001 => (Origin::WindowsCe, Certainty::Code),
        0x0401_0000 if *data == MD5_OF_SIX_ZEROS => (Origin::FreeRdpOldBehaviour, Certainty::Code),
        0x0401_0000 => (Origin::FreeRdp, Certainty::Code),
        _ => match (platform.system, platform.vendor) {
            (ClientSystem::None | ClientSystem::Other(_), _)
            | (_, ClientVendor::None | ClientVendor::Other(_)) => (Origin::Unknown, Certainty::Inferred),
            _ => (Origin::Protocol, Certainty::Documented),
        },
    }
}

/// Letters of a host name, then zeros to the end: sixteen random bytes never look like that.
fn host_name(data: &[u8; 16]) -> Option<String> {
    let length = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    let (name, zeros) = data.split_at_checked(length)?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    (!name.is_empty() && name.iter().all(plain) && zeros.iter().all(|&byte| byte == 0))
        .then(|| name.iter().copied().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use md5::{Digest, Md5};

    use super::*;

    fn id(platform: u32, data: [u8; 16]) -> HardwareId {
        decode(&[&platform.to_le_bytes()[..], &data].concat()).unwrap()
    }

    #[test]
    fn the_shared_data_is_the_md5_of_six_zeros() {
        assert_eq!(Md5::digest([0; 6])[..], MD5_OF_SIX_ZEROS);
    }

    #[test]
    fn origins() {
        let random = *b"\xf1\x59\x87\x3e\xc9\xd8\x98\xaf\x24\x02\xf8\xf3\x29\x3a\xf0\x26";
        let named = *b"ws-0042\0\0\0\0\0\0\0\0\0";
        for (platform, data, expected) in [
            (2, random, Origin::WindowsRegistry),
            (2, named, Origin::HostName("ws-0042".to_owned())),
            (2, *b"sixteen-letters-", Origin::HostName("sixteen-letters-".to_owned())),
            (2, *b"ws\0\0\0\0\0\0\0\0\0\0\0\0\0x", Origin::WindowsRegistry),
            (0x0002_0001, random, Origin::WindowsCe),
            (0x0401_0000, random, Origin::FreeRdp),
            (0x0401_0000, MD5_OF_SIX_ZEROS, Origin::FreeRdpOldBehaviour),
            (0x0801_0000, random, Origin::Protocol),
            (0x0302_0001, random, Origin::Protocol),
            (0x0501_0000, random, Origin::Unknown),
            (0x0403_0000, random, Origin::Unknown),
            (0x1234_5678, random, Origin::Unknown),
        ] {
            assert_eq!(id(platform, data).origin, expected, "{platform:#x}");
        }
    }

    #[test]
    fn platform_fields() {
        let platform = PlatformId::new(0x0802_2a0b);
        assert_eq!(platform.system, ClientSystem::Nt100);
        assert_eq!(platform.vendor, ClientVendor::Citrix);
        assert_eq!(platform.low, 0x2a0b);
        for (byte, system) in [
            (0, ClientSystem::None),
            (1, ClientSystem::Nt351),
            (2, ClientSystem::Nt40),
            (3, ClientSystem::Nt50),
            (4, ClientSystem::Nt52To63),
            (8, ClientSystem::Nt100),
            (9, ClientSystem::Other(9)),
        ] {
            assert_eq!(PlatformId::new(byte << 24).system, system);
        }
    }

    #[test]
    fn flaws() {
        assert_eq!(decode(&[0; 20]).unwrap().flaw, Some(Flaw::AllZero));
        assert_eq!(decode(&[0xff; 20]).unwrap().flaw, Some(Flaw::AllOnes));
        assert_eq!(id(2, [0; 16]).flaw, Some(Flaw::DataZero));
        assert_eq!(id(2, [0xff; 16]).flaw, Some(Flaw::DataOnes));
        assert_eq!(id(0x0401_0000, MD5_OF_SIX_ZEROS).flaw, Some(Flaw::Shared));
        assert_eq!(id(2, MD5_OF_SIX_ZEROS).flaw, None);
        for data in [
            [0x5a; 16],
            *b"abababababababab",
            *b"abcabcabcabcabca",
            *b"\xde\xad\xbe\xef\xde\xad\xbe\xef\xde\xad\xbe\xef\xde\xad\xbe\xef",
            *b"0123456701234567",
            std::array::from_fn(|at| u8::try_from(at).unwrap()),
            std::array::from_fn(|at| 0xf0_u8.wrapping_sub(u8::try_from(at * 0x11).unwrap())),
        ] {
            assert_eq!(id(2, data).flaw, Some(Flaw::Pattern), "{data:02x?}");
        }
        for data in
            [*b"ws-0042\0\0\0\0\0\0\0\0\0", *b"0123456789a01234", *b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"]
        {
            assert_eq!(id(2, data).flaw, None, "{data:02x?}");
        }
    }

    #[test]
    fn only_twenty_bytes() {
        for length in (0..40).filter(|&length| length != SIZE) {
            let error = decode(&vec![7; length]).unwrap_err();
            assert!(error.offset <= length, "{error}");
        }
    }
}
