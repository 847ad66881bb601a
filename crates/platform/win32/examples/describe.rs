//! Sets the security descriptors of keys below `HKEY_LOCAL_MACHINE`, so that a machine under Wine has those
//! of a real one:
//!
//! ```text
//! describe 'SYSTEM\CurrentControlSet\Control\…' 0100048…  [KEY HEX]…
//! ```
//!
//! Owner, group and DACL are taken from the descriptor's bytes.

#[cfg(windows)]
fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for pair in arguments.chunks(2) {
        if let Err(error) = described(pair) {
            eprintln!("{}: {error}", pair.join(" "));
            return std::process::ExitCode::FAILURE;
        }
    }
    std::process::ExitCode::SUCCESS
}

#[cfg(windows)]
fn described(pair: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    use win32::Root;
    use win32::write::{Key, Parts, Rights, With};

    let [path, hex] = pair else { return Err("a key without a descriptor".into()) };
    let names: Vec<Vec<u16>> = path.split('\\').map(|name| name.encode_utf16().collect()).collect();
    let bytes = (0..hex.len() / 2).map(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16));
    let rights = Rights::SET_OWNER.and(Rights::SET_DACL);
    let key = Key::open(Root::LocalMachine, &names, rights, With::Grant)?.ok_or("there is no such key")?;
    let parts = Parts { owner: true, group: true, dacl: true };
    Ok(key.set_security(&bytes.collect::<Result<Vec<_>, _>>()?, parts)?)
}

#[cfg(not(windows))]
fn main() {}
