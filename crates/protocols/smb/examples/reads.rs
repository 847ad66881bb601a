//! Reads ten values of a machine, as many times as requested, as if each time it were another machine. Used
//! by `cargo xtask bench`.
//!
//! `reads HOST PORT USER HOSTS THREADS`, with the password in `RDSCAL_PASSWORD`. Prints seconds, milliseconds
//! of CPU time, and round trips.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use msrpc::Client;
use msrpc::winreg::{Access, OpenOptions, Root};
use smb::{Credentials, Target, Timeouts};

/// The keys and values that the benchmark creates before.
const READS: [(&str, &str); 10] = [
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server", "fDenyTSConnections"),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server", "TSAppCompat"),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core", "LicensingMode"),
    (r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers", "SpecifiedLicenseServers"),
    (r"SYSTEM\CurrentControlSet\Services\TermService", "Start"),
    (r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services", "LicensingMode"),
    (r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services", "LicenseServers"),
    (r"SOFTWARE\Microsoft\TermServLicensing", "RunAsRTM"),
    (r"SOFTWARE\Microsoft\MSLicensing\HardwareID", "ClientHWID"),
    (r"SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName", "ComputerName"),
];

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port, user, hosts, threads] = arguments.as_slice() else {
        return Err("reads HOST PORT USER HOSTS THREADS".into());
    };
    let target = Target { port: port.parse()?, ..Target::host(host.clone()) };
    let credentials = Credentials::new(user, std::env::var("RDSCAL_PASSWORD")?.into());
    let (hosts, threads): (u64, usize) = (hosts.parse()?, threads.parse()?);
    let (next, round_trips) = (AtomicU64::new(0), AtomicU64::new(0));
    let start = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    while next.fetch_add(1, Ordering::Relaxed) < hosts {
                        round_trips.fetch_add(read(&target, &credentials)?, Ordering::Relaxed);
                    }
                    Ok::<(), Failure>(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a thread panicked")?)
    })?;
    println!(
        "{{\"hosts\":{hosts},\"seconds\":{:.3},\"cpu_ms\":{},\"round_trips\":{}}}",
        start.elapsed().as_secs_f64(),
        processor_ms()?,
        round_trips.into_inner()
    );
    Ok(())
}

/// Reads one machine; returns the number of round trips.
fn read(target: &Target, credentials: &Credentials) -> Result<u64, Failure> {
    let mut client = Client::bind(smb::connect(target, credentials, Timeouts::default())?)?;
    let root = client.open_root(Root::LocalMachine, Access::READ)?;
    for (path, value) in READS {
        let (path, value) = (path.encode_utf16(), value.encode_utf16());
        let key = client.open_key(root, &path.collect::<Vec<_>>(), OpenOptions::default(), Access::READ)?;
        client.value(key, &value.collect::<Vec<_>>(), 0)?.ok_or("a value is not there")?;
    }
    Ok(client.pipe().round_trips())
}

/// CPU time of this process, user and system mode; Linux counts it in hundredths of a second.
fn processor_ms() -> Result<u64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).ok_or("no times");
    Ok((ticks(11)? + ticks(12)?) * 10)
}
