//! Windows Management Instrumentation of this machine, asked with patience that ends.
//!
//! The calls of WMI may wait for minutes, so another thread makes them; one that does not come back in time is left behind, to end with
//! the process.

use std::collections::HashMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ::wmi::{AuthLevel, IWbemClassWrapper, Variant, WMIConnection, WMIError};

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
const MISSING: [u32; 3] = [NO_PROPERTY, 0x8004_1010, 0x8004_100e];
const NO_PROPERTY: u32 = 0x8004_1002;

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

impl From<WMIError> for Fault {
    fn from(error: WMIError) -> Self {
        match error {
            WMIError::HResultError { hres } => Self::Code(hres.cast_unsigned()),
            other => Self::Other(other.to_string()),
        }
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
        let (namespace, query) = (namespace.to_owned(), format!("SELECT * FROM {class}"));
        let wanted: Vec<_> = properties.iter().map(|&name| name.to_owned()).collect();
        self.ask(limit, move |session| {
            let mut found = Vec::new();
            for instance in session.connection(&namespace)?.exec_query(query)? {
                if found.len() == most {
                    return Err(Fault::TooMany(most));
                }
                found.push(some(&instance?, &wanted)?);
            }
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
            let connection = session.connection(&namespace)?;
            let parameters = match connection.get_object(&class)?.get_method(&method)? {
                Some(parameters) => {
                    let parameters = parameters.spawn_instance()?;
                    for (name, value) in input {
                        parameters.put_property(&name, variant(value)?)?;
                    }
                    Some(parameters)
                }
                None => None,
            };
            let output = connection.exec_method(path, method, parameters.as_ref())?;
            output.as_ref().map_or(Ok(Vec::new()), |output| some(output, &wanted))
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
    connections: HashMap<String, WMIConnection>,
    /// Paths of first instances, by namespace and class.
    paths: HashMap<(String, String), String>,
}

impl Session {
    fn connection(&mut self, namespace: &str) -> Result<&WMIConnection, Fault> {
        if !self.connections.contains_key(namespace) {
            let connection = WMIConnection::with_namespace_path(namespace)?;
            // Less than that is refused by the namespace of Terminal Services.
            connection.set_proxy_blanket(AuthLevel::PktPrivacy)?;
            self.connections.insert(namespace.to_owned(), connection);
        }
        self.connections.get(namespace).ok_or_else(|| Fault::Other("no connection".to_owned()))
    }

    fn first(&mut self, namespace: &str, class: &str) -> Result<String, Fault> {
        let key = (namespace.to_owned(), class.to_owned());
        if let Some(path) = self.paths.get(&key) {
            return Ok(path.clone());
        }
        let connection = self.connection(namespace)?;
        let mut instances = connection.exec_query(format!("SELECT * FROM {class}"))?;
        let path = match instances.next() {
            Some(first) => first?.path()?,
            None => class.to_owned(),
        };
        self.paths.insert(key, path.clone());
        Ok(path)
    }
}

fn some(object: &IWbemClassWrapper, wanted: &[String]) -> Result<Object, Fault> {
    let mut found = Vec::new();
    for name in wanted {
        match object.get_property(name) {
            Ok(property) => found.push((name.clone(), value(property)?)),
            // An array that nobody made, which Wine gives where Windows gives nothing.
            Err(WMIError::NullPointerResult) => found.push((name.clone(), Value::Null)),
            Err(error) => match Fault::from(error) {
                Fault::Code(NO_PROPERTY) => {}
                fault => return Err(fault),
            },
        }
    }
    Ok(found)
}

fn all(object: &IWbemClassWrapper) -> Result<Object, Fault> {
    object
        .list_properties()?
        .into_iter()
        .map(|name| {
            let found = value(object.get_property(&name)?)?;
            Ok((name, found))
        })
        .collect()
}

fn value(found: Variant) -> Result<Value, Fault> {
    Ok(match found {
        Variant::Empty | Variant::Null => Value::Null,
        Variant::String(text) => Value::Text(text),
        Variant::I1(number) => Value::Signed(number.into()),
        Variant::I2(number) => Value::Signed(number.into()),
        Variant::I4(number) => Value::Signed(number.into()),
        Variant::I8(number) => Value::Signed(number),
        Variant::R4(number) => Value::Real(number.into()),
        Variant::R8(number) => Value::Real(number),
        Variant::Bool(truth) => Value::Bool(truth),
        Variant::UI1(number) => Value::Unsigned(number.into()),
        Variant::UI2(number) => Value::Unsigned(number.into()),
        Variant::UI4(number) => Value::Unsigned(number.into()),
        Variant::UI8(number) => Value::Unsigned(number),
        Variant::Array(items) => Value::List(items.into_iter().map(value).collect::<Result<_, _>>()?),
        Variant::Unknown(object) => Value::Object(all(&object.to_wbem_class_obj()?)?),
        Variant::Object(object) => Value::Object(all(&object)?),
    })
}

/// A parameter as COM passes it. WMI takes 32-bit numbers as signed ones, whatever the method's own type.
fn variant(value: Value) -> Result<Variant, Fault> {
    let number = |fits: Option<i32>| {
        fits.map(Variant::I4).ok_or_else(|| Fault::Other("a number of more than 32 bits".to_owned()))
    };
    match value {
        Value::Null => Ok(Variant::Null),
        Value::Bool(truth) => Ok(Variant::Bool(truth)),
        Value::Signed(signed) => number(i32::try_from(signed).ok()),
        Value::Unsigned(unsigned) => number(u32::try_from(unsigned).ok().map(u32::cast_signed)),
        Value::Real(real) => Ok(Variant::R8(real)),
        Value::Text(text) => Ok(Variant::String(text)),
        Value::List(items) => items.into_iter().map(variant).collect::<Result<_, _>>().map(Variant::Array),
        Value::Object(_) => Err(Fault::Other("objects are not passed".to_owned())),
    }
}
