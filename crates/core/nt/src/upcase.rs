//! The registry's upper-casing: one UTF-16 unit to one UTF-16 unit, the same on every machine.
//!
//! Order and hashes of subkey lists depend on it, so it must equal that of Windows and be independent of the
//! locale. The mappings below are the simple upper-case mappings of Unicode 5.1 that map back to the same
//! character when lower-cased again (so `ı`, `ſ` and `µ` do not change), restricted to the basic multilingual
//! plane; surrogates do not change. Source: Unicode Character Database. Two checks were made: the up-case
//! table in Microsoft's exFAT specification (section 7.2.5.1) equals that for Unicode 5.0 except for five
//! letters, and results measured by others on Windows 10 are equal for all 65,536 units.

/// Runs of mappings: first unit, last unit, step, and the difference that is added to a unit.
#[rustfmt::skip]
const RUNS: &[(u16, u16, u16, i16)] = &[
    (0x0061, 0x007A, 1, -32),
    (0x00E0, 0x00F6, 1, -32),
    (0x00F8, 0x00FE, 1, -32),
    (0x00FF, 0x00FF, 1, 121),
    (0x0101, 0x012F, 2, -1),
    (0x0133, 0x0137, 2, -1),
    (0x013A, 0x0148, 2, -1),
    (0x014B, 0x0177, 2, -1),
    (0x017A, 0x017E, 2, -1),
    (0x0180, 0x0180, 1, 195),
    (0x0183, 0x0185, 2, -1),
    (0x0188, 0x0188, 1, -1),
    (0x018C, 0x018C, 1, -1),
    (0x0192, 0x0192, 1, -1),
    (0x0195, 0x0195, 1, 97),
    (0x0199, 0x0199, 1, -1),
    (0x019A, 0x019A, 1, 163),
    (0x019E, 0x019E, 1, 130),
    (0x01A1, 0x01A5, 2, -1),
    (0x01A8, 0x01A8, 1, -1),
    (0x01AD, 0x01AD, 1, -1),
    (0x01B0, 0x01B0, 1, -1),
    (0x01B4, 0x01B6, 2, -1),
    (0x01B9, 0x01B9, 1, -1),
    (0x01BD, 0x01BD, 1, -1),
    (0x01BF, 0x01BF, 1, 56),
    (0x01C6, 0x01C6, 1, -2),
    (0x01C9, 0x01C9, 1, -2),
    (0x01CC, 0x01CC, 1, -2),
    (0x01CE, 0x01DC, 2, -1),
    (0x01DD, 0x01DD, 1, -79),
    (0x01DF, 0x01EF, 2, -1),
    (0x01F3, 0x01F3, 1, -2),
    (0x01F5, 0x01F5, 1, -1),
    (0x01F9, 0x021F, 2, -1),
    (0x0223, 0x0233, 2, -1),
    (0x023C, 0x023C, 1, -1),
    (0x0242, 0x0242, 1, -1),
    (0x0247, 0x024F, 2, -1),
    (0x0250, 0x0250, 1, 10783),
    (0x0251, 0x0251, 1, 10780),
    (0x0253, 0x0253, 1, -210),
    (0x0254, 0x0254, 1, -206),
    (0x0256, 0x0257, 1, -205),
    (0x0259, 0x0259, 1, -202),
    (0x025B, 0x025B, 1, -203),
    (0x0260, 0x0260, 1, -205),
    (0x0263, 0x0263, 1, -207),
    (0x0268, 0x0268, 1, -209),
    (0x0269, 0x0269, 1, -211),
    (0x026B, 0x026B, 1, 10743),
    (0x026F, 0x026F, 1, -211),
    (0x0271, 0x0271, 1, 10749),
    (0x0272, 0x0272, 1, -213),
    (0x0275, 0x0275, 1, -214),
    (0x027D, 0x027D, 1, 10727),
    (0x0280, 0x0280, 1, -218),
    (0x0283, 0x0283, 1, -218),
    (0x0288, 0x0288, 1, -218),
    (0x0289, 0x0289, 1, -69),
    (0x028A, 0x028B, 1, -217),
    (0x028C, 0x028C, 1, -71),
    (0x0292, 0x0292, 1, -219),
    (0x0371, 0x0373, 2, -1),
    (0x0377, 0x0377, 1, -1),
    (0x037B, 0x037D, 1, 130),
    (0x03AC, 0x03AC, 1, -38),
    (0x03AD, 0x03AF, 1, -37),
    (0x03B1, 0x03C1, 1, -32),
    (0x03C3, 0x03CB, 1, -32),
    (0x03CC, 0x03CC, 1, -64),
    (0x03CD, 0x03CE, 1, -63),
    (0x03D7, 0x03D7, 1, -8),
    (0x03D9, 0x03EF, 2, -1),
    (0x03F2, 0x03F2, 1, 7),
    (0x03F8, 0x03F8, 1, -1),
    (0x03FB, 0x03FB, 1, -1),
    (0x0430, 0x044F, 1, -32),
    (0x0450, 0x045F, 1, -80),
    (0x0461, 0x0481, 2, -1),
    (0x048B, 0x04BF, 2, -1),
    (0x04C2, 0x04CE, 2, -1),
    (0x04CF, 0x04CF, 1, -15),
    (0x04D1, 0x0523, 2, -1),
    (0x0561, 0x0586, 1, -48),
    (0x1D79, 0x1D79, 1, -30204),
    (0x1D7D, 0x1D7D, 1, 3814),
    (0x1E01, 0x1E95, 2, -1),
    (0x1EA1, 0x1EFF, 2, -1),
    (0x1F00, 0x1F07, 1, 8),
    (0x1F10, 0x1F15, 1, 8),
    (0x1F20, 0x1F27, 1, 8),
    (0x1F30, 0x1F37, 1, 8),
    (0x1F40, 0x1F45, 1, 8),
    (0x1F51, 0x1F57, 2, 8),
    (0x1F60, 0x1F67, 1, 8),
    (0x1F70, 0x1F71, 1, 74),
    (0x1F72, 0x1F75, 1, 86),
    (0x1F76, 0x1F77, 1, 100),
    (0x1F78, 0x1F79, 1, 128),
    (0x1F7A, 0x1F7B, 1, 112),
    (0x1F7C, 0x1F7D, 1, 126),
    (0x1F80, 0x1F87, 1, 8),
    (0x1F90, 0x1F97, 1, 8),
    (0x1FA0, 0x1FA7, 1, 8),
    (0x1FB0, 0x1FB1, 1, 8),
    (0x1FB3, 0x1FB3, 1, 9),
    (0x1FC3, 0x1FC3, 1, 9),
    (0x1FD0, 0x1FD1, 1, 8),
    (0x1FE0, 0x1FE1, 1, 8),
    (0x1FE5, 0x1FE5, 1, 7),
    (0x1FF3, 0x1FF3, 1, 9),
    (0x214E, 0x214E, 1, -28),
    (0x2170, 0x217F, 1, -16),
    (0x2184, 0x2184, 1, -1),
    (0x24D0, 0x24E9, 1, -26),
    (0x2C30, 0x2C5E, 1, -48),
    (0x2C61, 0x2C61, 1, -1),
    (0x2C65, 0x2C65, 1, -10795),
    (0x2C66, 0x2C66, 1, -10792),
    (0x2C68, 0x2C6C, 2, -1),
    (0x2C73, 0x2C73, 1, -1),
    (0x2C76, 0x2C76, 1, -1),
    (0x2C81, 0x2CE3, 2, -1),
    (0x2D00, 0x2D25, 1, -7264),
    (0xA641, 0xA65F, 2, -1),
    (0xA663, 0xA66D, 2, -1),
    (0xA681, 0xA697, 2, -1),
    (0xA723, 0xA72F, 2, -1),
    (0xA733, 0xA76F, 2, -1),
    (0xA77A, 0xA77C, 2, -1),
    (0xA77F, 0xA787, 2, -1),
    (0xA78C, 0xA78C, 1, -1),
    (0xFF41, 0xFF5A, 1, -32),
];

/// Blocks of 256 units in which at least one has a mapping, plus the first for all others.
const BLOCKS: usize = 17;

#[allow(clippy::cast_possible_truncation)] // 17 blocks of 256 units: block numbers fit a u8, places a u16.
const fn blocks() -> ([u8; 256], [[u16; 256]; BLOCKS]) {
    let mut index = [0u8; 256];
    // Block 0 is never read as a table: block number zero means "unchanged".
    let mut table = [[0u16; 256]; BLOCKS];
    let mut used = 1;
    let mut run = 0;
    while run < RUNS.len() {
        let (first, last, step, delta) = RUNS[run];
        let mut unit = first;
        loop {
            let (high, low) = ((unit >> 8) as usize, (unit & 0xFF) as usize);
            if index[high] == 0 {
                index[high] = used as u8;
                let mut i = 0;
                while i < 256 {
                    table[used][i] = ((high as u16) << 8) | i as u16;
                    i += 1;
                }
                used += 1;
            }
            table[index[high] as usize][low] = unit.wrapping_add_signed(delta);
            if unit >= last {
                break;
            }
            unit += step;
        }
        run += 1;
    }
    (index, table)
}

static TABLES: ([u8; 256], [[u16; 256]; BLOCKS]) = blocks();

/// The upper-case form of a UTF-16 unit; the unit itself if it has none.
#[inline]
#[must_use]
pub fn upcase(unit: u16) -> u16 {
    let block = TABLES.0[usize::from(unit >> 8)];
    if block == 0 { unit } else { TABLES.1[usize::from(block)][usize::from(unit & 0xFF)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(c: char) -> char {
        char::from_u32(u32::from(upcase(u16::try_from(u32::from(c)).unwrap()))).unwrap()
    }

    #[test]
    fn letters_that_have_one_upper_case_form_get_it() {
        for (lower, upper) in
            [('a', 'A'), ('z', 'Z'), ('é', 'É'), ('ÿ', 'Ÿ'), ('ж', 'Ж'), ('ё', 'Ё'), ('σ', 'Σ'), ('ᾀ', 'ᾈ')]
        {
            assert_eq!(of(lower), upper);
            assert_eq!(of(upper), upper);
        }
    }

    #[test]
    fn letters_without_a_way_back_and_later_additions_stay() {
        for c in ['ß', 'µ', 'ı', 'ſ', 'ς', 'ŉ', 'ﬁ', 'ა', 'Ა', '中', '{', '×', '÷'] {
            assert_eq!(of(c), c, "{c}");
        }
        assert_eq!(upcase(0xD83D), 0xD83D);
        assert_eq!(upcase(0xDC28), 0xDC28);
    }

    /// The standard library follows the newest Unicode. For each of its single-unit mappings that map back,
    /// this table has the same mapping or, for later additions, none.
    #[test]
    fn agrees_with_the_standard_library_where_both_map() {
        let mut mapped = 0;
        for unit in 0..=u16::MAX {
            let up = upcase(unit);
            if up == unit {
                continue;
            }
            mapped += 1;
            let c = char::from_u32(u32::from(unit)).unwrap();
            let mut theirs = c.to_uppercase();
            if theirs.len() == 1 {
                assert_eq!(theirs.next().map(u32::from), Some(u32::from(up)), "{c}");
            }
            assert_eq!(upcase(up), up, "upper-casing twice changes {c}");
        }
        assert_eq!(mapped, 973);
    }
}
