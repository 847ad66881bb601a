//! Text and XML as Microsoft's consoles write them.

use roxmltree::{Document, Error, Node, ParsingOptions};

/// Limit for the nodes of a document.
const MOST_NODES: u32 = 2_000_000;

/// Decodes UTF-16 with a byte order mark, or else UTF-8 with or without one; invalid data is replaced.
pub(crate) fn text(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], order: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes.chunks_exact(2).filter_map(|pair| Some(order(pair.try_into().ok()?))).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => String::from_utf8_lossy(rest).into_owned(),
    }
}

/// The offset in the bytes of a file of an offset in its [`text`].
pub(crate) fn offset(bytes: &[u8], text: &str, at: usize) -> usize {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            2 + text.get(..at).map_or(at, |before| before.encode_utf16().count()) * 2
        }
        [0xef, 0xbb, 0xbf, ..] => 3 + at,
        _ => at,
    }
}

/// Parses text as XML and passes the root to `read`. DTDs, and therefore entities, are refused.
pub(crate) fn parse<T>(bytes: &[u8], read: impl FnOnce(Node<'_, '_>) -> T) -> Result<T, Error> {
    let text = text(bytes);
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options)?;
    Ok(read(document.root_element()))
}

/// The first child with this name, in any namespace.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

/// The children with this name.
pub(crate) fn children<'a, 'i: 'a>(node: Node<'a, 'i>, name: &'a str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The trimmed text of the first child with this name; `None` if it is empty.
pub(crate) fn text_of(node: Node<'_, '_>, name: &str) -> Option<String> {
    let text = child(node, name)?.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
