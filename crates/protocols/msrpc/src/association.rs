//! Calls over a pipe.

use crate::error::Error;
use crate::ndr::Malformed;
use crate::pipe::Pipe;
use crate::rpc::{self, Answer, Assembler, Binding, FRAGMENT, Interface};

/// Network traffic of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Calls of the interface.
    pub calls: u64,
    /// Round trips on the pipe, the bind included. One for each call unless a request or response exceeds a
    /// fragment.
    pub round_trips: u64,
    /// Bytes of PDUs sent.
    pub sent: u64,
    /// Bytes of PDUs received.
    pub received: u64,
}

/// An interface binding on a pipe.
///
/// A pipe carries one call at a time. After a failure of the pipe or a malformed response, every further call
/// fails at once.
#[derive(Debug)]
pub struct Association<P> {
    pipe: P,
    binding: Binding,
    call: u32,
    traffic: Traffic,
    broken: Option<Error>,
}

/// Maximum size of the headers before a stub and of the padding after it.
const OVERHEAD: usize = 64;

impl<P: Pipe> Association<P> {
    /// Binds the interface.
    pub fn bind(pipe: P, interface: Interface) -> Result<Self, Error> {
        let mut association = Self {
            pipe,
            binding: Binding { send: rpc::MIN_FRAGMENT },
            call: 1,
            traffic: Traffic::default(),
            broken: None,
        };
        let request = rpc::bind(interface, association.call);
        let answer = association.whole_pdu(&request);
        tracing::debug!(?interface, outcome = answer.as_ref().err().map(ToString::to_string), "bind");
        association.binding =
            rpc::read_bind_answer(&answer?, association.call)?.map_err(Error::BindRejected)?;
        Ok(association)
    }

    /// The network traffic so far.
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// The error that made the connection unusable, if one did.
    pub fn broken(&self) -> Option<&Error> {
        self.broken.as_ref()
    }

    /// The pipe.
    pub fn pipe(&self) -> &P {
        &self.pipe
    }

    /// Makes a call. A response stub larger than `max` bytes is an error.
    pub fn call(&mut self, operation: u16, stub: &[u8], max: usize) -> Result<Vec<u8>, Error> {
        if let Some(broken) = &self.broken {
            return Err(Error::Broken(Box::new(broken.clone())));
        }
        self.call = self.call.wrapping_add(1);
        self.traffic.calls += 1;
        let started = std::time::Instant::now();
        let result = self.exchange(operation, stub, max);
        let elapsed = started.elapsed();
        match &result {
            Ok(answer) => {
                tracing::debug!(operation, sent = stub.len(), received = answer.len(), ?elapsed, "call");
            }
            Err(error) => tracing::debug!(operation, sent = stub.len(), ?elapsed, "call: {error}"),
        }
        if let Err(error) = &result
            && error.is_fatal()
        {
            self.broken = Some(error.clone());
        }
        result
    }

    fn exchange(&mut self, operation: u16, stub: &[u8], max: usize) -> Result<Vec<u8>, Error> {
        let mut assembler = Assembler::new(self.call, max.saturating_add(OVERHEAD));
        let mut fragments = rpc::fragments(self.call, operation, stub, self.binding.send).peekable();
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

    /// The single PDU that responds to a bind.
    fn whole_pdu(&mut self, request: &[u8]) -> Result<Vec<u8>, Error> {
        let mut pending = self.transact(request)?;
        loop {
            match rpc::take_pdu(&mut pending)? {
                Some(pdu) if pending.is_empty() => return Ok(pdu),
                Some(_) => {
                    return Err(Malformed { what: "more than one response to a bind", offset: 0 }.into());
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

/// Empty messages are refused: a server could send them forever.
fn something(answer: Vec<u8>) -> Result<Vec<u8>, Error> {
    if answer.is_empty() {
        return Err(Malformed { what: "an empty message", offset: 0 }.into());
    }
    if answer.len() > usize::from(FRAGMENT) {
        return Err(Malformed { what: "a message longer than the read buffer", offset: 0 }.into());
    }
    Ok(answer)
}
