//! Registry items of Group Policy Preferences: `Registry.xml` ([MS-GPPREF] 2.2.1.17).

use regtext::Text;
use regtext::pol::Record;
use roxmltree::{Document, Node};
use snapshot::policy::{Preference, PreferenceAction};
use snapshot::{MultiString, RootKey, Text as RegText, ValueType};
use sources::{PolicyContent, PolicyEntry};

use crate::xml::{self, child, children, text_of};

/// Limit for nested collections. The schema of [MS-GPPREF] has three levels.
const DEEPEST: usize = 64;

/// The data of instructions that delete, as the policy editor writes it.
const NOTHING: &[u8] = b" \0\0\0";

/// Parses `Registry.xml`; `None` if the text is other XML. Disabled items are left out, and so are items of
/// root keys other than HKEY_LOCAL_MACHINE and HKEY_CURRENT_USER, and items that create an empty key.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<PolicyContent>, roxmltree::Error> {
    xml::parse(bytes, |root| {
        (root.tag_name().name() == "RegistrySettings").then(|| PolicyContent {
            entries: entries(root, bytes),
            size: bytes.len() as u64,
            ..PolicyContent::default()
        })
    })
}

/// Parses the XML that `samba-tool gpo backup` writes beside a copy of `Registry.pol`; `None` if the text is
/// other XML. Binary values are left out.
pub(crate) fn read_samba(bytes: &[u8], is_user: bool) -> Result<Option<PolicyContent>, roxmltree::Error> {
    xml::parse(bytes, |root| {
        let entries = children(root, "Entry").filter_map(|node| {
            let kind = ValueType(node.attribute("type")?.parse().ok()?);
            let texts: Vec<_> =
                children(node, "Value").map(|value| value.text().unwrap_or_default()).collect();
            let number = || texts.first().and_then(|text| text.parse::<u64>().ok());
            let data = match kind {
                ValueType::MULTI_SZ => MultiString::encode(&texts),
                ValueType::SZ | ValueType::EXPAND_SZ => RegText::encode(texts.first()?),
                ValueType::DWORD => u32::try_from(number()?).ok()?.to_le_bytes().to_vec(),
                ValueType::DWORD_BIG_ENDIAN => u32::try_from(number()?).ok()?.to_be_bytes().to_vec(),
                ValueType::QWORD => number()?.to_le_bytes().to_vec(),
                ValueType::NONE => Vec::new(),
                _ => return None,
            };
            let name = text_of(node, "ValueName").unwrap_or_default();
            let record = Record::new(text_of(node, "Key")?.as_str(), name.as_str(), kind.0, &data).ok()?;
            Some(PolicyEntry { record, place: place(node, bytes), is_user, preference: None })
        });
        (root.tag_name().name() == "PolFile").then(|| PolicyContent {
            entries: entries.collect(),
            size: bytes.len() as u64,
            ..PolicyContent::default()
        })
    })
}

fn entries(root: Node<'_, '_>, bytes: &[u8]) -> Vec<PolicyEntry> {
    let mut entries = Vec::new();
    // Collections with their depth, and whether one around them is targeted.
    let mut open = vec![(root, 0, false)];
    while let Some((node, depth, targeted)) = open.pop() {
        if is_set(node, "disabled") {
            continue;
        }
        let targeted = targeted || is_targeted(node);
        match node.tag_name().name() {
            "Registry" => entries.extend(item(node, targeted, bytes)),
            _ if depth < DEEPEST => {
                // In reverse, so that the first child is the next one.
                let inner: Vec<_> = node.children().filter(Node::is_element).collect();
                let items = inner.into_iter().rev();
                open.extend(
                    items
                        .filter(|inner| matches!(inner.tag_name().name(), "Registry" | "Collection"))
                        .map(|inner| (inner, depth + 1, targeted)),
                );
            }
            _ => {}
        }
    }
    entries
}

fn item(node: Node<'_, '_>, targeted: bool, bytes: &[u8]) -> Option<PolicyEntry> {
    let properties = child(node, "Properties").filter(|properties| !is_set(*properties, "disabled"))?;
    let text = |name: &str| properties.attribute(name).unwrap_or_default();
    let is_user = match RootKey::parse(text("hive")) {
        Some(RootKey::LocalMachine) => false,
        Some(RootKey::CurrentUser) => true,
        None if text("hive").is_empty() => false,
        _ => return None,
    };
    let action = match text("action").chars().next().map(|first| first.to_ascii_uppercase()) {
        Some('C') => PreferenceAction::Create,
        Some('R') => PreferenceAction::Replace,
        Some('D') => PreferenceAction::Delete,
        _ => PreferenceAction::Update,
    };
    let key = text("key");
    let name = if is_set(properties, "default") { "" } else { text("name") };
    // Without a name and a type the item is about the key itself.
    let is_key = name.is_empty() && !is_set(properties, "default");
    let record = match (action, is_key) {
        (PreferenceAction::Delete, true) => {
            let (parent, last) = key.rsplit_once('\\').unwrap_or(("", key));
            Record::new(parent, "**deletekeys", 1, &RegText::encode(last))
        }
        (_, true) => return None,
        (PreferenceAction::Delete, false) => {
            Record::new(key, Text::from(format!("**del.{name}").as_str()), 1, NOTHING)
        }
        _ => {
            let (kind, data) = data(properties)?;
            let soft = if action == PreferenceAction::Create { "**soft." } else { "" };
            Record::new(key, Text::from(format!("{soft}{name}").as_str()), kind.0, &data)
        }
    };
    let filters = child(node, "Filters");
    let once = filters.is_some_and(|filters| child(filters, "FilterRunOnce").is_some());
    let preference = Preference { action, targeted, once, removed: is_set(node, "removePolicy") };
    Some(PolicyEntry {
        record: record.ok()?,
        place: place(node, bytes),
        is_user,
        preference: Some(preference),
    })
}

/// The type and the data of a value. Numbers are hexadecimal digits, with any `displayDecimal`.
fn data(properties: Node<'_, '_>) -> Option<(ValueType, Vec<u8>)> {
    let value = properties.attribute("value").unwrap_or_default();
    let digits = value.trim().trim_start_matches("0x");
    let kinds = [
        ("REG_SZ", ValueType::SZ),
        ("REG_EXPAND_SZ", ValueType::EXPAND_SZ),
        ("REG_MULTI_SZ", ValueType::MULTI_SZ),
        ("REG_DWORD", ValueType::DWORD),
        ("REG_QWORD", ValueType::QWORD),
        ("REG_BINARY", ValueType::BINARY),
    ];
    let name = properties.attribute("type").unwrap_or_default();
    let kind = kinds.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?.1;
    let data = match kind {
        ValueType::DWORD => u32::from_str_radix(digits, 16).map(|number| number.to_le_bytes().to_vec()),
        ValueType::QWORD => u64::from_str_radix(digits, 16).map(|number| number.to_le_bytes().to_vec()),
        // No licensing setting is binary: the data is not decoded.
        ValueType::BINARY => Ok(Vec::new()),
        ValueType::MULTI_SZ => {
            let listed = child(properties, "Values").map(|values| {
                let texts = children(values, "Value").map(|value| value.text().unwrap_or_default());
                texts.collect::<Vec<_>>()
            });
            Ok(MultiString::encode(&listed.unwrap_or_else(|| vec![value])))
        }
        _ => Ok(RegText::encode(value)),
    };
    Some((kind, data.unwrap_or_default()))
}

fn is_set(node: Node<'_, '_>, name: &str) -> bool {
    node.attribute(name).is_some_and(|text| matches!(text, "1" | "true"))
}

/// True if an item or a collection has a condition other than "apply once".
fn is_targeted(node: Node<'_, '_>) -> bool {
    child(node, "Filters").is_some_and(|filters| {
        filters.children().any(|filter| filter.is_element() && filter.tag_name().name() != "FilterRunOnce")
    })
}

fn place(node: Node<'_, '_>, bytes: &[u8]) -> std::ops::Range<usize> {
    let document: &Document<'_> = node.document();
    let range = node.range();
    let at = |at: usize| xml::offset(bytes, document.input_text(), at);
    at(range.start)..at(range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<RegistrySettings clsid="{A3CCFC41-DFDB-43a5-8D26-0FE8B954DA51}">
 <Collection name="a"><Filters><FilterGroup name="x"/></Filters>
  <Collection name="b">
   <Registry name="m"><Properties action="C" hive="HKEY_LOCAL_MACHINE" key="K" name="m" type="REG_MULTI_SZ" value="a b"><Values><Value>a</Value><Value>b</Value></Values></Properties></Registry>
  </Collection>
  <Collection name="c" disabled="1"><Registry><Properties hive="HKEY_LOCAL_MACHINE" key="K" name="x" type="REG_SZ" value="x"/></Registry></Collection>
 </Collection>
 <Registry removePolicy="1"><Properties hive="HKEY_LOCAL_MACHINE" key="K" name="d" type="REG_DWORD" value="00000010"/><Filters><FilterRunOnce id="{1}"/></Filters></Registry>
 <Registry><Properties action="D" hive="HKEY_LOCAL_MACHINE" key="K\L" name=""/></Registry>
 <Registry><Properties action="D" hive="HKEY_CURRENT_USER" key="K" name="n" type="REG_SZ"/></Registry>
 <Registry><Properties action="U" hive="HKEY_CLASSES_ROOT" key="K" name="n" type="REG_SZ" value="x"/></Registry>
 <Registry disabled="1"><Properties action="U" hive="HKEY_LOCAL_MACHINE" key="K" name="n" type="REG_SZ" value="x"/></Registry>
</RegistrySettings>"#;

    #[test]
    fn items_of_nested_collections() {
        let wide: Vec<u8> =
            [0xfeff].into_iter().chain(XML.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for bytes in [XML.as_bytes(), &[b"\xef\xbb\xbf", XML.as_bytes()].concat(), &wide] {
            let content = read(bytes).unwrap().unwrap();
            let found: Vec<_> = content
                .entries
                .iter()
                .map(|entry| {
                    let how = entry.preference.unwrap();
                    let name = format!("{} {}", entry.record.key(), entry.record.value());
                    (name, entry.is_user, how.targeted, how.once, how.removed)
                })
                .collect();
            let expected = [
                ("K **soft.m", false, true, false, false),
                ("K d", false, false, true, true),
                ("K **deletekeys", false, false, false, false),
                ("K **del.n", true, false, false, false),
            ];
            assert_eq!(found, expected.map(|(name, a, b, c, d)| (name.to_owned(), a, b, c, d)));
            assert_eq!(content.entries[0].record.data(), MultiString::encode(&["a", "b"]));
            assert_eq!(content.entries[1].record.data(), [16, 0, 0, 0]);
            let first = content.entries[0].place.start;
            assert!(xml::text(&bytes[first..]).starts_with("<Registry name") || bytes == wide, "{first}");
        }
    }

    #[test]
    fn other_xml() {
        assert!(read(b"<Files/>").unwrap().is_none());
        assert!(read(b"<RegistrySettings>").is_err());
        assert!(read_samba(b"<UnknownFile/>", false).unwrap().is_none());
    }
}
