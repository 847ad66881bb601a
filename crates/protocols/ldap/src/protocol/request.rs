//! Requests. None of them writes.

use super::{PAGED_RESULTS, SD_FLAGS, START_TLS};
use crate::Scope;
use asn1::{BOOLEAN, ENUMERATED, INTEGER, OCTET_STRING, SEQUENCE, Writer};
use zeroize::Zeroizing;

/// A request.
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// Simple bind.
    SimpleBind {
        /// A distinguished name, `user@domain` or `DOMAIN\user`.
        name: &'a str,
        /// The password.
        password: &'a Zeroizing<String>,
    },
    /// SASL bind.
    SaslBind {
        /// Its name, such as `GSSAPI`.
        mechanism: &'a str,
        /// Its token.
        token: Option<&'a [u8]>,
    },
    /// StartTLS (RFC 4511 4.14).
    StartTls,
    /// A search.
    Search(SearchRequest<'a>),
    /// Unbind.
    Unbind,
}

/// The parameters of a search.
#[derive(Clone, Copy, Debug)]
pub struct SearchRequest<'a> {
    /// Distinguished name of the base.
    pub base: &'a str,
    /// The scope.
    pub scope: Scope,
    /// The filter, encoded (see [`crate::filter`]).
    pub filter: &'a [u8],
    /// The requested attributes.
    pub attributes: &'a [&'a str],
    /// Time limit in seconds; 0 for the limit of the server.
    pub seconds: u32,
    /// Entries per page, and the cookie of the last page; empty for the first page.
    pub page: Option<(u32, &'a [u8])>,
    /// The parts of security descriptors to return, as a `SECURITY_INFORMATION`.
    pub security: Option<u32>,
}

const BIND: u8 = 0x60;
const UNBIND: u8 = 0x42;
const SEARCH: u8 = 0x63;
const EXTENDED: u8 = 0x77;
const CONTROLS: u8 = 0xA0;

impl Request<'_> {
    /// The message with this ID.
    #[must_use]
    pub fn encode(&self, id: i32) -> Zeroizing<Vec<u8>> {
        let mut message = Writer::default();
        message.within(SEQUENCE, |message| {
            message.number(INTEGER, id.into());
            match self {
                Self::SimpleBind { name, password } => message.within(BIND, |bind| {
                    bind.number(INTEGER, 3);
                    bind.octets(name);
                    bind.element(0x80, password.as_bytes());
                }),
                Self::SaslBind { mechanism, token } => message.within(BIND, |bind| {
                    bind.number(INTEGER, 3);
                    bind.octets("");
                    bind.within(0xA3, |sasl| {
                        sasl.octets(mechanism);
                        if let Some(token) = token {
                            sasl.octets(token);
                        }
                    });
                }),
                Self::StartTls => {
                    message.within(EXTENDED, |extended| extended.element(0x80, START_TLS.as_bytes()));
                }
                Self::Search(search) => search.write(message),
                Self::Unbind => message.element(UNBIND, &[]),
            }
        });
        Zeroizing::new(message.into_bytes())
    }
}

impl SearchRequest<'_> {
    fn write(&self, message: &mut Writer) {
        message.within(SEARCH, |search| {
            search.octets(self.base);
            search.number(ENUMERATED, self.scope as i64);
            search.number(ENUMERATED, 0); // aliases are not followed; Active Directory has none
            search.number(INTEGER, 0);
            search.number(INTEGER, self.seconds.into());
            search.boolean(false); // typesOnly: values too
            search.raw(self.filter);
            search.within(SEQUENCE, |names| self.attributes.iter().for_each(|name| names.octets(name)));
        });
        if self.page.is_none() && self.security.is_none() {
            return;
        }
        message.within(CONTROLS, |controls| {
            if let Some((size, cookie)) = self.page {
                control(controls, PAGED_RESULTS, |value| {
                    value.number(INTEGER, size.into());
                    value.octets(cookie);
                });
            }
            if let Some(flags) = self.security {
                control(controls, SD_FLAGS, |value| value.number(INTEGER, flags.into()));
            }
        });
    }
}

/// A critical control.
fn control(controls: &mut Writer, oid: &str, value: impl FnOnce(&mut Writer)) {
    let mut content = Writer::default();
    content.within(SEQUENCE, value);
    controls.within(SEQUENCE, |control| {
        control.octets(oid);
        control.element(BOOLEAN, &[0xFF]);
        control.element(OCTET_STRING, &content.into_bytes());
    });
}
