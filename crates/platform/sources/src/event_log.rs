//! Event log files (`.evtx`).

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::sync::Arc;

use evtx::{EvtxParser, ParserSettings};
use nt::FileTime;
use rds_formats::event_xml::{self, LoggedEvent};
use serde_json::json;
use snapshot::{
    EventsQuestion, Fact, FileRecord, LOG_COMPUTER, LOG_NEWEST_TIME, Note, Origin, OriginKind, Snapshot,
};

use super::blob::{Blob, LARGEST_EVENT_LOG};
use crate::error::{Cause, ContentError, FileError};

/// The logs that Remote Desktop licensing writes to.
///
/// Source: the provider manifests of Windows 10 1507 and 1903 and of Windows Server 2008 R2.
const LOGS: [&str; 7] = [
    "System",
    "Application",
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Admin",
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
    "Microsoft-Windows-TerminalServices-Licensing/Admin",
    "Microsoft-Windows-TerminalServices-Licensing/Operational",
    CLIENT_LOG,
];

/// The log of the Remote Desktop client, which a server need not have.
const CLIENT_LOG: &str = "Microsoft-Windows-TerminalServices-RDPClient/Operational";

/// Limit on events of one log that are decoded; the newest are used.
const MOST_EVENTS: usize = 20_000;

/// A file that one log was saved to.
#[derive(Debug)]
pub(super) struct EventLog {
    /// The file.
    pub(super) blob: Blob,
    /// The name of the log.
    channel: String,
    /// The computer that wrote the newest event.
    computer: String,
    /// The time of the newest event.
    newest: FileTime,
}

trait Stream: Read + Seek {}

impl<T: Read + Seek> Stream for T {}

fn open(blob: &Blob) -> Result<EvtxParser<Box<dyn Stream>>, Cause> {
    let stream: Box<dyn Stream> = match blob.file() {
        // Only one chunk of a log is in memory at a time.
        Some(path) => Box::new(File::open(path).map_err(|error| FileError::new(path, error))?),
        None => Box::new(Cursor::new(blob.content(LARGEST_EVENT_LOG)?)),
    };
    let parser = EvtxParser::from_read_seek(stream).map_err(ContentError::event_log)?;
    Ok(parser.with_configuration(ParserSettings::new().indent(false)))
}

impl EventLog {
    /// Identifies a log by its events; `None` for a log that licensing does not write to.
    ///
    /// # Errors
    /// If no event can be read.
    pub(super) fn identify(blob: Blob) -> Result<Option<Self>, Cause> {
        // The walk over the chunks begins with the oldest one.
        let (mut oldest, mut last, mut problem) = (None, None, None);
        for chunk in open(&blob)?.into_chunks() {
            let chunk = match (chunk, &oldest) {
                (Ok(chunk), Some(_)) => {
                    last = Some(chunk);
                    continue;
                }
                (Ok(chunk), None) => event_of(chunk, false),
                (Err(error), _) => Err(ContentError::event_log(error)),
            };
            match chunk {
                Ok(Some(event)) if !LOGS.iter().any(|log| event.channel.eq_ignore_ascii_case(log)) => {
                    return Ok(None);
                }
                Ok(event) => oldest = event,
                Err(error) => problem = Some(error),
            }
        }
        let Some(oldest) = oldest else { return Err(problem.unwrap_or(ContentError::NoEvents).into()) };
        let newest = last.and_then(|chunk| event_of(chunk, true).ok().flatten()).unwrap_or(oldest);
        let LoggedEvent { channel, computer, time, .. } = newest;
        Ok(Some(Self { blob, channel, computer, newest: time }))
    }

    /// The computer's name without its domain, in lower case.
    pub(super) fn host(&self) -> String {
        self.computer.split('.').next().unwrap_or_default().to_lowercase()
    }

    /// The events of these providers in the last days of the log, as XML, and the number of unreadable ones.
    fn events(&self, asked: &EventsQuestion) -> Result<(VecDeque<String>, usize), Cause> {
        let oldest = self.newest.unix_seconds() - i64::try_from(asked.days * 86_400).unwrap_or(i64::MAX);
        let providers: Vec<_> = (asked.providers)().iter().map(|name| format!("\"{name}\"")).collect();
        let mut parser = open(&self.blob)?;
        let records = parser.serialized_records(move |record| {
            let record = record?;
            if record.timestamp.as_second() < oldest {
                return Ok(None);
            }
            record.into_xml().map(|record| Some(record.data))
        });
        let (mut events, mut unreadable) = (VecDeque::new(), 0);
        for record in records {
            match record {
                Ok(Some(xml)) if providers.iter().any(|provider| xml.contains(provider)) => {
                    if events.len() == MOST_EVENTS {
                        events.pop_front();
                    }
                    events.push_back(xml);
                }
                Ok(_) => {}
                Err(_) => unreadable += 1,
            }
        }
        Ok((events, unreadable))
    }
}

/// The first readable event of a chunk, or its newest one; `None` in an empty chunk.
fn event_of(mut chunk: evtx::EvtxChunkData, newest: bool) -> Result<Option<LoggedEvent>, ContentError> {
    let settings = Arc::new(ParserSettings::new().indent(false));
    let mut chunk = chunk.parse(settings).map_err(ContentError::event_log)?;
    let (mut found, mut problem) = (None, None);
    for record in chunk.iter() {
        let xml = record.and_then(evtx::EvtxRecord::into_xml).map_err(ContentError::event_log);
        match xml.and_then(|xml| event_xml::decode(&xml.data).map_err(ContentError::event_log)) {
            Ok(event) => found = Some(event),
            Err(error) => problem = Some(error),
        }
        if !newest && found.is_some() {
            break;
        }
    }
    match (found, problem) {
        (None, Some(error)) => Err(error),
        (found, _) => Ok(found),
    }
}

/// An empty snapshot for logs without a registry.
pub(super) fn alone(locator: &str) -> Snapshot {
    Snapshot::new(Origin { kind: OriginKind::EventLogs, locator: locator.to_owned(), files: Vec::new() })
}

/// Records the logs in the snapshot of their machine, which another machine's logs are not.
pub(super) fn describe(logs: &[EventLog], name: Option<&str>, snapshot: &mut Snapshot) {
    let Some(newest) = logs.iter().max_by_key(|log| log.newest) else { return };
    if let Some(name) = name.filter(|name| !newest.host().eq_ignore_ascii_case(name)) {
        let text = format!(
            "the event log was written by {}, and this registry is that of {name}; the log was not used",
            newest.computer
        );
        snapshot.notes.push(Note { about: newest.blob.shown(), text });
        return;
    }
    let record = |log: &EventLog| FileRecord {
        path: log.blob.shown(),
        size: log.blob.size(),
        role: "event log".to_owned(),
        sha256: None,
    };
    snapshot.origin.files.extend(logs.iter().map(record));
    let source = newest.blob.shown();
    let mut add = |name: &str, value| {
        snapshot.facts.insert(name.to_owned(), Fact { value, source: source.clone() });
    };
    add(LOG_COMPUTER, json!(newest.computer));
    add(LOG_NEWEST_TIME, json!(newest.newest));
    let read: Vec<_> = logs.iter().map(|log| log.channel.as_str()).collect();
    let missing: Vec<_> = LOGS
        .into_iter()
        .skip(2)
        .filter(|log| {
            *log != CLIENT_LOG && !read.contains(log) && !read.iter().all(|read| *read == CLIENT_LOG)
        })
        .collect();
    if !missing.is_empty() {
        let text = format!("event logs that are not in this source: {}", missing.join(", "));
        snapshot.notes.push(Note { about: source, text });
    }
}

/// Answers a question about events from the files. Without a log that contains such events, the question has
/// no answer.
pub(super) fn ask(fact: &str, asked: &EventsQuestion, logs: &[EventLog], snapshot: &mut Snapshot) {
    let is_asked = |log: &&EventLog| asked.logs.iter().any(|name| log.channel.eq_ignore_ascii_case(name));
    let logs: Vec<_> = logs.iter().filter(is_asked).collect();
    // Without this fact the logs are those of another machine.
    if logs.is_empty() || !snapshot.facts.contains_key(LOG_COMPUTER) {
        return;
    }
    let mut found = Vec::new();
    for log in &logs {
        match log.events(asked) {
            Ok((events, unreadable)) => {
                found.extend(events);
                if unreadable > 0 {
                    let text = format!("{unreadable} events of the log could not be read");
                    snapshot.notes.push(Note { about: log.blob.shown(), text });
                }
            }
            Err(error) => {
                let text = format!("the event log could not be read: {error}");
                snapshot.notes.push(Note { about: log.blob.shown(), text });
            }
        }
    }
    let source = logs.iter().map(|log| log.blob.name()).collect::<Vec<_>>().join(", ");
    snapshot.answered(fact, source, (asked.decode)(&found).map(Some));
}
