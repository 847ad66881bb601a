//! Calls over a pipe.

use crate::error::Error;
use crate::ndr::Malformed;
use crate::pipe::Pipe;
use crate::rpc::{self, Answer, Assembler, Bound, FRAGMENT, Interface};

/// What a connection has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Calls of the interface.
    pub calls: u64,
    /// Round trips on the pipe for them, and for the bind. More than calls only where an answer or a question is longer than a
    /// fragment.
    pub round_trips: u64,
    /// Bytes of PDUs sent.
    pub sent: u64,
    /// Bytes of PDUs received.
    pub received: u64,
}

/// An interface bound on a pipe.
///
/// Calls are made one after the other: a pipe carries one question and its answer at a time. After a failure of the pipe or an
/// answer that breaks the protocol, every further call fails at once.
#[derive(Debug)]
pub struct Association<P> {
    pipe: P,
    bound: Bound,
    call: u32,
    traffic: Traffic,
    broken: Option<Error>,
}

/// What precedes a stub in its fragment, at most, and the padding behind it.
const OVERHEAD: usize = 64;

impl<P: Pipe> Association<P> {
    /// Asks for the interface.
    pub fn bind(pipe: P, interface: Interface) -> Result<Self, Error> {
        let mut association = Self {
            pipe,
            bound: Bound { send: rpc::SMALLEST_FRAGMENT },
            call: 1,
            traffic: Traffic::default(),
            broken: None,
        };
        let request = rpc::bind(interface, association.call);
        let answer = association.whole_pdu(&request)?;
        association.bound = rpc::read_bind_answer(&answer, association.call)?.map_err(Error::Refused)?;
        Ok(association)
    }

    /// What the calls have cost so far.
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// What made the connection useless, where something did.
    pub fn broken(&self) -> Option<&Error> {
        self.broken.as_ref()
    }

    /// The pipe.
    pub fn pipe(&self) -> &P {
        &self.pipe
    }

    /// Makes a call. The answer's stub may have at most so many bytes.
    pub fn call(&mut self, operation: u16, stub: &[u8], most: usize) -> Result<Vec<u8>, Error> {
        if let Some(broken) = &self.broken {
            return Err(Error::Broken(Box::new(broken.clone())));
        }
        self.call = self.call.wrapping_add(1);
        self.traffic.calls += 1;
        let result = self.exchange(operation, stub, most);
        if let Err(error) = &result
            && error.is_fatal()
        {
            self.broken = Some(error.clone());
        }
        result
    }

    fn exchange(&mut self, operation: u16, stub: &[u8], most: usize) -> Result<Vec<u8>, Error> {
        let mut assembler = Assembler::new(self.call, most.saturating_add(OVERHEAD));
        let mut fragments = rpc::fragments(self.call, operation, stub, self.bound.send).peekable();
        let mut answer = None;
        while let Some(fragment) = fragments.next() {
            if fragments.peek().is_some() {
                self.write(&fragment)?;
            } else {
                answer = assembler.push(&self.transact(&fragment)?)?;
            }
        }
        loop {
            match answer {
                Some(Answer::Stub(stub)) => return Ok(stub),
                Some(Answer::Fault(status)) => return Err(Error::Fault(status)),
                None => answer = assembler.push(&self.read()?)?,
            }
        }
    }

    /// The one PDU that answers a bind.
    fn whole_pdu(&mut self, request: &[u8]) -> Result<Vec<u8>, Error> {
        let mut pending = self.transact(request)?;
        loop {
            match rpc::take_pdu(&mut pending)? {
                Some(pdu) if pending.is_empty() => return Ok(pdu),
                Some(_) => {
                    return Err(Malformed { what: "more than one answer to a bind", offset: 0 }.into());
                }
                None => pending.extend(self.read()?),
            }
        }
    }

    fn write(&mut self, message: &[u8]) -> Result<(), Error> {
        self.count(message.len(), 0);
        Ok(self.pipe.write(message)?)
    }

    fn transact(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let answer = self.pipe.transact(message, usize::from(FRAGMENT))?;
        self.count(message.len(), answer.len());
        something(answer)
    }

    fn read(&mut self) -> Result<Vec<u8>, Error> {
        let answer = self.pipe.read(usize::from(FRAGMENT))?;
        self.count(0, answer.len());
        something(answer)
    }

    fn count(&mut self, sent: usize, received: usize) {
        self.traffic.round_trips += 1;
        self.traffic.sent += sent as u64;
        self.traffic.received += received as u64;
    }
}

/// A pipe that gives nothing, again and again, must not be waited for.
fn something(answer: Vec<u8>) -> Result<Vec<u8>, Error> {
    if answer.is_empty() {
        return Err(Malformed { what: "a message without content", offset: 0 }.into());
    }
    if answer.len() > usize::from(FRAGMENT) {
        return Err(Malformed { what: "a longer message than was asked for", offset: 0 }.into());
    }
    Ok(answer)
}
