//! Connects to a host and opens a pipe.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use smolder_core::auth::{NtlmAuthenticator, NtlmCredentials};
use smolder_core::client::{Authenticated, Connection, Negotiated, TreeConnected};
use smolder_core::error::CoreError;
use smolder_core::policy::{OperationTimeouts, ResourceLimits, SecurityPolicy};
use smolder_proto::smb::smb2::{
    CreateDisposition, CreateOptions, CreateRequest, CtlCode, FileId, IoctlRequest, ReadRequest,
    TreeConnectRequest, WriteRequest,
};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::credentials::Credentials;
use crate::error::{ConnectError, Step, on_pipe};
use crate::mechanism::{self, Ticket};
use crate::negotiate;
use crate::target::Target;
use crate::wire::{LARGEST_MESSAGE, ProtectionProblem, Wire};
use msrpc::winreg;
use msrpc::{Pipe, PipeError};
use signin::{CancelToken, SharedContext, SignInDenied, SignInPermit};

/// Time limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For name resolution and the TCP connection together; and separately for the server's first response.
    pub connect: Duration,
    /// For the response to one request.
    pub request: Duration,
    /// For all requests to one machine, including the connection.
    pub machine: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(20),
            machine: Duration::from_mins(5),
        }
    }
}

/// `FSCTL_PIPE_TRANSCEIVE` ([MS-FSCC] 2.3): a message and its answer in one round trip.
const TRANSCEIVE: CtlCode = CtlCode(0x0011_c017);

/// Read and write data, attributes and extended attributes, and read the security descriptor, as Windows
/// opens pipes.
const PIPE_ACCESS: u32 = 0x0012_019f;

/// Windows starts RemoteRegistry when its pipe is opened; until it runs, the open fails. These are the pauses
/// between attempts, in milliseconds. Windows returns "not available" during the start and "not found" if the
/// service is disabled, so the latter is retried only briefly.
pub(crate) const STARTING: [u64; 5] = [100, 300, 700, 1500, 3000];
pub(crate) const NOT_FOUND_TRIES: usize = 2;

/// Limit for the addresses of a host that are tried.
pub(crate) const MOST_ADDRESSES: usize = 4;

/// Opens `\pipe\winreg` on the machine.
///
/// The session is signed, and encrypted if the server requires it; guest sessions are refused. The call
/// blocks.
pub fn connect(
    target: &Target,
    credentials: &Credentials,
    timeouts: Timeouts,
) -> Result<SmbPipe, ConnectError> {
    connect_under(target, credentials, timeouts, &SharedContext::default())
}

/// [`connect`] with a shared context, for connections to many hosts.
pub fn connect_under(
    target: &Target,
    credentials: &Credentials,
    timeouts: Timeouts,
    control: &SharedContext,
) -> Result<SmbPipe, ConnectError> {
    let started = Instant::now();
    let round_trips = Arc::new(AtomicU64::new(0));
    let opening = open(target, credentials, timeouts, control, &round_trips);
    let opened = waiting(timeouts, control, "opening its registry", opening);
    trace_outcome(target, started, "open pipe winreg", &opened);
    let (runtime, (connection, file)) = opened?;
    let ends = started.checked_add(timeouts.machine);
    let cancel = control.cancel.clone();
    Ok(SmbPipe { runtime: Some(runtime), connection, file, round_trips, ends, cancel })
}

pub(crate) type Tree = Connection<Wire, TreeConnected>;

async fn open(
    target: &Target,
    credentials: &Credentials,
    timeouts: Timeouts,
    control: &SharedContext,
    round_trips: &Arc<AtomicU64>,
) -> Result<(Tree, FileId), ConnectError> {
    let mut tree =
        share(target, credentials, timeouts, control, round_trips, "IPC$", Step::IpcShare, LARGEST_MESSAGE)
            .await?;
    let file = open_pipe(&mut tree, timeouts).await?;
    Ok((tree, file))
}

/// Signs in and connects to a share. `step` is the tree connect in errors; no message of the server may be
/// larger than `largest`.
#[allow(clippy::too_many_arguments)] // all of them are unrelated
pub(crate) async fn share(
    target: &Target,
    credentials: &Credentials,
    timeouts: Timeouts,
    control: &SharedContext,
    round_trips: &Arc<AtomicU64>,
    share: &str,
    step: Step,
    largest: usize,
) -> Result<Tree, ConnectError> {
    let started = Instant::now();
    let ticket = match credentials.mechanism() {
        None => None,
        Some(mechanism) => {
            let permit = sign_in_permit(control)?;
            let begun = mechanism::begin(mechanism, &target.host, timeouts.request).await;
            Some(outcome(permit, begun)?)
        }
    };
    let stream = dial(target, timeouts.connect).await;
    trace_outcome(target, started, "connect", &stream);
    let stream = stream?;
    round_trips.fetch_add(1, Ordering::Relaxed);
    let wire =
        Wire::new(stream, Arc::clone(round_trips)).map_err(|error| ConnectError::Local(error.to_string()))?;
    let offer = negotiate::request().map_err(|error| ConnectError::Local(error.to_string()))?;
    let limits = ResourceLimits {
        max_transport_message: largest,
        max_authentication_token_size: 1 << 16,
        max_authentication_key_size: 1 << 10,
        ..ResourceLimits::conservative()
    };
    let seen = wire.seen();
    let at = |step: Step| {
        let seen = &seen;
        move |error: CoreError| match (&error, seen.problem()) {
            (CoreError::InvalidResponse(_), Some(ProtectionProblem::Guest)) => ConnectError::Guest,
            (CoreError::InvalidResponse(reason), Some(ProtectionProblem::Unsigned)) => {
                ConnectError::Signing((*reason).to_owned())
            }
            _ => ConnectError::of_smb(error, step, timeouts.request),
        }
    };
    let negotiation = Connection::new(wire)
        .with_security_policy(SecurityPolicy::credentialed())
        .with_resource_limits(limits)
        .with_operation_timeouts(OperationTimeouts { connect: timeouts.connect, request: timeouts.request });
    // A host that accepts the connection but sends nothing is treated as unreachable.
    let negotiation = tokio::time::timeout(timeouts.connect, negotiation.negotiate(&offer)).await;
    let silent = |_| ConnectError::TimedOut { what: Step::Negotiate.to_string(), after: timeouts.connect };
    let negotiated = negotiation.map_err(silent).and_then(|done| done.map_err(at(Step::Negotiate)));
    trace_outcome(target, started, "negotiate", &negotiated);
    let connection = negotiated?;
    // Requested only now: a host that does not respond must not delay the others that use the account.
    let permit = if ticket.is_some() { None } else { sign_in_permit(control)? };
    let signed_in = sign_in(connection, credentials, ticket, at(Step::SessionSetup)).await;
    trace_outcome(target, started, "session setup", &signed_in);
    let connection = outcome(permit, signed_in)?;
    let unc = TreeConnectRequest::from_unc(&format!(r"\\{}\{share}", target.host));
    let connected = connection.tree_connect(&unc).await.map_err(at(step));
    trace_outcome(target, started, "tree connect", &connected);
    connected
}

/// Logs how a step ended, without credentials.
fn trace_outcome<T>(target: &Target, started: Instant, step: &str, result: &Result<T, ConnectError>) {
    let (host, port) = (&target.host, target.port);
    let elapsed = started.elapsed();
    match result {
        Ok(_) => tracing::debug!(host, port, ?elapsed, "{step}: done"),
        Err(error) => tracing::info!(host, port, ?elapsed, "{step}: {error}"),
    }
}

/// Checks whether the account may open the named pipe of a service. Nothing is sent on the pipe, which is
/// closed with the connection.
pub fn try_pipe(
    target: &Target,
    credentials: &Credentials,
    timeouts: Timeouts,
    pipe: &str,
) -> Result<(), ConnectError> {
    let control = SharedContext::default();
    waiting(timeouts, &control, "opening a pipe", async {
        let trips = Arc::default();
        let step = Step::IpcShare;
        let mut tree =
            share(target, credentials, timeouts, &control, &trips, "IPC$", step, LARGEST_MESSAGE).await?;
        let opened = tree.create(&pipe_request(pipe)).await;
        opened.map_err(|error| ConnectError::of_smb(error, Step::Pipe, timeouts.request)).map(drop)
    })
    .map(drop)
}

/// Runs the work on a separate runtime, within the time limit for one machine, and returns the runtime with
/// the result.
pub(crate) fn waiting<T>(
    timeouts: Timeouts,
    control: &SharedContext,
    what: &str,
    work: impl Future<Output = Result<T, ConnectError>>,
) -> Result<(Runtime, T), ConnectError> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ConnectError::Local(error.to_string()))?;
    let done = runtime.block_on(async {
        let late = |_| ConnectError::TimedOut { what: what.to_owned(), after: timeouts.machine };
        let work = control.cancel.run_until_cancelled(tokio::time::timeout(timeouts.machine, work));
        work.await.ok_or(ConnectError::Cancelled)?.map_err(late)?
    });
    match done {
        Ok(done) => Ok((runtime, done)),
        Err(error) => {
            // A name resolution that is still running must not block this thread.
            runtime.shutdown_background();
            Err(error)
        }
    }
}

/// Waits until the account may sign in. This blocks, because nothing else runs on this thread.
fn sign_in_permit(control: &SharedContext) -> Result<Option<SignInPermit<'_>>, ConnectError> {
    let permit = control.lockout.as_ref().map(|guard| guard.permit(&control.cancel)).transpose();
    permit.map_err(|none| match none {
        SignInDenied::TooManyRejections(refusals) => ConnectError::NotAttempted { rejections: refusals },
        SignInDenied::Cancelled => ConnectError::Cancelled,
    })
}

/// Reports the outcome of the sign-in and releases the permit.
fn outcome<T>(permit: Option<SignInPermit<'_>>, result: Result<T, ConnectError>) -> Result<T, ConnectError> {
    match (&result, permit) {
        (Ok(_), Some(permit)) => permit.accepted(),
        (Err(error), Some(permit)) if error.is_rejection() => permit.rejected(),
        _ => {}
    }
    result
}

async fn sign_in(
    connection: Connection<Wire, Negotiated>,
    credentials: &Credentials,
    ticket: Option<Ticket>,
    error: impl FnOnce(CoreError) -> ConnectError,
) -> Result<Connection<Wire, Authenticated>, ConnectError> {
    if let Some(mut ticket) = ticket {
        let signed_in = connection.authenticate(&mut ticket).await;
        return signed_in.map_err(|cause| match ticket.failure() {
            Some(message) => ConnectError::Kerberos(message),
            None => error(cause),
        });
    }
    // The authenticator's copy of the password is overwritten on drop, at the end of this function.
    let account =
        NtlmCredentials::new(credentials.user(), credentials.password()).with_domain(credentials.domain());
    connection.authenticate(&mut NtlmAuthenticator::new(account)).await.map_err(error)
}

/// Resolves the name and connects to the first address that accepts, all within this time.
async fn dial(target: &Target, within: Duration) -> Result<TcpStream, ConnectError> {
    let late = |what: &str| ConnectError::TimedOut { what: format!("{what} {}", target.host), after: within };
    let deadline = tokio::time::Instant::now() + within;
    let lookup = tokio::net::lookup_host((target.host.as_str(), target.port));
    let addresses: Vec<SocketAddr> = match tokio::time::timeout_at(deadline, lookup).await {
        Err(_) => return Err(late("looking up")),
        Ok(Err(error)) => return Err(ConnectError::NameNotFound(error.to_string())),
        Ok(Ok(addresses)) => addresses.take(MOST_ADDRESSES).collect(),
    };
    let mut failure = ConnectError::NameNotFound("it has no address".to_owned());
    for (index, address) in addresses.iter().enumerate() {
        // The remaining time is divided among the remaining addresses.
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        failure = match tokio::time::timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => ConnectError::of_connecting(&error, within),
            Err(_) => late("connecting to"),
        };
    }
    Err(failure)
}

async fn open_pipe(tree: &mut Tree, timeouts: Timeouts) -> Result<FileId, ConnectError> {
    let request = pipe_request(winreg::PIPE);
    let mut pauses = STARTING.iter().enumerate();
    loop {
        let error = match tree.create(&request).await {
            Ok(opened) => return Ok(opened.file_id),
            Err(error) => ConnectError::of_smb(error, Step::Pipe, timeouts.request),
        };
        match (&error, pauses.next()) {
            (ConnectError::Starting, Some((_, pause))) => {
                tokio::time::sleep(Duration::from_millis(*pause)).await;
            }
            (ConnectError::NotRunning, Some((tries, pause))) if tries < NOT_FOUND_TRIES => {
                tokio::time::sleep(Duration::from_millis(*pause)).await;
            }
            _ => return Err(error),
        }
    }
}

fn pipe_request(pipe: &str) -> CreateRequest {
    let mut request = CreateRequest::from_path(pipe);
    request.desired_access = PIPE_ACCESS;
    request.create_disposition = CreateDisposition::Open;
    request.create_options = CreateOptions::empty();
    request
}

/// The open pipe. Dropping it ends the connection, and the server closes all handles.
pub struct SmbPipe {
    /// `Some` until drop.
    runtime: Option<Runtime>,
    connection: Tree,
    file: FileId,
    round_trips: Arc<AtomicU64>,
    ends: Option<Instant>,
    cancel: CancelToken,
}

impl SmbPipe {
    /// Number of round trips so far: the TCP connection, SMB, and the pipe.
    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::Relaxed)
    }

    /// The negotiated SMB dialect, such as `0x0311`.
    pub fn dialect(&self) -> u16 {
        self.connection.state().negotiated.dialect_revision as u16
    }

    fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Tree, FileId) -> Result<T, CoreError>,
    ) -> Result<T, PipeError> {
        if self.ends.is_some_and(|ends| Instant::now() >= ends) {
            return Err(PipeError::TimeLimit);
        }
        let Some(runtime) = &self.runtime else { return Err(PipeError::Lost("closed".to_owned())) };
        let done = runtime.block_on(self.cancel.run_until_cancelled(work(&mut self.connection, self.file)));
        done.ok_or(PipeError::Cancelled)?.map_err(on_pipe)
    }
}

impl Pipe for SmbPipe {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        let request = message.to_vec();
        let length = message.len();
        let written =
            self.run(async move |tree, file| tree.write(&WriteRequest::for_file(file, 0, request)).await)?;
        if usize::try_from(written.count) == Ok(length) {
            Ok(())
        } else {
            Err(PipeError::Malformed("a message was written in part".to_owned()))
        }
    }

    fn read(&mut self, most: usize) -> Result<Vec<u8>, PipeError> {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let read =
            self.run(async move |tree, file| tree.read(&ReadRequest::for_file(file, 0, most)).await)?;
        Ok(read.data)
    }

    fn transact(&mut self, message: &[u8], most: usize) -> Result<Vec<u8>, PipeError> {
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let message = message.to_vec();
        let answer = self.run(async move |tree, file| {
            tree.ioctl(&IoctlRequest::fsctl(TRANSCEIVE, file, most, message)).await
        })?;
        Ok(answer.output)
    }
}

impl Drop for SmbPipe {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for SmbPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmbPipe").field("round_trips", &self.round_trips()).finish_non_exhaustive()
    }
}
