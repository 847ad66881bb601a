//! Queries of Windows Management Instrumentation on this machine, with a time limit.
//!
//! Calls of WMI may block for minutes, so a separate thread makes them. If a call exceeds the time limit, its
//! thread is abandoned and ends with the process.

mod com;
mod wbem;

use std::collections::HashMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use self::com::Apartment;
use self::wbem::Services;

/// A value of WMI. Times are texts (`yyyymmddHHMMSS.mmmmmmsUUU`).
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of a signed type.
    Signed(i64),
    /// An integer of an unsigned type.
    Unsigned(u64),
    /// A floating-point number.
    Real(f64),
    /// A text.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An embedded object.
    Object(Object),
}

/// Properties of an instance, or parameters of a method, by name.
pub type Object = Vec<(String, Value)>;

/// Why a query failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The error code (`WBEM_E_…`, or another HRESULT).
    #[error("WMI returned {0:#010x}")]
    Code(u32),
    /// The time limit was exceeded.
    #[error("WMI did not answer within {} s", .0.as_secs())]
    Slow(Duration),
    /// Two queries timed out before, so no more are made.
    #[error("WMI did not answer two queries, so no more were sent")]
    GivenUp,
    /// The class has more instances than the limit.
    #[error("the class has more than {0} instances")]
    TooMany(usize),
    /// The result was not understood, or the thread is gone.
    #[error("{0}")]
    Other(String),
}

/// `WBEM_E_ACCESS_DENIED` and `E_ACCESSDENIED`.
const DENIED: [u32; 2] = [0x8004_1003, 0x8007_0005];
/// `WBEM_E_NOT_FOUND`, `WBEM_E_INVALID_CLASS` and `WBEM_E_INVALID_NAMESPACE`.
const MISSING: [u32; 3] = [0x8004_1002, 0x8004_1010, 0x8004_100e];

impl Fault {
    /// The account lacks the rights for this query.
    #[must_use]
    pub fn is_access_denied(&self) -> bool {
        matches!(self, Self::Code(code) if DENIED.contains(code))
    }

    /// The class or the namespace does not exist on this machine.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Code(code) if MISSING.contains(code))
    }
}

/// No more queries are made after this number of timeouts.
const MOST_SLOW: u32 = 2;

/// WMI of this machine. The connection is made with the first query.
#[derive(Default)]
pub struct Wmi {
    worker: Option<Worker>,
    slow: u32,
}

impl Wmi {
    /// These properties of every instance of a class. Properties that the class lacks in this Windows version
    /// are left out.
    pub fn instances(
        &mut self,
        namespace: &str,
        class: &str,
        properties: &[&str],
        most: usize,
        limit: Duration,
    ) -> Result<Vec<Object>, Fault> {
        let (namespace, class) = (namespace.to_owned(), class.to_owned());
        let wanted: Vec<_> = properties.iter().map(|&name| name.to_owned()).collect();
        self.ask(limit, move |session| {
            let mut found = Vec::new();
            session.services(&namespace)?.each(&class, |instance| {
                if found.len() == most {
                    return Err(Fault::TooMany(most));
                }
                found.push(instance.some(&wanted)?);
                Ok(true)
            })?;
            Ok(found)
        })
    }

    /// Calls a method of the first instance of a class, or of the class itself if it has no instance. Returns
    /// these output parameters; `ReturnValue` is the method's result. Input numbers have at most 32 bits, and
    /// lists contain texts.
    pub fn call(
        &mut self,
        namespace: &str,
        class: &str,
        method: &str,
        input: Object,
        output: &[&str],
        limit: Duration,
    ) -> Result<Object, Fault> {
        let wanted: Vec<_> = output.iter().map(|&name| name.to_owned()).collect();
        let [namespace, class, method] = [namespace, class, method].map(str::to_owned);
        self.ask(limit, move |session| {
            let path = session.first(&namespace, &class)?;
            let services = session.services(&namespace)?;
            let parameters = services.object(&class)?.parameters(&method)?;
            if let Some(parameters) = &parameters {
                for (name, value) in input {
                    parameters.put(&name, value)?;
                }
            }
            let output = services.execute(&path, &method, parameters.as_ref())?;
            output.map_or(Ok(Vec::new()), |output| output.some(&wanted))
        })
    }

    fn ask<T: Send + 'static>(
        &mut self,
        limit: Duration,
        question: impl FnOnce(&mut Session) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        if self.slow >= MOST_SLOW {
            return Err(Fault::GivenUp);
        }
        let (send, receive) = mpsc::channel();
        let worker = match &mut self.worker {
            Some(worker) => worker,
            none => none.insert(Worker::start()?),
        };
        worker.send(Box::new(move |session| {
            // After a timeout the receiver is gone.
            let _ = send.send(question(session));
        }));
        match receive.recv_timeout(limit) {
            Ok(answer) => answer,
            Err(reason) => {
                self.slow += 1;
                if let Some(worker) = self.worker.take() {
                    worker.leave_behind();
                }
                Err(match reason {
                    RecvTimeoutError::Timeout => Fault::Slow(limit),
                    RecvTimeoutError::Disconnected => Fault::Other("the question was lost".to_owned()),
                })
            }
        }
    }
}

/// The thread that calls WMI.
struct Worker {
    questions: Option<mpsc::Sender<Question>>,
    thread: Option<JoinHandle<()>>,
}

type Question = Box<dyn FnOnce(&mut Session) + Send>;

impl Worker {
    fn start() -> Result<Self, Fault> {
        let (send, receive) = mpsc::channel::<Question>();
        let work = move || {
            let mut session = Session::default();
            for question in receive {
                question(&mut session);
            }
        };
        let thread = thread::Builder::new().name("wmi".to_owned()).spawn(work);
        let thread = thread.map_err(|error| Fault::Other(error.to_string()))?;
        Ok(Self { questions: Some(send), thread: Some(thread) })
    }

    fn send(&self, question: Question) {
        if let Some(questions) = &self.questions {
            // If the thread is gone, the query's own channel reports it.
            let _ = questions.send(question);
        }
    }

    fn leave_behind(mut self) {
        self.thread = None;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.questions = None;
        if let Some(thread) = self.thread.take() {
            // If it panicked, the caller of the query already knows.
            let _ = thread.join();
        }
    }
}

/// The state of the thread.
#[derive(Default)]
struct Session {
    // Order of drop: COM objects before this thread's apartment.
    services: HashMap<String, Services>,
    /// Paths of first instances, by namespace and class.
    paths: HashMap<(String, String), String>,
    apartment: Option<Apartment>,
}

impl Session {
    fn services(&mut self, namespace: &str) -> Result<&Services, Fault> {
        if !self.services.contains_key(namespace) {
            let apartment = match &mut self.apartment {
                Some(apartment) => apartment,
                none => none.insert(Apartment::enter()?),
            };
            self.services.insert(namespace.to_owned(), Services::connect(apartment, namespace)?);
        }
        self.services.get(namespace).ok_or_else(|| Fault::Other("no connection".to_owned()))
    }

    fn first(&mut self, namespace: &str, class: &str) -> Result<String, Fault> {
        let key = (namespace.to_owned(), class.to_owned());
        if let Some(path) = self.paths.get(&key) {
            return Ok(path.clone());
        }
        let mut path = class.to_owned();
        self.services(namespace)?.each(class, |instance| {
            if let Some(Value::Text(found)) = instance.property("__PATH")? {
                path = found;
            }
            Ok(false)
        })?;
        self.paths.insert(key, path.clone());
        Ok(path)
    }
}
