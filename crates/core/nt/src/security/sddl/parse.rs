//! Parsing of SDDL.

use std::str::FromStr;

use super::tokens::{
    ACE_FLAGS, COMBINED_RIGHTS, DOMAIN_ALIASES, KINDS, KINDS_NOT_IN_TEXT, LABEL_RIGHTS, LIST_FLAGS, NULL_ACL,
    RIGHTS,
};
use super::{SddlError, SddlProblem};
use crate::guid::Guid;
use crate::security::{
    AccessMask, Ace, AceBody, AceFlags, AceKind, Acl, Control, SecurityDescriptor, Sid, WELL_KNOWN,
};

impl FromStr for SecurityDescriptor {
    type Err = SddlError;

    /// Parses SDDL. The parts may be in any order; white space between parts and ACEs is skipped; letters are
    /// case-insensitive.
    fn from_str(text: &str) -> Result<Self, SddlError> {
        let mut descriptor = Self::default();
        let mut cursor = Cursor { text, at: 0 };
        let mut seen = String::new();
        loop {
            cursor.skip_white_space();
            let start = cursor.at;
            let Some(part) = cursor.part() else {
                return if cursor.rest().is_empty() {
                    Ok(descriptor)
                } else {
                    Err(SddlProblem::Part.at(start))
                };
            };
            if seen.contains(part) {
                return Err(SddlProblem::PartTwice(part).at(start));
            }
            seen.push(part);
            match part {
                'O' => descriptor.set_owner(Some(cursor.sid()?)),
                'G' => descriptor.set_group(Some(cursor.sid()?)),
                'D' => {
                    let (flags, acl) = cursor.list(|(letters, dacl, _)| (letters, dacl))?;
                    descriptor.set_dacl(acl);
                    descriptor.set_control(flags | Control::DACL_PRESENT, true);
                }
                _ => {
                    let (flags, acl) = cursor.list(|(letters, _, sacl)| (letters, sacl))?;
                    descriptor.set_sacl(acl);
                    descriptor.set_control(flags | Control::SACL_PRESENT, true);
                }
            }
        }
    }
}

/// A SID as an alias or in full, and nothing else.
pub(super) fn sid(text: &str) -> Result<Sid, SddlProblem> {
    if text.len() != 2 {
        return Ok(text.parse()?);
    }
    if let Some(row) =
        WELL_KNOWN.iter().find(|row| row.alias().is_some_and(|it| it.eq_ignore_ascii_case(text)))
    {
        return Ok(row.sid());
    }
    Err(if DOMAIN_ALIASES.iter().any(|alias| alias.eq_ignore_ascii_case(text)) {
        SddlProblem::DomainAlias(text.to_owned())
    } else {
        SddlProblem::Alias(text.to_owned())
    })
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_white_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(|it: char| it.is_ascii_whitespace()).len();
    }

    fn take(&mut self, letters: &str) -> bool {
        let found = self.rest().get(..letters.len()).is_some_and(|found| found.eq_ignore_ascii_case(letters));
        if found {
            self.at += letters.len();
        }
        found
    }

    fn part(&mut self) -> Option<char> {
        ["O:", "G:", "D:", "S:"].into_iter().find(|part| self.take(part)).and_then(|part| part.chars().next())
    }

    /// A SID before another part, or at the end.
    fn sid(&mut self) -> Result<Sid, SddlError> {
        let rest = self.rest();
        // A SID in full ends at the letter of the next part; the only other letters are those of 0x….
        let len = if rest.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("S-")) {
            let hexadecimal =
                if rest.get(4..6).is_some_and(|it| it.eq_ignore_ascii_case("0x")) { 18 } else { 1 };
            rest.bytes()
                .enumerate()
                .find(|&(at, byte)| at >= hexadecimal && !(byte == b'-' || byte.is_ascii_digit()))
                .map_or(rest.len(), |(at, _)| at)
        } else {
            2
        };
        let start = self.at;
        // A cut inside a character is not a SID either.
        let found = rest.get(..len).unwrap_or(rest);
        let sid = sid(found).map_err(|problem| problem.at(start))?;
        self.at += found.len();
        Ok(sid)
    }

    fn list(
        &mut self,
        pick: impl Fn((&'static str, Control, Control)) -> (&'static str, Control),
    ) -> Result<(Control, Option<Acl>), SddlError> {
        let start = self.at;
        let mut flags = Control::default();
        // `P` is not a prefix of any other flag, so the order does not matter.
        while let Some((_, flag)) = LIST_FLAGS.into_iter().map(&pick).find(|(letters, _)| self.take(letters))
        {
            flags = flags | flag;
        }
        let null = self.take(NULL_ACL);
        let mut aces = Vec::new();
        loop {
            let before = self.at;
            self.skip_white_space();
            if !self.rest().starts_with('(') {
                self.at = before;
                break;
            }
            if null {
                return Err(SddlProblem::NullWithEntries.at(self.at));
            }
            aces.push(self.entry()?);
        }
        if null {
            return Ok((flags, None));
        }
        let acl = Acl::new(aces).map_err(|_| SddlProblem::TooLarge.at(start))?;
        Ok((flags, Some(acl)))
    }

    /// An ACE, from its opening parenthesis.
    fn entry(&mut self) -> Result<Ace, SddlError> {
        let open = self.at;
        let rest = self.rest();
        let inner = rest.find(')').and_then(|end| rest.get(1..end)).ok_or(SddlProblem::Unclosed.at(open))?;
        let mut at = open + 1;
        let mut fields = Vec::with_capacity(6);
        for field in inner.split(';') {
            fields.push((at, field));
            at += field.len() + 1;
        }
        // Conditions contain parentheses and semicolons, so the type is checked before the count.
        let (kind_at, kind_text) = fields.first().copied().unwrap_or((open, ""));
        let kind = kind(kind_text).map_err(|problem| problem.at(kind_at))?;
        let &[_, (flags_at, flags), (rights_at, rights), object, inherited, (sid_at, account)] =
            fields.as_slice()
        else {
            return Err(SddlProblem::Fields(fields.len()).at(open));
        };
        let flags = ace_flags(flags).map_err(|(offset, problem)| problem.at(flags_at + offset))?;
        let mask = access_mask(rights, kind).map_err(|(offset, problem)| problem.at(rights_at + offset))?;
        let object_type = guid(object)?;
        let inherited_object_type = guid(inherited)?;
        let sid = sid(account).map_err(|problem| problem.at(sid_at))?;
        self.at = at;
        let object_kind = matches!(
            kind,
            AceKind::ALLOWED_OBJECT | AceKind::DENIED_OBJECT | AceKind::AUDIT_OBJECT | AceKind::ALARM_OBJECT
        );
        let has_guid = object_type.is_some() || inherited_object_type.is_some();
        if has_guid && !object_kind {
            return Err(SddlProblem::ObjectType(kind_text.to_owned()).at(object.0));
        }
        // Microsoft, "ACE Strings": without object types OA becomes A.
        if kind == AceKind::ALLOWED_OBJECT && !has_guid {
            return Ok(Ace::new(AceKind::ALLOWED, flags, mask, sid));
        }
        if !object_kind {
            return Ok(Ace::new(kind, flags, mask, sid));
        }
        let data = Vec::new();
        let body = AceBody::Object { mask, other_flags: 0, object_type, inherited_object_type, sid, data };
        Ok(Ace { kind, flags, body })
    }
}

fn kind(text: &str) -> Result<AceKind, SddlProblem> {
    if let Some((_, kind)) = KINDS.into_iter().find(|(letters, _)| letters.eq_ignore_ascii_case(text)) {
        return Ok(kind);
    }
    Err(if KINDS_NOT_IN_TEXT.iter().any(|letters| letters.eq_ignore_ascii_case(text)) {
        SddlProblem::KindNotInText(text.to_owned())
    } else {
        SddlProblem::Kind(text.to_owned())
    })
}

fn guid((at, text): (usize, &str)) -> Result<Option<Guid>, SddlError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|problem| SddlProblem::Guid(problem).at(at))
}

/// Two-letter tokens, each with its offset; a remainder that is not two characters long is returned as it is.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let token = rest.get(..2).unwrap_or(rest);
        let start = at;
        at += token.len();
        Some((start, token))
    })
}

fn ace_flags(text: &str) -> Result<AceFlags, (usize, SddlProblem)> {
    let mut flags = AceFlags::default();
    for (at, token) in tokens(text) {
        let (_, flag) = ACE_FLAGS
            .into_iter()
            .find(|(letters, _)| letters.eq_ignore_ascii_case(token))
            .ok_or_else(|| (at, SddlProblem::Flag(token.to_owned())))?;
        flags = flags | flag;
    }
    Ok(flags)
}

fn access_mask(text: &str, kind: AceKind) -> Result<AccessMask, (usize, SddlProblem)> {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return number(text).map(AccessMask).ok_or_else(|| (0, SddlProblem::Right(text.to_owned())));
    }
    let label: &[_] = if kind == AceKind::MANDATORY_LABEL { &LABEL_RIGHTS } else { &[] };
    let mut mask = AccessMask::default();
    for (at, token) in tokens(text) {
        let (_, right) = label
            .iter()
            .chain(&COMBINED_RIGHTS)
            .chain(&RIGHTS)
            .find(|(letters, _)| letters.eq_ignore_ascii_case(token))
            .ok_or_else(|| (at, SddlProblem::Right(token.to_owned())))?;
        mask |= AccessMask(*right);
    }
    Ok(mask)
}

/// Hexadecimal with `0x`, octal with `0`, otherwise decimal.
fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    if digits.starts_with('+') { None } else { u32::from_str_radix(digits, radix).ok() }
}
