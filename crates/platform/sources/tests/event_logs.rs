//! Damaged event logs are read without a panic, and read or reported.

#![allow(clippy::unwrap_used)]

use std::io::Read as _;
use std::path::Path;
use std::{env, fs};

/// One chunk of a log, see the README beside it.
const SAMPLE: &str = "../../app/rdscal/tests/cli/cases/event-logs/remote-connection-manager.zip";

const MUTANTS: u64 = 400;

/// xorshift64*: the same mutants in every run.
fn random(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_F491_4F6C_DD1D)
}

#[test]
fn damaged_logs_are_read_or_reported() {
    let archive = fs::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE)).unwrap();
    let mut good = Vec::new();
    zip::ZipArchive::new(archive).unwrap().by_index(0).unwrap().read_to_end(&mut good).unwrap();
    let path = env::temp_dir().join(format!("rdscal-mutants-{}.evtx", std::process::id()));
    let mut state = 0x5EED;
    // Below this offset the chunk has data.
    let used = 4096 + 22_728;
    for mutant in 0..MUTANTS {
        let mut bytes = good.clone();
        for _ in 0..=mutant % 8 {
            let at = usize::try_from(random(&mut state)).unwrap_or(0) % used;
            let value = random(&mut state).to_le_bytes();
            let length = usize::try_from(mutant % 5).unwrap_or(0).max(1);
            let end = (at + length).min(bytes.len());
            bytes[at..end].copy_from_slice(&value[..end - at]);
        }
        if mutant % 7 == 0 {
            bytes.truncate(usize::try_from(random(&mut state)).unwrap_or(0) % used);
        }
        fs::write(&path, &bytes).unwrap();
        let found = sources::discover(&path);
        assert!(found.places.len() + found.problems.len() > 0, "mutant {mutant} is lost");
        for place in found.places {
            let mut snapshot = place.capture(&[]).unwrap();
            place.ask(licensing::ask::QUESTIONS, &mut snapshot);
        }
    }
    fs::remove_file(&path).unwrap();
}
