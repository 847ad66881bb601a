//! Pipes for tests: one records messages, one replays a recording, one answers by a function.
#![allow(dead_code, unreachable_pub)]

use std::fmt::Write as _;

use msrpc::winreg::{Access, CreateOptions, OpenOptions, Root, SecurityInformation};
use msrpc::{Client, Pipe, PipeError};

/// A recording of a pipe: a line for each message, `>` before what the client wrote and `<` before what it
/// read.
#[derive(Debug)]
pub struct Recorder<P> {
    pipe: P,
    pub lines: std::rc::Rc<std::cell::RefCell<String>>,
}

impl<P> Recorder<P> {
    pub fn new(pipe: P) -> Self {
        Self { pipe, lines: std::rc::Rc::default() }
    }

    fn line(&self, mark: char, bytes: &[u8]) {
        writeln!(self.lines.borrow_mut(), "{mark} {}", hex::encode(bytes)).unwrap();
    }
}

impl<P: Pipe> Pipe for Recorder<P> {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        self.line('>', message);
        self.pipe.write(message)
    }

    fn read(&mut self, most: usize) -> Result<Vec<u8>, PipeError> {
        let answer = self.pipe.read(most)?;
        self.line('<', &answer);
        Ok(answer)
    }

    fn transact(&mut self, message: &[u8], most: usize) -> Result<Vec<u8>, PipeError> {
        self.line('>', message);
        let answer = self.pipe.transact(message, most)?;
        self.line('<', &answer);
        Ok(answer)
    }
}

/// A recording that is replayed. The client must write the recorded requests.
#[derive(Debug)]
pub struct Replay<'a> {
    lines: std::iter::Peekable<std::str::Lines<'a>>,
}

impl<'a> Replay<'a> {
    pub fn new(recording: &'a str) -> Self {
        Self { lines: recording.lines().peekable() }
    }

    pub fn is_over(&mut self) -> bool {
        self.lines.peek().is_none()
    }
}

impl Pipe for Replay<'_> {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        assert_eq!(
            self.lines.next(),
            Some(format!("> {}", hex::encode(message)).as_str()),
            "another question"
        );
        Ok(())
    }

    fn read(&mut self, _: usize) -> Result<Vec<u8>, PipeError> {
        let line = self.lines.next().ok_or_else(|| PipeError::Lost("the recording is over".to_owned()))?;
        Ok(hex::decode(line.strip_prefix("< ").expect("an answer")).expect("hexadecimal"))
    }
}

/// A pipe that answers by a function.
pub struct Answering<F>(pub F);

impl<F: FnMut(&[u8]) -> Vec<u8>> Pipe for Answering<F> {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        drop((self.0)(message));
        Ok(())
    }

    fn read(&mut self, _: usize) -> Result<Vec<u8>, PipeError> {
        Ok((self.0)(&[]))
    }

    fn transact(&mut self, message: &[u8], _: usize) -> Result<Vec<u8>, PipeError> {
        Ok((self.0)(message))
    }
}

pub fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Writes a key and reads it back by every reading method; returns the results as text.
pub fn tour<P: Pipe>(client: &mut Client<P>) -> String {
    let mut told = String::new();
    let mut tell = |line: String| {
        told.push_str(&line);
        told.push('\n');
    };
    let root = client.open_root(Root::LocalMachine, Access::MAXIMUM).unwrap();
    let path = wide(r"SOFTWARE\rdscal\tour");
    let created = client.create_key(root, &path, CreateOptions::default(), Access::MAXIMUM, None).unwrap();
    tell(format!("created: new {}", created.is_new));
    let key = created.handle;
    let list: Vec<u8> = "one\0\0three\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let values: [(&str, u32, Vec<u8>); 5] = [
        ("", 1, vec![b'x', 0, 0, 0]),
        ("LicensingMode", 4, vec![4, 0, 0, 0]),
        ("SpecifiedLicenseServers", 7, list),
        ("of nobody's type", 0x1234, vec![1, 2, 3]),
        ("three fragments", 3, (0..9000u32).map(|n| n.to_le_bytes()[0]).collect()),
    ];
    for (name, kind, data) in &values {
        client.set_value(key, &wide(name), *kind, data).unwrap();
    }
    for name in ["Größe", "second"] {
        client.create_key(key, &wide(name), CreateOptions::default(), Access::READ, None).unwrap();
    }
    let key = client.open_key(root, &path, OpenOptions::default(), Access::READ).unwrap();
    let info = client.info(key).unwrap();
    tell(format!("{} values, {} subkeys, longest data {}", info.values, info.subkeys, info.longest_data));
    for index in 0..=info.values {
        match client.value_at(key, index, info.longest_data).unwrap() {
            None => tell("no more values".to_owned()),
            Some(entry) => {
                let sum: u32 = entry.value.data.iter().map(|&byte| u32::from(byte)).sum();
                let head = &entry.value.data[..entry.value.data.len().min(24)];
                tell(format!(
                    "“{}” type {:#x}, {} bytes {} sum {sum}",
                    String::from_utf16_lossy(&entry.name),
                    entry.value.kind,
                    entry.value.length,
                    hex::encode(head)
                ));
            }
        }
    }
    let head = client.value_head_at(key, 0).unwrap().unwrap();
    tell(format!(
        "of the first: type {}, {} bytes, {} sent",
        head.value.kind,
        head.value.length,
        head.value.data.len()
    ));
    for index in 0..=info.subkeys {
        let name = client.subkey_at(key, index).unwrap().map(|entry| String::from_utf16_lossy(&entry.name));
        tell(format!("subkey {name:?}"));
    }
    let descriptor = client.security(key, SecurityInformation::READABLE, info.security).unwrap();
    tell(format!("security: {} bytes, revision {}", descriptor.len(), descriptor[0]));
    tell(format!("no such value: {:?}", client.value(key, &wide("absent"), 0).unwrap()));
    let absent = client.open_key(key, &wide("absent"), OpenOptions::default(), Access::READ);
    tell(format!("no such key: {}", absent.unwrap_err()));
    tell(format!("version {}", client.version(key).unwrap()));
    client.close_key(key).unwrap();
    tell(format!("closed: {}", client.info(key).unwrap_err()));
    told
}
