//! WMI questions, answered by Windows.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use win32::service;
use win32::wmi::{self, Fault};

use snapshot::{Wmi, WmiClass, WmiError, WmiObject, WmiQuestion};

/// Limit on instances of one class; higher than the number of licenses of any real license server.
const MOST_INSTANCES: usize = 50_000;

/// The WMI connection with a cache of its answers: several facts come from one instance.
#[derive(Default)]
pub(super) struct Asked {
    wmi: wmi::Wmi,
    instances: HashMap<(WmiClass, String), Result<Vec<WmiObject>, WmiError>>,
    /// Whether a service is installed, by its short name.
    installed: HashMap<&'static str, bool>,
}

impl Asked {
    /// Answers a question; `None` if it does not apply to this machine.
    pub(super) fn put(&mut self, question: &WmiQuestion) -> Result<Option<Json>, WmiError> {
        let installed = *self.installed.entry(question.service).or_insert_with(|| {
            // If the state of the service is unknown, query WMI, which reports the reason.
            service::state(question.service).map_or(true, |state| state.is_some())
        });
        if !installed {
            return Ok(None);
        }
        let until = Instant::now() + question.limit;
        (question.ask)(&mut Timed { asked: self, until })
    }
}

/// WMI with the time limit of one question.
struct Timed<'a> {
    asked: &'a mut Asked,
    until: Instant,
}

impl Timed<'_> {
    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

impl Wmi for Timed<'_> {
    fn instances(&mut self, class: WmiClass, properties: &[&str]) -> Result<Vec<WmiObject>, WmiError> {
        let key = (class, properties.join(" "));
        if let Some(known) = self.asked.instances.get(&key) {
            return known.clone();
        }
        let left = self.left();
        let found = self.asked.wmi.instances(class.namespace, class.name, properties, MOST_INSTANCES, left);
        let found =
            found.map(|found| found.into_iter().map(object).collect()).map_err(|fault| error(class, &fault));
        self.asked.instances.insert(key, found.clone());
        found
    }

    fn call(
        &mut self,
        class: WmiClass,
        method: &str,
        input: WmiObject,
        output: &[&str],
    ) -> Result<WmiObject, WmiError> {
        let input = input.into_iter().map(|(name, value)| (name, parameter(value))).collect();
        let left = self.left();
        let found = self.asked.wmi.call(class.namespace, class.name, method, input, output, left);
        found.map(object).map_err(|fault| error(class, &fault))
    }
}

fn error(class: WmiClass, fault: &Fault) -> WmiError {
    if fault.is_missing() {
        WmiError::Missing(class.name)
    } else if fault.is_access_denied() {
        WmiError::Denied
    } else {
        WmiError::Other(fault.to_string())
    }
}

fn object(found: wmi::Object) -> WmiObject {
    found.into_iter().map(|(name, value)| (name, json(value))).collect()
}

fn json(value: wmi::Value) -> Json {
    match value {
        wmi::Value::Null => Json::Null,
        wmi::Value::Bool(truth) => truth.into(),
        wmi::Value::Signed(number) => number.into(),
        wmi::Value::Unsigned(number) => number.into(),
        wmi::Value::Real(number) => number.into(),
        wmi::Value::Text(text) => text.into(),
        wmi::Value::List(items) => items.into_iter().map(json).collect(),
        wmi::Value::Object(found) => object(found).into(),
    }
}

fn parameter(value: Json) -> wmi::Value {
    match value {
        Json::Null => wmi::Value::Null,
        Json::Bool(truth) => wmi::Value::Bool(truth),
        Json::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => wmi::Value::Unsigned(number),
            (None, Some(number)) => wmi::Value::Signed(number),
            (None, None) => wmi::Value::Real(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => wmi::Value::Text(text),
        Json::Array(items) => wmi::Value::List(items.into_iter().map(parameter).collect()),
        Json::Object(inner) => {
            wmi::Value::Object(inner.into_iter().map(|(name, value)| (name, parameter(value))).collect())
        }
    }
}
