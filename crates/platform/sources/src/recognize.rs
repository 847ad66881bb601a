//! Recognizing file formats by the first bytes.

/// The number of bytes examined.
pub(super) const HEAD: usize = 4096;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Hive,
    HiveLog,
    Export,
    /// `Registry.pol` or LGPO text.
    Policy,
    /// A snapshot of this program.
    Snapshot,
    Archive,
    /// An event log (`.evtx`).
    EventLog,
    Other,
}

/// File types in a base block that denote transaction logs.
const LOG_TYPES: [u32; 3] = [1, 2, 6];

pub(super) fn recognize(head: &[u8]) -> Format {
    if head.starts_with(b"regf") {
        let kind = head.get(28..32).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
        return if LOG_TYPES.contains(&kind) { Format::HiveLog } else { Format::Hive };
    }
    if head.starts_with(b"PReg") {
        return Format::Policy;
    }
    if head.starts_with(b"ElfFile\0") {
        return Format::EventLog;
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Format::Archive;
    }
    if regtext::looks_like_reg(head).is_some() {
        return Format::Export;
    }
    if regtext::looks_like_lgpo(head) {
        return Format::Policy;
    }
    if is_snapshot(head) {
        return Format::Snapshot;
    }
    Format::Other
}

fn is_snapshot(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    text.starts_with(b"{") && head.windows(16).any(|window| window == b"rdscal.snapshot/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let mut hive = b"regf".to_vec();
        hive.resize(512, 0);
        assert_eq!(recognize(&hive), Format::Hive);
        hive[28] = 6;
        assert_eq!(recognize(&hive), Format::HiveLog);
        assert_eq!(recognize(b"PReg\x01\0\0\0"), Format::Policy);
        assert_eq!(recognize(b"{\n \"schema\": \"rdscal.snapshot/1\","), Format::Snapshot);
        assert_eq!(recognize(b"ElfFile\0\0\0"), Format::EventLog);
        assert_eq!(recognize(b"REGEDIT4\r\n"), Format::Export);
        assert_eq!(recognize(b"; x\r\nComputer\r\nSoftware\\A\r\nB\r\nDWORD:1\r\n"), Format::Policy);
        assert_eq!(recognize(b"Computer\r\nscience\r\nis\r\nDELETE\r\n"), Format::Other);
        assert_eq!(recognize(b"{\"a\": 1}"), Format::Other);
        assert_eq!(recognize(b""), Format::Other);
    }
}
