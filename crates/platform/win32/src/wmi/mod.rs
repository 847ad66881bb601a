//! Windows Management Instrumentation of this machine, asked with patience that ends.
//!
//! The calls of WMI may wait for minutes, so another thread makes them; one that does not come back in time is left behind, to end with
//! the process.

mod com;
mod wbem;

use std::collections::HashMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use self::com::Apartment;
use self::wbem::Services;

/// A value as WMI has it. Times are texts there (`yyyymmddHHMMSS.mmmmmmsUUU`).
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
    /// A real number.
    Real(f64),
    /// A text.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// An object that lies in another one.
    Object(Object),
}

/// Properties of an instance, or parameters of a method, by name.
pub type Object = Vec<(String, Value)>;

/// Why WMI gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The number that it gave (`WBEM_E_…`, or another HRESULT).
    #[error("WMI says {0:#010x}")]
    Code(u32),
    /// It took longer than anybody waits.
    #[error("WMI did not answer within {} s", .0.as_secs())]
    Slow(Duration),
    /// It left two questions without an answer, and is asked no more.
    #[error("WMI left two questions without an answer, and was not asked any more")]
    GivenUp,
    /// There are more instances than are taken.
    #[error("the class has more than {0} instances")]
    TooMany(usize),
    /// What came is nothing that is understood, or nobody was there to ask.
    #[error("{0}")]
    Other(String),
}

/// `WBEM_E_ACCESS_DENIED` and `E_ACCESSDENIED`.
const DENIED: [u32; 2] = [0x8004_1003, 0x8007_0005];
/// `WBEM_E_NOT_FOUND`, `WBEM_E_INVALID_CLASS` and `WBEM_E_INVALID_NAMESPACE`.
const MISSING: [u32; 3] = [0x8004_1002, 0x8004_1010, 0x8004_100e];

impl Fault {
    /// The account may not ask this.
    #[must_use]
    pub fn is_access_denied(&self) -> bool {
        matches!(self, Self::Code(code) if DENIED.contains(code))
    }

    /// There is no such class (or no such namespace) on this machine.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Code(code) if MISSING.contains(code))
    }
}

/// After so many questions that nobody answered in time, no more are asked.
const MOST_SLOW: u32 = 2;

/// WMI of this machine. Nothing is connected before the first question.
#[derive(Default)]
pub struct Wmi {
    worker: Option<Worker>,
    slow: u32,
}

impl Wmi {
    /// These properties of every instance of a class. One that the class of this Windows does not have is left out.
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

    /// Calls a method of the first instance of a class, or of the class itself where it has no instance; gives these of its output
    /// parameters, of which `ReturnValue` is what it returns. Numbers of the input have 32 bits at most, lists hold texts.
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
            // Nobody listens where it took too long.
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

/// The thread that waits for WMI.
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
            // Where the thread is gone, the question's own channel says so.
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
            // It panicked where it ended otherwise, and has told whoever asked.
            let _ = thread.join();
        }
    }
}

/// What the thread keeps.
#[derive(Default)]
struct Session {
    // In this order they are given up: what came out of COM before this thread's part in it.
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
