//! `rdscal probe`: check whether license servers respond.

use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use licensing::probe::{ProbeReport, Probed, decide};
use probe::{LICENSING, Times, observe};
use sources::{Credentials, Target};

use crate::args::{self, Format, ProbeArgs, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::{output, progress};
use survey::Network;

/// Runs the command.
pub fn run(args: &ProbeArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, TEXT_OR_JSON)?;
    let mut network = Network::new(&args.network.options())?;
    let mut hosts = Vec::new();
    for name in &args.names {
        hosts.push(network.host(name)?);
    }
    if let Some(file) = &args.hosts.hosts {
        hosts.extend(network.hosts(file)?);
    }
    let connect = Duration::from_secs(args.network.timeout);
    // An answer takes longer than a connection: a busy domain controller must look up accounts.
    let times = Times { connect, answer: connect.max(Duration::from_secs(20)) };
    let report = ProbeReport::new(args::now(), probe_all(hosts, args.hosts.jobs, times));
    let text = match format {
        Format::Json => report::json::render(&report)?,
        _ => report::text::probe(&report, output::width()),
    };
    output::write(&text, &args.output)?;
    Ok(if report.all_answer() { Exit::Fine } else { Exit::Findings })
}

/// Probes `jobs` hosts in parallel. Returns the results in the order of the hosts.
fn probe_all(hosts: Vec<(Target, Option<Credentials>)>, jobs: u16, times: Times) -> Vec<Probed> {
    let count = hosts.len();
    let mut line = progress::Line::new(count);
    let workers = usize::from(jobs).min(count);
    let queue = Mutex::new(hosts.into_iter().enumerate());
    let (send, receive) = mpsc::channel();
    let mut done = Vec::with_capacity(count);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (send, queue) = (send.clone(), &queue);
            scope.spawn(move || {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((index, (target, account))) = next else { break };
                    let observed = observe(&target.host, target.port, LICENSING, account.as_ref(), times);
                    let probed = Probed { conclusion: decide(&observed), host: target.host, observed };
                    if send.send((index, probed)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        for (index, probed) in receive {
            let running = workers.min(count - done.len() - 1);
            line.step(!probed.answers(), running, || done.push((index, probed)));
        }
    });
    line.end();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, probed)| probed).collect()
}
