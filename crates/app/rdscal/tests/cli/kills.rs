//! `fix --apply` killed at any moment: the hive is the old or the new one, and the next run completes or
//! reverts the repair.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use regf::{Hive, log};

use crate::support::{HOST, corpus, folder, machine, rdscal_in, write_hives};

/// The default number of kills. `RDSCAL_KILLS` overrides it, as in `cargo xtask test`.
const KILLS: u32 = 24;

const MODES: [(&str, u32); 2] = [("per-device", 2), ("per-user", 4)];

/// The mode that a hive contains after log recovery. Fails if the hive is damaged.
pub fn mode(system: &Path) -> u32 {
    let image = fs::read(system).unwrap();
    let logs = ["LOG1", "LOG2", "LOG"].map(|end| fs::read(system.with_extension(end)).unwrap_or_default());
    let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    let recovery = log::recover(image, &logs).unwrap();
    let hive = Hive::open(recovery.image).unwrap();
    assert!(!hive.is_truncated());
    assert_eq!(regf::edit::check(&hive), []);
    let key = hive.find(r"ControlSet001\Control\Terminal Server\RCM\Licensing Core").unwrap().unwrap();
    let data = key.value("LicensingMode").unwrap().unwrap().data().unwrap().into_owned();
    u32::from_le_bytes(data.try_into().unwrap())
}

fn fix(folder: &Path, mode: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    command.current_dir(folder);
    command.args(["fix", "set-mode", "host", mode, "--apply", "--profile", "host", "--journal", "state"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Reproducible pseudorandom numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}

fn kill(folder: &Path, kills: u32) {
    let system = folder.join("host/SYSTEM");
    // The first repair writes the hive in the form that the program produces.
    assert!(fix(folder, MODES[0].0).status().unwrap().success());
    let begin = Instant::now();
    assert!(fix(folder, MODES[1].0).status().unwrap().success());
    let length = u64::try_from(begin.elapsed().as_micros()).unwrap();
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let (mut torn_off, mut now) = (0, 1);
    for round in 0..kills {
        let old = MODES[now].1;
        let (name, new) = MODES[1 - now];
        let mut child = fix(folder, name).spawn().unwrap();
        thread::sleep(Duration::from_micros(dice.below(length + length / 4)));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        torn_off += u32::from(!status.success());
        let found = mode(&system);
        assert!(found == old || found == new, "round {round}: {found} is neither {old} nor {new}");
        // The next run completes or reverts the interrupted repair, and then makes its own change.
        let next = rdscal_in(
            folder,
            ["fix", "set-mode", "host", name, "--apply", "--profile", "host", "--journal", "state"],
        );
        assert_eq!(next.code, Some(0), "round {round}: {next:?}");
        assert_eq!(mode(&system), new, "round {round}");
        now = 1 - now;
    }
    let verified = rdscal_in(folder, ["journal", "verify", "--journal", "state"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let journal = rdscal_in(folder, ["journal", "show", "--journal", "state"]);
    assert!(!journal.stdout.contains("interrupted:"), "{}", journal.stdout);
    println!("{torn_off} of {kills} runs were killed before their end");
    assert!(torn_off > kills / 4, "too few runs were killed in the middle: {torn_off} of {kills}");
}

#[test]
fn killed_at_any_moment_a_hive_is_never_torn() {
    let more = std::env::var("RDSCAL_KILLS").ok().and_then(|text| text.parse().ok());
    let kills: u32 = more.unwrap_or(KILLS);
    // Some kills use a real hive, where reading and writing take longer.
    let on_real = if more.is_some() { kills / 20 } else { 0 };
    let folder = folder();
    write_hives(folder.path().join("host"), "", &machine(HOST));
    kill(folder.path(), kills - on_real);
    if on_real > 0
        && let Some(real) = corpus("hives/win7/SYSTEM")
    {
        let folder = self::folder();
        fs::create_dir(folder.path().join("host")).unwrap();
        fs::copy(real, folder.path().join("host/SYSTEM")).unwrap();
        kill(folder.path(), on_real);
    }
}
