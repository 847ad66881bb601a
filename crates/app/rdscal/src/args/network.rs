//! Options for machines across the network, and for directories. `-h` does not list them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use survey::{KerberosOptions, NetworkOptions, RetryPolicy, SurveyOptions};

/// How to reach machines across the network.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network options")]
pub struct NetworkArgs {
    /// Read the account from a credentials file
    ///
    /// Lines username=, password= and domain=. Other users must not be able to read the file. Also RDSCAL_CREDENTIALS; the account
    /// alone is also RDSCAL_USER, its password RDSCAL_PASSWORD.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub credentials: Option<PathBuf>,
    /// Authenticate with Kerberos in this realm
    ///
    /// The realm is the DNS name of the domain. Uses --keytab, a password, or the tickets of kinit (KRB5CCNAME).
    #[arg(long, value_name = "REALM", hide_short_help = true)]
    pub kerberos: Option<String>,
    /// Take the keys of the account from a keytab
    ///
    /// Other users must not be able to read the file. Also RDSCAL_KEYTAB.
    #[arg(long, value_name = "FILE", requires = "kerberos", hide_short_help = true)]
    pub keytab: Option<PathBuf>,
    /// Request tickets from this KDC
    ///
    /// Otherwise from the domain controllers that DNS lists for the realm.
    #[arg(long, value_name = "HOST[:PORT]", requires = "kerberos", hide_short_help = true)]
    pub kdc: Option<String>,
    /// Limit the time for a connection, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600), hide_short_help = true)]
    pub timeout: u64,
    /// Limit the total time per host, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86400), hide_short_help = true)]
    pub host_timeout: u64,
}

impl NetworkArgs {
    /// For sources that are files.
    pub fn none() -> Self {
        Self { credentials: None, kerberos: None, keytab: None, kdc: None, timeout: 5, host_timeout: 300 }
    }

    /// The same as options.
    pub fn options(&self) -> NetworkOptions {
        let kerberos = self.kerberos.clone().map(|realm| KerberosOptions {
            realm,
            kdc: self.kdc.clone(),
            keytab: self.keytab.clone(),
        });
        NetworkOptions {
            credentials: self.credentials.clone(),
            kerberos,
            timeout: Duration::from_secs(self.timeout),
            host_timeout: Duration::from_secs(self.host_timeout),
            ignore_lockout: false,
        }
    }

    /// How one or two machines are read.
    pub fn survey(&self) -> SurveyOptions {
        self.survey_options(DEFAULT_JOBS, DEFAULT_RETRIES)
    }

    fn survey_options(&self, jobs: u16, retries: u32) -> SurveyOptions {
        let per_host_limit = Duration::from_secs(self.host_timeout);
        SurveyOptions { jobs, retry: RetryPolicy { retries, per_host_limit } }
    }
}

const DEFAULT_JOBS: u16 = 32;
const DEFAULT_RETRIES: u32 = 2;

/// A list of machines across the network.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network options")]
pub struct HostsArgs {
    /// Read the hosts that this file lists
    ///
    /// One host per line; text after # is a comment. A list without a host is an error.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub hosts: Option<PathBuf>,
    /// Read this many hosts in parallel
    #[arg(long, value_name = "N", default_value_t = DEFAULT_JOBS, value_parser = clap::value_parser!(u16).range(1..=1024), hide_short_help = true)]
    pub jobs: u16,
}

/// How many machines are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network options")]
pub struct SurveyArgs {
    #[command(flatten)]
    pub hosts: HostsArgs,
    /// Retry a host this often after a transient failure
    ///
    /// Transient failures are a lost connection and a busy server. A host that does not respond is retried once.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_RETRIES, value_parser = clap::value_parser!(u32).range(0..=20), hide_short_help = true)]
    pub retries: u32,
    /// Keep using an account that hosts reject
    ///
    /// Without this option, an account is not used any more after several hosts in a row rejected it, since each attempt may
    /// lock it. With --resume, also reads the hosts again that rejected it.
    #[arg(long, hide_short_help = true)]
    pub ignore_lockout: bool,
}

impl SurveyArgs {
    /// The same as options.
    pub fn options(&self, network: &NetworkArgs) -> SurveyOptions {
        network.survey_options(self.hosts.jobs, self.retries)
    }
}

/// What a directory is asked for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Active Directory options")]
pub struct DirectoryArgs {
    /// Also query this Active Directory domain
    ///
    /// Adds what no machine knows: the members of the license server group, trusts, users, and permissions on them.
    #[arg(long, value_name = "DOMAIN", hide_short_help = true)]
    pub directory: Option<String>,
    /// Read the computers that match an LDAP filter
    ///
    /// Such as '(name=RDSH*)'; `servers` matches every computer with Windows Server.
    #[arg(long, value_name = "FILTER", requires = "directory", hide_short_help = true)]
    pub from_ad: Option<String>,
    #[command(flatten)]
    pub reach: ReachArgs,
}

/// How a directory is reached.
#[allow(rustdoc::broken_intra_doc_links)] // the brackets of an IPv6 address
#[derive(Debug, Args)]
#[command(next_help_heading = "Active Directory options")]
pub struct ReachArgs {
    /// Trust the certificate authorities in this PEM file
    ///
    /// Otherwise those of the operating system. With --kerberos, also use TLS on port 389. Not used on Windows, which encrypts
    /// without TLS.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub ca: Option<PathBuf>,
    /// Do not use TLS
    ///
    /// For a domain controller without a certificate. Passwords are never sent this way. --kerberos needs no TLS: it encrypts
    /// on its own.
    #[arg(long, hide_short_help = true)]
    pub plaintext: bool,
    /// Look up domain controllers at this name server
    ///
    /// An address such as 10.0.0.5 or [fd00::5]:53. Use it if the name servers of this machine do not know the domain.
    #[arg(long, value_name = "ADDRESS", hide_short_help = true)]
    pub nameserver: Option<String>,
}
