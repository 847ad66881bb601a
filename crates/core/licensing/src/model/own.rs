//! Whether a listed license server is the machine itself.

use std::net::IpAddr;

use snapshot::Value;

use super::{Machine, ServerEntry, facts};
use crate::evidence::Unknown;
use crate::places;

impl Machine<'_> {
    /// True for an entry that names this machine: a loopback name or address, the machine's name with or
    /// without its domain, or an address of one of its network interfaces.
    ///
    /// Unknown for another address where the machine's own are not known.
    pub fn is_itself(&self, entry: &ServerEntry) -> Result<bool, Unknown> {
        if entry.is_loopback() {
            return Ok(true);
        }
        if let Some(address) = entry.address() {
            return Ok(self.addresses()?.contains(&address));
        }
        let Some(name) = self.name().map(|name| name.to_lowercase()) else { return Ok(false) };
        let domain = self.dns_domain().unwrap_or_default().to_lowercase();
        let entry = entry.folded();
        Ok(entry == name || !domain.is_empty() && entry == format!("{name}.{domain}"))
    }

    /// The addresses that the machine reported; otherwise those of its adapters, set by hand (`IPAddress`) or
    /// by DHCP (`DhcpIPAddress`), which may have changed since.
    pub fn addresses(&self) -> Result<Vec<IpAddr>, Unknown> {
        let parse = |texts: Vec<String>| texts.into_iter().filter_map(|text| text.trim().parse().ok());
        if let Ok(reported) = self.fact(facts::ADDRESSES) {
            return Ok(parse(reported).collect());
        }
        let key = self.key(&places::tcpip_interfaces())?;
        let adapters = key.map(|key| key.subkeys.as_slice()).unwrap_or_default();
        let names = ["IPAddress", "DhcpIPAddress"];
        let values = adapters.iter().flat_map(|adapter| names.map(|name| adapter.value(name)));
        let own: Vec<_> = values
            .flatten()
            .flat_map(|value| parse(texts(value)))
            .filter(|address: &IpAddr| !address.is_unspecified())
            .collect();
        if own.is_empty() { Err(facts::ADDRESSES.need().into()) } else { Ok(own) }
    }
}

/// The non-empty strings of a text or list.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    let list = value.as_multi_string().map(|list| list.items);
    let items = list.or_else(|| value.as_text().map(|text| vec![text.content])).unwrap_or_default();
    items.into_iter().filter(|item| !item.trim().is_empty()).collect()
}
