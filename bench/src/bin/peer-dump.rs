//! `peer-dump winreg-core|notatin HIVE [LOG...]`: prints the canonical lines of a hive as another reader sees
//! it.

use std::io::Write as _;

use anyhow::{Context as _, Result, bail};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: peer-dump winreg-core|notatin HIVE [LOG...]";
    let (reader, hive) = (arguments.next().context(usage)?, arguments.next().context(usage)?);
    let logs: Vec<_> = arguments.collect();
    let mut lines = match reader.as_str() {
        "winreg-core" if logs.is_empty() => bench::readers::winreg::dump(hive.as_ref())?,
        "notatin" => bench::readers::notatin::dump(hive.as_ref(), &logs)?,
        _ => bail!(usage),
    };
    lines.sort_unstable();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}
