//! A private Samba server for a test, on the loopback interface, with a registry that is initially empty: a
//! standalone server, or the controller of a private domain ([`Server::start_domain`]).
//!
//! All its files are in a temporary folder that is deleted with it. The accounts, configuration and services
//! of the system are not changed. Its two users are accounts that exist on every Debian, with passwords of
//! the server only. `smbd` must start as root, because it switches to the user that signs in.
//!
//! Samba's `winreg` differs from that of Windows (docs/remote.md lists the differences), but its SMB, DCE/RPC
//! and marshalling are independent implementations of the same specifications.
#![forbid(unsafe_code)]

mod relay;

pub use relay::{Cut, Relay};

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The user with administrative rights: Samba maps its group to `BUILTIN\Administrators`.
pub const ADMINISTRATOR: &str = "backup";
/// A user with read access only.
pub const USER: &str = "games";
/// The password of both users.
pub const PASSWORD: &str = "Passw0rd!";

/// A running server; dropping it stops the server.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    port: u16,
    kdc: Option<u16>,
    dns: Option<u16>,
    smbd: Child,
    /// The lock, held while the server runs.
    _turn: File,
}

/// The administrator of a domain; the password is [`PASSWORD`].
pub const DOMAIN_ADMINISTRATOR: &str = "Administrator";
/// The realm of a domain.
pub const REALM: &str = "RDS.TEST";
/// The name of the domain controller. It is not in DNS; its address is `127.0.0.1`.
pub const DOMAIN_CONTROLLER: &str = "dc1.rds.test";
/// The distinguished name of the domain.
pub const DOMAIN_NAME: &str = "DC=rds,DC=test";

/// Waits until this kind of server may run: a domain controller runs alone. Every Samba server on a machine
/// asks the domain controller on it about accounts, at an address that cannot be configured.
fn turn(alone: bool) -> Result<File, String> {
    let path = std::env::temp_dir().join("rdscal-samba.lock");
    let file = File::options().create(true).truncate(false).write(true).open(path);
    let file = file.map_err(|error| format!("no lock for it: {error}"))?;
    let locked = if alone { file.lock() } else { file.lock_shared() };
    locked.map_err(|error| format!("no lock for it: {error}")).map(|()| file)
}

/// The time limit for a server to start listening.
const START: Duration = Duration::from_secs(20);

impl Server {
    /// Starts a server with additional lines of configuration.
    ///
    /// Returns `None` and prints the reason if that is not possible on this system; with `CI=true` that is a
    /// failure.
    ///
    /// # Panics
    /// With `CI=true`, if no server can be started.
    #[must_use]
    #[allow(clippy::panic)] // a test fails by a panic
    pub fn start(options: &[&str]) -> Option<Self> {
        Self::or_skipped(Self::try_start(options))
    }

    /// Starts a domain controller, which takes several seconds. Returns `None` like [`Server::start`].
    ///
    /// The domain has the service principal `cifs/127.0.0.1` for the controller, so that no name need be
    /// resolved.
    ///
    /// # Panics
    /// With `CI=true`, if no domain controller can be started.
    #[must_use]
    pub fn start_domain() -> Option<Self> {
        Self::or_skipped(Self::try_start_domain())
    }

    fn or_skipped(started: Result<Self, String>) -> Option<Self> {
        match started {
            Ok(server) => Some(server),
            Err(reason) => {
                let reason = format!("no Samba server: {reason}");
                assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{reason}");
                println!("skipped: {reason}");
                None
            }
        }
    }

    fn try_start_domain() -> Result<Self, String> {
        let missing = "is not installed (Debian: apt-get install samba-ad-provision samba-dsdb-modules samba-vfs-modules \
                       python3-samba winbind)";
        let samba = program("samba").ok_or_else(|| format!("samba {missing}"))?;
        let tool = program("samba-tool").ok_or_else(|| format!("samba-tool {missing}"))?;
        if output(Command::new("id").arg("-u"))? != "0" {
            return Err("a domain controller must be started as root".to_owned());
        }
        let turn = turn(true)?;
        let folder = new_folder().map_err(|error| format!("no folder for it: {error}"))?;
        let mut ports = [0; 4];
        for port in &mut ports {
            *port = free_port().map_err(|error| format!("no free port: {error}"))?;
        }
        let configuration = folder.join("etc/smb.conf");
        output(
            Command::new(&tool)
                .args(["domain", "provision", "--realm", REALM, "--domain=RDS", "--server-role=dc"])
                .args(["--dns-backend=SAMBA_INTERNAL", "--host-name=dc1", "--host-ip=127.0.0.1"])
                .arg(format!("--adminpass={PASSWORD}"))
                .arg(format!("--targetdir={}", folder.display()))
                .args(["--option=interfaces=127.0.0.1/8", "--option=bind interfaces only=yes"]),
        )
        .map_err(|error| format!("{error} ({missing}, where modules are not found)"))?;
        fs::write(&configuration, domain_conf(&folder, ports)).map_err(|error| error.to_string())?;
        certify(&folder)?;
        // A running controller would register the second name itself, through a service that is not started
        // here because it uses the network.
        for service in ["cifs/127.0.0.1", &format!("ldap/{DOMAIN_CONTROLLER}")] {
            output(Command::new(&tool).args(["spn", "add", service, "DC1$", "-s"]).arg(&configuration))?;
        }
        let [port, kdc, _, dns] = ports;
        Self::run(&samba, folder, &configuration, port, Some((kdc, dns)), turn)
    }

    fn try_start(options: &[&str]) -> Result<Self, String> {
        let smbd =
            program("smbd").ok_or("smbd is not installed (Debian: apt-get install samba smbclient)")?;
        for other in ["smbpasswd", "net"] {
            program(other).ok_or_else(|| format!("{other} is not installed"))?;
        }
        if output(Command::new("id").arg("-u"))? != "0" {
            return Err("smbd must be started as root".to_owned());
        }
        let turn = turn(false)?;
        let folder = new_folder().map_err(|error| format!("no folder for it: {error}"))?;
        let port = free_port().map_err(|error| format!("no free port: {error}"))?;
        let configuration = folder.join("smb.conf");
        fs::write(&configuration, smb_conf(&folder, port, options)).map_err(|error| error.to_string())?;
        for user in [ADMINISTRATOR, USER] {
            set_password(&configuration, user)?;
        }
        let group = format!("unixgroup={ADMINISTRATOR}");
        net(&configuration, &["groupmap", "add", "sid=S-1-5-32-544", &group, "type=builtin"])?;
        Self::run(&smbd, folder, &configuration, port, None, turn)
    }

    fn run(
        program: &Path,
        folder: PathBuf,
        configuration: &Path,
        port: u16,
        domain: Option<(u16, u16)>,
        turn: File,
    ) -> Result<Self, String> {
        let log = File::create(folder.join("smbd.log")).map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        // At its end, the server ends its process group. It is started in a new group with
        // `--no-process-group`, because its own call of `setsid` would fail for the leader of a group.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let smbd = command
            .args(["-F", "--no-process-group", "-s"])
            .arg(configuration)
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(|error| error.to_string())?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("it does not start: {error}"))?;
        let (kdc, dns) = domain.unzip();
        let mut server = Self { folder, port, kdc, dns, smbd, _turn: turn };
        server.wait(port)?;
        if let Some((kdc, dns)) = domain {
            server.wait(kdc)?;
            server.wait(dns)?;
            server.wait(636)?;
        }
        Ok(server)
    }

    fn wait(&mut self, port: u16) -> Result<(), String> {
        let start = Instant::now();
        while start.elapsed() < START {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.smbd.try_wait() {
                let log = fs::read_to_string(self.folder.join("smbd.log")).unwrap_or_default();
                return Err(format!("smbd ended at once ({status}): {}", log.trim()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("smbd does not listen after {} s", START.as_secs()))
    }

    /// The TCP port of the SMB server on `127.0.0.1`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port of the domain's key distribution center on `127.0.0.1`.
    #[must_use]
    pub fn kdc_port(&self) -> Option<u16> {
        self.kdc
    }

    /// The port of the domain's DNS server on `127.0.0.1`. It resolves only names of the domain.
    #[must_use]
    pub fn dns_port(&self) -> Option<u16> {
        self.dns
    }

    /// The certificate, in PEM, of the authority that issued the certificate of the domain controller. The
    /// latter is for [`DOMAIN_CONTROLLER`] and `127.0.0.1`. LDAP uses the standard ports 389 and 636, because
    /// Samba does not support others. SMB is available at 445 as well.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.join("private/ca.pem")
    }

    /// Writes the keys of a domain account to a keytab file, as an administrator would, and returns its path.
    ///
    /// # Errors
    /// If `samba-tool` fails.
    pub fn export_keytab(&self, account: &str) -> Result<PathBuf, String> {
        let tool = program("samba-tool").ok_or("no samba-tool")?;
        let file = self.folder.join(format!("{}.keytab", account.replace('/', "-")));
        output(
            Command::new(tool)
                .args(["domain", "exportkeytab"])
                .arg(&file)
                .arg(format!("--principal={account}"))
                .arg("-s")
                .arg(self.folder.join("etc/smb.conf")),
        )?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600))
                .map_err(|error| error.to_string())?;
        }
        Ok(file)
    }

    /// Applies LDIF, entries or changes, to the domain database in one transaction, without contacting the
    /// server.
    ///
    /// # Errors
    /// If the database rejects it.
    pub fn ldif(&self, text: &str) -> Result<(), String> {
        let file = self.folder.join("import.ldif");
        fs::write(&file, text).map_err(|error| error.to_string())?;
        let script = self.folder.join("import.py");
        fs::write(&script, IMPORT).map_err(|error| error.to_string())?;
        // Samba's modules belong to Debian's own Python, which need not be the first one in `PATH`.
        let python = Path::new("/usr/bin/python3");
        let configuration = self.folder.join("etc/smb.conf");
        output(Command::new(python).args([&script, &configuration, &file])).map(drop)
    }

    /// Runs an MIT Kerberos program, such as `kinit`, against the domain's KDC. Returns `None` and prints the
    /// reason if the program is not installed.
    ///
    /// # Panics
    /// If the program fails, or with `CI=true` if it is not installed.
    #[must_use]
    #[allow(clippy::panic)] // a test fails by a panic
    pub fn run_krb5(&self, name: &str, arguments: &[&str], input: &str) -> Option<()> {
        let Some(program) = program(name) else {
            let reason = format!("no {name} (Debian: apt-get install krb5-user)");
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{reason}");
            println!("skipped: {reason}");
            return None;
        };
        let configuration = self.folder.join("krb5.conf");
        let kdc = self.kdc.unwrap_or_default();
        let text = format!(
            "[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n rdns = false\n[realms]\n {REALM} = {{\n  \
             kdc = 127.0.0.1:{kdc}\n }}\n"
        );
        let typed = self.folder.join("typed");
        let done = fs::write(&configuration, text).and_then(|()| fs::write(&typed, input)).and_then(|()| {
            let input = File::open(&typed)?;
            Command::new(program).args(arguments).env("KRB5_CONFIG", &configuration).stdin(input).output()
        });
        match done {
            Ok(done) if done.status.success() => Some(()),
            Ok(done) => panic!("{name}: {}", String::from_utf8_lossy(&done.stderr)),
            Err(error) => panic!("{name}: {error}"),
        }
    }

    /// Obtains a ticket-granting ticket for a domain account with `kinit`. Returns the name of the credential
    /// cache, or `None` like [`Server::run_krb5`].
    #[must_use]
    pub fn tickets(&self, account: &str) -> Option<String> {
        let cache = format!("FILE:{}", self.folder.join(format!("{account}.tickets")).display());
        self.run_krb5("kinit", &["-c", &cache, account], &format!("{PASSWORD}\n"))?;
        Some(cache)
    }

    /// Sets the password of a domain account.
    ///
    /// # Errors
    /// If `samba-tool` fails.
    pub fn set_password(&self, account: &str, password: &str) -> Result<(), String> {
        let tool = program("samba-tool").ok_or("no samba-tool")?;
        let change = |arguments: &[&str]| {
            let configuration = self.folder.join("etc/smb.conf");
            output(Command::new(&tool).arg("user").args(arguments).arg("-s").arg(configuration)).map(drop)
        };
        change(&["setpassword", account, &format!("--newpassword={password}")])?;
        change(&["enable", account])
    }

    /// The value of an attribute of a domain account, from the database.
    ///
    /// # Errors
    /// If `samba-tool` fails or the attribute does not exist.
    pub fn attribute(&self, account: &str, name: &str) -> Result<String, String> {
        let tool = program("samba-tool").ok_or("no samba-tool")?;
        let configuration = self.folder.join("etc/smb.conf");
        let shown = output(
            Command::new(tool)
                .args(["user", "show", account, &format!("--attributes={name}"), "-s"])
                .arg(configuration),
        )?;
        let value = shown.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.map(str::to_owned).ok_or_else(|| format!("{account} has no {name}: {shown}"))
    }

    /// Adds records to the domain's DNS without contacting the server. Each line has a full name and either
    /// an IPv4 address, or the priority, weight, port and host of a service. Initially the domain has only
    /// its service records, because Samba does not register loopback addresses.
    ///
    /// # Errors
    /// If the database rejects a record.
    pub fn dns_records(&self, lines: &str) -> Result<(), String> {
        let file = self.folder.join("records.txt");
        fs::write(&file, lines).map_err(|error| error.to_string())?;
        let script = self.folder.join("records.py");
        fs::write(&script, RECORDS).map_err(|error| error.to_string())?;
        let configuration = self.folder.join("etc/smb.conf");
        output(Command::new("/usr/bin/python3").args([&script, &configuration, &file])).map(drop)
    }

    /// The folder for test files, which are deleted with the server.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Imports registry text into the server's registry, without contacting the server.
    ///
    /// # Errors
    /// If `net registry import` fails.
    pub fn import(&self, text: &str) -> Result<(), String> {
        let file = self.folder.join("import.reg");
        // Without an empty line at the end, the import silently drops the last value.
        fs::write(&file, format!("{text}\n\n")).map_err(|error| error.to_string())?;
        let file = file.display().to_string();
        net(&self.folder.join("smb.conf"), &["registry", "import", &file]).map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Each process knows only its own children. They are asked to terminate, so that they end their
        // children, too.
        let helper = fs::read_to_string(self.folder.join("pid/samba-dcerpcd.pid")).unwrap_or_default();
        for pid in [self.smbd.id().to_string(), helper.trim().to_owned()] {
            if !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit()) {
                let _ = Command::new("kill").arg(&pid).stderr(Stdio::null()).status();
            }
        }
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) && matches!(self.smbd.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.smbd.kill();
        let _ = self.smbd.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Imports LDIF into the database of the domain of a configuration file.
const IMPORT: &str = "\
import sys, ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
lp = LoadParm(filename_for_non_global_lp=sys.argv[1])
db = SamDB(lp=lp, session_info=system_session())
db.transaction_start()
for change, message in db.parse_ldif(open(sys.argv[2]).read()):
    if change == ldb.CHANGETYPE_MODIFY:
        db.modify(message)
    elif change == ldb.CHANGETYPE_DELETE:
        db.delete(message.dn)
    else:
        db.add(message)
db.transaction_commit()
";

/// Adds DNS records to the database of the domain of a configuration file.
const RECORDS: &str = "\
import sys, ldb
from samba.auth import system_session
from samba.dcerpc import dnsp
from samba.ndr import ndr_pack
from samba.param import LoadParm
from samba.samdb import SamDB
lp = LoadParm(filename_for_non_global_lp=sys.argv[1])
db = SamDB(lp=lp, session_info=system_session())
names = {}
for line in open(sys.argv[2]):
    name, *data = line.split()
    record = dnsp.DnssrvRpcRecord()
    record.rank = dnsp.DNS_RANK_ZONE
    record.dwTtlSeconds = 900
    if len(data) == 1:
        record.wType = dnsp.DNS_TYPE_A
        record.data = data[0]
    else:
        service = dnsp.srv()
        service.wPriority, service.wWeight, service.wPort = map(int, data[:3])
        service.nameTarget = data[3]
        record.wType = dnsp.DNS_TYPE_SRV
        record.data = service
    names.setdefault(name, []).append(ndr_pack(record))
realm = lp.get('realm').lower()
root = 'CN=MicrosoftDNS,DC=%sDnsZones,' + str(db.domain_dn())
zones = [('_msdcs.' + realm, root % 'Forest'), (realm, root % 'Domain')]
for name, records in names.items():
    zone, root = next(zone for zone in zones if name.endswith('.' + zone[0]))
    dn = ldb.Dn(db, 'DC=%s,DC=%s,%s' % (name[:-len(zone) - 1], zone, root))
    try:
        db.add({'dn': dn, 'objectClass': 'dnsNode', 'dnsRecord': records})
    except ldb.LdbError as error:
        if error.args[0] != ldb.ERR_ENTRY_ALREADY_EXISTS:
            raise
        message = ldb.Message(dn)
        message['dnsRecord'] = ldb.MessageElement(records, ldb.FLAG_MOD_ADD, 'dnsRecord')
        db.modify(message)
";

/// Creates an authority for the domain, and a certificate for its controller. The certificate that Samba
/// would create does not contain a host name, and creating it takes longer than the rest of the domain.
fn certify(folder: &Path) -> Result<(), String> {
    let openssl = program("openssl").ok_or("openssl is not installed")?;
    let at = folder.join("private");
    let extensions = at.join("dc.ext");
    let text = format!("subjectAltName=DNS:{DOMAIN_CONTROLLER},IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
    fs::write(&extensions, text).map_err(|error| error.to_string())?;
    let run = |arguments: &[&str]| output(Command::new(&openssl).args(arguments).current_dir(&at)).map(drop);
    run(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=RDS Test Authority",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
    ])?;
    run(&[
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=dc1", "-keyout", "dc.key", "-out", "dc.csr",
    ])?;
    run(&[
        "x509",
        "-req",
        "-in",
        "dc.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "30",
        "-extfile",
        "dc.ext",
        "-out",
        "dc.pem",
    ])?;
    // Samba rejects a private key that others can read.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(at.join("dc.key"), fs::Permissions::from_mode(0o600))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn smb_conf(folder: &Path, port: u16, options: &[&str]) -> String {
    let at = folder.display();
    let further = options.iter().map(|line| format!("  {line}\n")).collect::<Vec<_>>().concat();
    format!(
        "[global]
  netbios name = RDSHOST1
  workgroup = TESTWG
  server role = standalone server
  security = user
  passdb backend = tdbsam:{at}/private/passdb.tdb
  private dir = {at}/private
  lock directory = {at}/lock
  state directory = {at}/state
  cache directory = {at}/cache
  pid directory = {at}/pid
  ncalrpc dir = {at}/ncalrpc
  log file = {at}/log.%m
  interfaces = 127.0.0.1/8
  bind interfaces only = yes
  smb ports = {port}
  disable netbios = yes
  load printers = no
  disable spoolss = yes
  map to guest = never
  rpc start on demand helpers = yes
{further}"
    )
}

fn domain_conf(folder: &Path, [smb, kdc, passwords, dns]: [u16; 4]) -> String {
    let at = folder.display();
    format!(
        "[global]
  netbios name = DC1
  realm = {REALM}
  workgroup = RDS
  server role = active directory domain controller
  interfaces = 127.0.0.1/8
  bind interfaces only = yes
  private dir = {at}/private
  lock dir = {at}
  state directory = {at}/state
  cache directory = {at}/cache
  binddns dir = {at}/bind-dns
  pid directory = {at}/pid
  ncalrpc dir = {at}/ncalrpc
  ntp signd socket directory = {at}/ntp_signd
  server services = s3fs, rpc, ldap, cldap, kdc, dns, winbindd
  disable netbios = yes
  smb ports = {smb} 445
  krb5 port = {kdc}
  kpasswd port = {passwords}
  dns port = {dns}
  allow dns updates = disabled
  tls enabled = yes
  ldap server require strong auth = allow_sasl_over_tls
  tls keyfile = {at}/private/dc.key
  tls certfile = {at}/private/dc.pem
  tls cafile = {at}/private/ca.pem
  log file = {at}/log.%m
[sysvol]
  path = {at}/state/sysvol
  read only = No
"
    )
}

/// The length of socket paths is limited, so the folder name must be short.
fn new_folder() -> io::Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("rdscal-smb-{}-{number}", std::process::id()));
    for part in ["private", "lock", "state", "cache", "pid", "ncalrpc"] {
        fs::create_dir_all(folder.join(part))?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder.join("private"), fs::Permissions::from_mode(0o700))?;
    }
    Ok(folder)
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn program(name: &str) -> Option<PathBuf> {
    // Administration programs are not in the `PATH` of every user.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn set_password(configuration: &Path, user: &str) -> Result<(), String> {
    let mut child = Command::new(program("smbpasswd").ok_or("no smbpasswd")?)
        .arg("-c")
        .arg(configuration)
        .args(["-s", "-a", user])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(format!("{PASSWORD}\n{PASSWORD}\n").as_bytes()).map_err(|error| error.to_string())?;
    }
    let done = child.wait_with_output().map_err(|error| error.to_string())?;
    if done.status.success() {
        Ok(())
    } else {
        Err(format!("smbpasswd for {user}: {}", String::from_utf8_lossy(&done.stderr).trim()))
    }
}

fn net(configuration: &Path, arguments: &[&str]) -> Result<String, String> {
    let net = program("net").ok_or("no net")?;
    output(Command::new(net).arg("-s").arg(configuration).args(arguments))
}

fn output(command: &mut Command) -> Result<String, String> {
    let done = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    if done.status.success() {
        return Ok(text);
    }
    Err(format!("{command:?}: {text} {}", String::from_utf8_lossy(&done.stderr).trim()))
}
