//! A TCP relay between client and server that breaks the connection at a chosen message.

use std::io::{self, Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How the relay handles the selected message and its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The connection breaks before the message reaches the server.
    Before,
    /// The server receives the message, and the connection breaks before the client receives the response.
    After,
    /// Nothing more is forwarded, and no connection is closed: the client waits.
    Hold,
}

/// A running relay; dropping it stops the relay.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Number of client messages so far.
    questions: u64,
    /// The number of the message at which the connection is cut, and how.
    cut: Option<(u64, Cut)>,
    /// Whether the cut has happened; no new connections are accepted then.
    is_cut: bool,
    /// Connections to be broken at the cut.
    open: Vec<TcpStream>,
    ends: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn break_all(&self) {
        let mut state = self.state();
        state.is_cut = true;
        for stream in state.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.changed.notify_all();
    }
}

impl Relay {
    /// Starts a relay to this port of `127.0.0.1`.
    ///
    /// # Errors
    /// If no port is available.
    pub fn start(to: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let shared = Arc::<Shared>::default();
        let theirs = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (ends, is_cut) = {
                    let state = theirs.state();
                    (state.ends, state.is_cut)
                };
                if ends {
                    break;
                }
                // During the cut, new connections are closed immediately.
                if let (Ok(client), false) = (client, is_cut) {
                    let _ = relay(client, to, &theirs);
                }
            }
        });
        Ok(Self { port, shared })
    }

    /// The TCP port of the relay on `127.0.0.1`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The number of client messages so far.
    #[must_use]
    pub fn questions(&self) -> u64 {
        self.shared.state().questions
    }

    /// Cuts at the message with this number, counted from now: 1 is the next one.
    pub fn cut_at(&self, next: u64, cut: Cut) {
        let mut state = self.shared.state();
        state.cut = Some((state.questions + next, cut));
    }

    /// Waits until the cut has happened.
    pub fn wait(&self) {
        let state = self.shared.state();
        drop(
            self.shared
                .changed
                .wait_while(state, |state| !state.is_cut)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// Ends the cut: everything is forwarded again, and held connections are broken.
    pub fn mend(&self) {
        self.shared.break_all();
        let mut state = self.shared.state();
        (state.cut, state.is_cut) = (None, false);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.break_all();
        self.shared.state().ends = true;
        // A connection wakes the thread that waits in `accept`.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn relay(client: TcpStream, to: u16, shared: &Arc<Shared>) -> io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", to))?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
        shared.state().open.push(stream.try_clone()?);
    }
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let theirs = Arc::clone(shared);
    thread::spawn(move || {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from_server.read(&mut bytes) {
            if theirs.state().is_cut {
                // The server has executed the call; the response is discarded.
                theirs.break_all();
                break;
            }
            if to_client.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let theirs = Arc::clone(shared);
    thread::spawn(move || {
        let mut server = server;
        let _ = questions(client, &mut server, &theirs);
        let is_held = theirs.state().is_cut;
        if !is_held {
            let _ = server.shutdown(Shutdown::Both);
        }
    });
    Ok(())
}

/// Forwards message by message. Each has a four-byte length prefix ([MS-SMB2] 2.1); the content is not
/// examined.
fn questions(mut client: TcpStream, server: &mut TcpStream, shared: &Shared) -> io::Result<()> {
    loop {
        let mut message = vec![0; 4];
        client.read_exact(&mut message)?;
        let length = usize::from(message[1]) << 16 | usize::from(message[2]) << 8 | usize::from(message[3]);
        message.resize(4 + length, 0);
        client.read_exact(&mut message[4..])?;
        let cut = {
            let mut state = shared.state();
            state.questions += 1;
            let cut = state.cut.filter(|(at, _)| *at == state.questions).map(|(_, cut)| cut);
            state.is_cut |= cut.is_some();
            shared.changed.notify_all();
            cut
        };
        match cut {
            None => server.write_all(&message)?,
            // The other direction breaks the connection when the response arrives.
            Some(Cut::After) => return server.write_all(&message),
            Some(Cut::Before) => {
                shared.break_all();
                return Ok(());
            }
            Some(Cut::Hold) => return Ok(()),
        }
    }
}
