//! Searches and their results.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::connection::Connection;
use crate::entry::Entry;
use crate::error::{Error, Rejection};
use crate::filter;
use crate::protocol::{Body, Request, SearchRequest};

/// The scope of a search (RFC 4511 4.5.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `baseObject`
    Base = 0,
    /// `singleLevel`
    Children = 1,
    /// `wholeSubtree`
    Tree = 2,
}

/// A search.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    base: &'a str,
    scope: Scope,
    filter: String,
    attributes: Vec<String>,
    security: bool,
}

impl<'a> Search<'a> {
    /// All objects in the subtree of this distinguished name.
    #[must_use]
    pub fn new(base: &'a str) -> Self {
        Self {
            base,
            scope: Scope::Tree,
            filter: "(objectClass=*)".to_owned(),
            attributes: Vec::new(),
            security: false,
        }
    }

    /// Sets the scope.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Sets the filter, as text (RFC 4515). Insert values with [`filter::escape`].
    #[must_use]
    pub fn filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = filter.into();
        self
    }

    /// Requests these attributes.
    #[must_use]
    pub fn attributes(mut self, attributes: &[impl AsRef<str>]) -> Self {
        self.attributes = attributes.iter().map(|name| name.as_ref().to_owned()).collect();
        self
    }

    /// Limits `nTSecurityDescriptor` (which must be a requested attribute) to owner, group and DACL. With the
    /// SACL, accounts that are not administrators would get nothing.
    #[must_use]
    pub fn security(mut self) -> Self {
        self.security = true;
        self
    }
}

/// `OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION`
const OWNER_GROUP_DACL: u32 = 7;

/// URLs of other servers in a search result, without duplicates. They were not queried.
pub type Referrals = BTreeSet<String>;

/// Referrals kept for one search.
const MAX_REFERRALS: usize = 1000;

/// The entries of a search, one at a time.
#[derive(Debug)]
pub struct Entries<'c> {
    connection: &'c mut Connection,
    base: String,
    scope: Scope,
    filter: Vec<u8>,
    attributes: Vec<String>,
    security: bool,
    page: u32,
    referrals: Referrals,
    /// True after the last entry.
    done: bool,
    started: Instant,
    count: usize,
}

impl<'c> Entries<'c> {
    pub(crate) fn start(
        connection: &'c mut Connection,
        search: &Search<'_>,
        page: u32,
    ) -> Result<Self, Error> {
        let mut entries = Self {
            connection,
            base: search.base.to_owned(),
            scope: search.scope,
            filter: filter::encode(&search.filter)?,
            attributes: search.attributes.clone(),
            security: search.security,
            page,
            referrals: Referrals::new(),
            done: false,
            started: Instant::now(),
            count: 0,
        };
        tracing::debug!(base = search.base, scope = ?search.scope, filter = search.filter, "search");
        entries.ask(&[])?;
        Ok(entries)
    }

    fn ask(&mut self, cookie: &[u8]) -> Result<(), Error> {
        let names: Vec<&str> = self.attributes.iter().map(String::as_str).collect();
        self.connection.send(Request::Search(SearchRequest {
            base: &self.base,
            scope: self.scope,
            filter: &self.filter,
            attributes: &names,
            seconds: 0,
            // The rootDSE does not support paging.
            page: (self.scope != Scope::Base).then_some((self.page, cookie)),
            security: self.security.then_some(OWNER_GROUP_DACL),
        }))
    }

    /// The next entry; `None` at the end.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, Error> {
        while !self.done {
            let answer = self.connection.receive()?;
            let cookie = answer.cookie();
            match answer.body {
                Body::Entry(entry) => {
                    self.count += 1;
                    return Ok(Some(entry));
                }
                Body::Reference(urls) => self.refer(urls),
                Body::Intermediate => {}
                Body::Done(outcome) => match outcome.code {
                    0 => {
                        if let Some(cookie) = cookie {
                            self.ask(&cookie)?;
                        } else {
                            self.done = true;
                            let (base, elapsed) = (&self.base, self.started.elapsed());
                            tracing::debug!(base, entries = self.count, ?elapsed, "search: done");
                        }
                    }
                    // A referral instead of a result.
                    10 => {
                        self.done = true;
                        return Err(Error::Referral(outcome.referrals));
                    }
                    code => {
                        self.done = true;
                        tracing::debug!(base = self.base, code, elapsed = ?self.started.elapsed(), "search: rejected");
                        return Err(Rejection { code, message: outcome.message }.into());
                    }
                },
                _ => return Err(Error::Unexpected("unexpected response to a search")),
            }
        }
        Ok(None)
    }

    fn refer(&mut self, urls: Vec<String>) {
        let room = MAX_REFERRALS.saturating_sub(self.referrals.len());
        self.referrals.extend(urls.into_iter().take(room));
    }

    /// The referrals so far.
    #[must_use]
    pub fn referrals(&self) -> &Referrals {
        &self.referrals
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, Error>;

    /// Ends after an error.
    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_entry();
        self.done |= next.is_err();
        next.transpose()
    }
}
