//! An event of a Windows event log, as XML.
//!
//! Source: Microsoft Learn, *Event Schema Elements* (`SystemPropertiesType`).

use nt::FileTime;
use roxmltree::{Document, Node};

/// What is read of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    /// The provider's names: `Name`, and `EventSourceName`, by which older programs know it.
    pub providers: Vec<String>,
    /// The identifier: `EventID`, and `Qualifiers` in its high half where there are any.
    pub id: u32,
    /// When it was logged.
    pub time: FileTime,
    /// The log that it is in; empty where the event does not say.
    pub channel: String,
    /// The computer that logged it, often with its domain; empty where the event does not say.
    pub computer: String,
}

/// The text is not such an event.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EventXmlError {
    /// No well-formed XML.
    #[error("an event is not XML: {0}")]
    Xml(#[from] roxmltree::Error),
    /// An element or attribute is missing, or not of its type.
    #[error("an event has no {0}, or an unknown form of it")]
    Field(&'static str),
}

/// Reads an event.
///
/// # Errors
///
/// If the text is not XML, or a required part is missing.
pub fn decode(xml: &str) -> Result<LoggedEvent, EventXmlError> {
    let document = Document::parse(xml)?;
    let system = child(document.root_element(), "System")?;
    let provider = child(system, "Provider")?;
    let names = ["Name", "EventSourceName"].into_iter().filter_map(|name| provider.attribute(name));
    let providers: Vec<_> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if providers.is_empty() {
        return Err(EventXmlError::Field("Provider"));
    }
    let event_id = child(system, "EventID")?;
    let number = event_id.text().and_then(|text| text.trim().parse::<u32>().ok());
    let qualifiers = match event_id.attribute("Qualifiers") {
        Some(text) => text.trim().parse::<u16>().map_err(|_| EventXmlError::Field("Qualifiers"))?,
        None => 0,
    };
    let id = number.ok_or(EventXmlError::Field("EventID"))? | u32::from(qualifiers) << 16;
    let time = child(system, "TimeCreated")?.attribute("SystemTime");
    let time = time.and_then(|time| time.parse().ok()).ok_or(EventXmlError::Field("TimeCreated"))?;
    let text = |name| child(system, name).ok().and_then(|node| node.text()).unwrap_or_default().to_owned();
    Ok(LoggedEvent { providers, id, time, channel: text("Channel"), computer: text("Computer") })
}

/// The number in the field of an event's data with this name, in decimal or, after `0x`, in hexadecimal.
///
/// # Errors
///
/// If the text is not XML, or the event has no such field with a number of 32 bits.
pub fn number(xml: &str, name: &'static str) -> Result<u32, EventXmlError> {
    let document = Document::parse(xml)?;
    let data = child(document.root_element(), "EventData")?;
    let field = data.children().find(|node| node.attribute("Name") == Some(name));
    let text = field.and_then(|node| node.text()).map(str::trim).unwrap_or_default();
    let number = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map_err(|_| EventXmlError::Field(name))
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Result<Node<'a, 'i>, EventXmlError> {
    node.children().find(|child| child.tag_name().name() == name).ok_or(EventXmlError::Field(name))
}
