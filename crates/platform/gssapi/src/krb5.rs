//! Tickets by `libkrb5`.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char};
use std::ptr::{null, null_mut};

use zeroize::Zeroizing;

use crate::error::{Error, Failure};
use crate::library::{self, Creds, Functions, Handle, KeytabEntry};

/// `KRB5_PRINCIPAL_PARSE_ENTERPRISE`
const ENTERPRISE: i32 = 4;
/// Encryption types 23 and 24: RC4.
pub(crate) const RC4: [i32; 2] = [23, 24];

/// A `krb5_context`: the configuration, for one thread at a time.
pub(crate) struct Session {
    functions: &'static Functions,
    context: Handle,
}

/// An object of the library that is released together with this value.
pub(crate) struct Owned<'s> {
    session: &'s Session,
    handle: Handle,
    release: fn(&Functions, Handle, Handle),
}

impl Drop for Owned<'_> {
    fn drop(&mut self) {
        (self.release)(self.session.functions, self.session.context, self.handle);
    }
}

/// Whether a ticket-granting ticket comes from a password or a keytab.
pub(crate) enum Secret<'s> {
    Password(&'s str),
    /// The keytab, and the encryption types of the account's newest keys.
    Keytab(Owned<'s>, Vec<i32>),
}

/// A key of a keytab.
pub(crate) struct KeytabKey {
    pub(crate) principal: String,
    pub(crate) version: u32,
    pub(crate) enctype: i32,
}

/// A credential cache, with the end of its ticket-granting ticket in seconds since 1970.
pub(crate) struct Obtained {
    pub(crate) cache: String,
    pub(crate) ends: u32,
}

/// A service ticket in a credential cache.
pub(crate) struct Ticket {
    /// The service's principal, with the realm that issued the ticket.
    pub(crate) service: String,
    pub(crate) has_rc4_key: bool,
}

impl Session {
    /// Reads the configuration: these files (separated by colons), or those of the system.
    #[allow(clippy::useless_conversion, reason = "a C long has 32 bits on Windows")]
    pub(crate) fn new(files: Option<&str>) -> Result<Self, Error> {
        let functions = library::functions()?;
        let mut context = null_mut();
        let number = match files {
            // SAFETY: `context` is writable.
            None => unsafe { (functions.krb5_init_context)(&raw mut context) },
            Some(files) => {
                let path = c_text(files)?;
                let mut profile = null_mut();
                // SAFETY: the path ends with a NUL, and `profile` is writable.
                let number = unsafe { (functions.profile_init_path)(path.as_ptr(), &raw mut profile) };
                if number == 0 {
                    // SAFETY: the profile was just made; the context takes a copy, so it is released here,
                    // once.
                    unsafe {
                        let number = (functions.krb5_init_context_profile)(profile, 0, &raw mut context);
                        (functions.profile_release)(profile);
                        number
                    }
                } else {
                    i32::try_from(number).unwrap_or(i32::MAX)
                }
            }
        };
        // Without a context it explains errors as well.
        let session = Self { functions, context };
        session.check(number, || "reading its configuration".to_owned())?;
        Ok(session)
    }

    fn check(&self, number: i32, what: impl FnOnce() -> String) -> Result<(), Error> {
        if number == 0 {
            return Ok(());
        }
        // SAFETY: the context is null or this session's; the message is copied before it is released, once.
        let text = unsafe {
            let message = (self.functions.krb5_get_error_message)(self.context, number);
            let text = library::text(message);
            (self.functions.krb5_free_error_message)(self.context, message);
            text
        };
        Err(Error::Krb5 { what: what(), text, number, failure: Failure::of(number) })
    }

    /// Makes an object with `make`, which writes it to its argument and returns an error number.
    fn owned(
        &self,
        what: impl FnOnce() -> String,
        release: fn(&Functions, Handle, Handle),
        make: impl FnOnce(*mut Handle) -> i32,
    ) -> Result<Owned<'_>, Error> {
        let mut handle = null_mut();
        self.check(make(&raw mut handle), what)?;
        Ok(Owned { session: self, handle, release })
    }

    /// The principal of this name: `NAME@REALM`. An empty realm is looked up by the KDC (referral).
    fn principal(&self, name: &str, flags: i32) -> Result<Owned<'_>, Error> {
        let text = c_text(name)?;
        let release: fn(&Functions, Handle, Handle) = |functions, context, handle| {
            // SAFETY: the principal belongs to this context, and is released once.
            unsafe { (functions.krb5_free_principal)(context, handle) };
        };
        self.owned(
            || name.to_owned(),
            release,
            |to| {
                // SAFETY: the name ends with a NUL, and `to` is writable.
                unsafe { (self.functions.krb5_parse_name_flags)(self.context, text.as_ptr(), flags, to) }
            },
        )
    }

    /// The principal of an account: `user`, or `user@domain`, which the KDC looks up as an enterprise name.
    pub(crate) fn account(&self, name: &str, realm: &str) -> Result<Owned<'_>, Error> {
        if name.contains('@') {
            self.principal(&format!("{name}@{realm}"), ENTERPRISE)
        } else {
            // A slash separates the components of a service's name; `name` is one component.
            let escaped = name.replace('\\', r"\\").replace('/', r"\/");
            self.principal(&format!("{escaped}@{realm}"), 0)
        }
    }

    /// The principal of this text, as [`Session::name`] prints it.
    pub(crate) fn named(&self, name: &str) -> Result<Owned<'_>, Error> {
        self.principal(name, 0)
    }

    /// The text of a principal.
    fn name(&self, principal: Handle) -> Result<String, Error> {
        let mut text: *mut c_char = null_mut();
        // SAFETY: the principal is valid, and `text` is writable.
        let number = unsafe { (self.functions.krb5_unparse_name)(self.context, principal, &raw mut text) };
        self.check(number, || "the name of a principal".to_owned())?;
        // SAFETY: the text was just made; it is copied and then released, once.
        Ok(unsafe {
            let name = library::text(text);
            (self.functions.krb5_free_unparsed_name)(self.context, text);
            name
        })
    }

    /// The credential cache of this name, or the default one.
    pub(crate) fn cache(&self, name: Option<&str>) -> Result<Owned<'_>, Error> {
        let what = || format!("the credential cache {}", name.unwrap_or_default());
        let text = name.map(c_text).transpose()?;
        self.owned(what, close_cache, |to| match &text {
            // SAFETY: the name ends with a NUL, and `to` is writable.
            Some(name) => unsafe { (self.functions.krb5_cc_resolve)(self.context, name.as_ptr(), to) },
            // SAFETY: `to` is writable.
            None => unsafe { (self.functions.krb5_cc_default)(self.context, to) },
        })
    }

    /// `TYPE:NAME` of a credential cache.
    pub(crate) fn cache_name(&self, cache: &Owned<'_>) -> Result<String, Error> {
        let mut text: *mut c_char = null_mut();
        // SAFETY: the cache is open, and `text` is writable.
        let number =
            unsafe { (self.functions.krb5_cc_get_full_name)(self.context, cache.handle, &raw mut text) };
        self.check(number, || "the name of a credential cache".to_owned())?;
        // SAFETY: the text was just made; it is copied and then released, once.
        Ok(unsafe {
            let name = library::text(text);
            (self.functions.krb5_free_string)(self.context, text);
            name
        })
    }

    /// The principal that a credential cache belongs to.
    fn owner(&self, cache: &Owned<'_>) -> Result<Owned<'_>, Error> {
        let release: fn(&Functions, Handle, Handle) = |functions, context, handle| {
            // SAFETY: the principal belongs to this context, and is released once.
            unsafe { (functions.krb5_free_principal)(context, handle) };
        };
        let what = || format!("the credential cache {}", self.cache_name(cache).unwrap_or_default());
        self.owned(what, release, |to| {
            // SAFETY: the cache is open, and `to` is writable.
            unsafe { (self.functions.krb5_cc_get_principal)(self.context, cache.handle, to) }
        })
    }

    /// The name of the principal that a credential cache belongs to.
    pub(crate) fn owner_name(&self, cache: &Owned<'_>) -> Result<String, Error> {
        self.name(self.owner(cache)?.handle)
    }

    /// Deletes a credential cache.
    pub(crate) fn destroy(&self, name: &str) -> Result<(), Error> {
        let cache = self.cache(Some(name))?;
        let handle = cache.handle;
        // Destroying a cache closes it, too.
        std::mem::forget(cache);
        // SAFETY: the cache is open, and not used after this call.
        let number = unsafe { (self.functions.krb5_cc_destroy)(self.context, handle) };
        self.check(number, || format!("the credential cache {name}"))
    }

    /// A keytab file. Nothing is read yet.
    pub(crate) fn keytab(&self, path: &str) -> Result<Owned<'_>, Error> {
        let text = c_text(&format!("FILE:{path}"))?;
        let release: fn(&Functions, Handle, Handle) = |functions, context, handle| {
            // SAFETY: the keytab belongs to this context, and is closed once.
            unsafe { (functions.krb5_kt_close)(context, handle) };
        };
        self.owned(
            || format!("the keytab {path}"),
            release,
            |to| {
                // SAFETY: the name ends with a NUL, and `to` is writable.
                unsafe { (self.functions.krb5_kt_resolve)(self.context, text.as_ptr(), to) }
            },
        )
    }

    /// The keys of a keytab, in the order of the file.
    pub(crate) fn keytab_keys(&self, keytab: &Owned<'_>, path: &str) -> Result<Vec<KeytabKey>, Error> {
        let mut cursor = null_mut();
        // SAFETY: the keytab is open, and `cursor` is writable.
        let number =
            unsafe { (self.functions.krb5_kt_start_seq_get)(self.context, keytab.handle, &raw mut cursor) };
        self.check(number, || format!("the keytab {path}"))?;
        let mut keys = Ok(Vec::new());
        while let Ok(found) = &mut keys {
            // SAFETY: all zeros is a valid value of this plain C structure.
            let mut entry: KeytabEntry = unsafe { std::mem::zeroed() };
            // SAFETY: the cursor is of this keytab, and both are writable.
            let number = unsafe {
                (self.functions.krb5_kt_next_entry)(
                    self.context,
                    keytab.handle,
                    &raw mut entry,
                    &raw mut cursor,
                )
            };
            if number != 0 {
                // The end and damage alike: what was read until then counts.
                break;
            }
            match self.name(entry.principal) {
                Ok(principal) => {
                    found.push(KeytabKey { principal, version: entry.version, enctype: entry.key.enctype });
                }
                Err(error) => keys = Err(error),
            }
            // SAFETY: the entry was filled by the library, and is released once.
            unsafe { (self.functions.krb5_free_keytab_entry_contents)(self.context, &raw mut entry) };
        }
        // SAFETY: the cursor is of this keytab, and not used after this call.
        unsafe { (self.functions.krb5_kt_end_seq_get)(self.context, keytab.handle, &raw mut cursor) };
        keys
    }

    /// Gets a ticket-granting ticket and puts it into a new credential cache in memory, which lives until
    /// [`Session::destroy`].
    pub(crate) fn sign_in(&self, account: &Owned<'_>, secret: &Secret<'_>) -> Result<Obtained, Error> {
        let what = || self.name(account.handle).unwrap_or_default();
        let cache = self.owned(what, close_cache, |to| {
            // SAFETY: the type ends with a NUL, the hint may be null, and `to` is writable.
            unsafe { (self.functions.krb5_cc_new_unique)(self.context, c"MEMORY".as_ptr(), null(), to) }
        })?;
        let name = self.cache_name(&cache)?;
        let obtained = self.fill(account, secret, &cache);
        if obtained.is_err() {
            drop(cache);
            // The error of the sign-in is the one to report.
            let _ = self.destroy(&name);
        }
        obtained.map(|ends| Obtained { cache: name, ends })
    }

    fn fill(&self, account: &Owned<'_>, secret: &Secret<'_>, cache: &Owned<'_>) -> Result<u32, Error> {
        let what = || self.name(account.handle).unwrap_or_default();
        let release: fn(&Functions, Handle, Handle) = |functions, context, handle| {
            // SAFETY: the options belong to this context, and are released once.
            unsafe { (functions.krb5_get_init_creds_opt_free)(context, handle) };
        };
        let options = self.owned(what, release, |to| {
            // SAFETY: `to` is writable.
            unsafe { (self.functions.krb5_get_init_creds_opt_alloc)(self.context, to) }
        })?;
        // SAFETY: options and cache are valid; the options are used while the cache is open.
        let number = unsafe {
            (self.functions.krb5_get_init_creds_opt_set_out_ccache)(
                self.context,
                options.handle,
                cache.handle,
            )
        };
        self.check(number, what)?;
        // SAFETY: all zeros is a valid value of this plain C structure.
        let mut creds: Creds = unsafe { std::mem::zeroed() };
        let number = match secret {
            Secret::Password(password) => {
                let mut text = Zeroizing::new(Vec::with_capacity(password.len() + 1));
                text.extend_from_slice(password.as_bytes());
                if text.contains(&0) {
                    return Err(Error::Local("a password with a NUL cannot be used".to_owned()));
                }
                text.push(0);
                // SAFETY: account and options are valid, the password ends with a NUL, `creds` is writable,
                // and null stands for no prompter, no data of it, and the ticket-granting service.
                unsafe {
                    (self.functions.krb5_get_init_creds_password)(
                        self.context,
                        &raw mut creds,
                        account.handle,
                        text.as_ptr().cast(),
                        null_mut(),
                        null_mut(),
                        0,
                        null(),
                        options.handle,
                    )
                }
            }
            Secret::Keytab(keytab, enctypes) => {
                let count = i32::try_from(enctypes.len()).unwrap_or(i32::MAX);
                // SAFETY: account, keytab and options are valid, the types outlive the call that uses the
                // options, `creds` is writable, and null stands for the ticket-granting service.
                unsafe {
                    // Some KDCs otherwise choose a type that the keytab has no key for.
                    (self.functions.krb5_get_init_creds_opt_set_etype_list)(
                        options.handle,
                        enctypes.as_ptr(),
                        count,
                    );
                    (self.functions.krb5_get_init_creds_keytab)(
                        self.context,
                        &raw mut creds,
                        account.handle,
                        keytab.handle,
                        0,
                        null(),
                        options.handle,
                    )
                }
            }
        };
        let ends = creds.times[2];
        // SAFETY: the library filled `creds`, or left it all zeros; it is released once.
        unsafe { (self.functions.krb5_free_cred_contents)(self.context, &raw mut creds) };
        self.check(number, what).map(|()| ends)
    }

    /// Gets a ticket for a service, `SERVICE/HOST@`, with the tickets of a credential cache, and adds it to
    /// the cache.
    pub(crate) fn ticket(&self, service: &str, cache: &Owned<'_>) -> Result<Ticket, Error> {
        let client = self.owner(cache)?;
        let server = self.principal(service, 0)?;
        // SAFETY: all zeros is a valid value of this plain C structure.
        let mut wanted: Creds = unsafe { std::mem::zeroed() };
        (wanted.client, wanted.server) = (client.handle, server.handle);
        let mut got: *mut Creds = null_mut();
        // SAFETY: the cache is open, `wanted` borrows two valid principals, and `got` is writable.
        let number = unsafe {
            (self.functions.krb5_get_credentials)(
                self.context,
                0,
                cache.handle,
                &raw mut wanted,
                &raw mut got,
            )
        };
        self.check(number, || service.trim_end_matches('@').to_owned())?;
        // SAFETY: the library just made `got`; it is read before it is released, once.
        let (server, enctype) = unsafe { ((*got).server, (*got).key.enctype) };
        let name = self.name(server);
        // SAFETY: as above.
        unsafe { (self.functions.krb5_free_creds)(self.context, got) };
        Ok(Ticket { service: name?, has_rc4_key: RC4.contains(&enctype) })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: the context is null or this session's, and released once.
        unsafe { (self.functions.krb5_free_context)(self.context) };
    }
}

fn close_cache(functions: &Functions, context: Handle, cache: Handle) {
    // SAFETY: the cache belongs to this context, and is closed once.
    unsafe { (functions.krb5_cc_close)(context, cache) };
}

fn c_text(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::Name(text.to_owned()))
}
