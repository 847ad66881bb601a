//! Asking the running machine what stands in no registry.

mod wmi;

use serde_json::{Value as Json, json};
use winreg::{Error, domain, network, service, version};

use crate::{Question, Snapshot, Subject};

/// Asks. What was not told is among the snapshot's unanswered facts.
pub(super) fn ask(questions: &[Question], snapshot: &mut Snapshot) {
    let mut wmi = wmi::Asked::default();
    for question in questions {
        match question.subject {
            Subject::Wmi(asked) => {
                let answer = wmi.put(&asked);
                snapshot.answered(question.fact, asked.source, answer);
            }
            simple => {
                let (source, answer) = answer(simple);
                snapshot.answered(question.fact, source, answer);
            }
        }
    }
}

fn answer(subject: Subject) -> (String, Result<Option<Json>, Error>) {
    match subject {
        Subject::ServiceState(name) => {
            let state = service::state(name).map(|state| state.map(|state| json!(state.word())));
            (format!("service {name}"), state)
        }
        Subject::SystemVersion => {
            let version = version::running().map(|version| {
                Some(json!({
                    "major": version.major,
                    "minor": version.minor,
                    "build": version.build,
                    "product_type": version.product_type,
                    "suite": version.suite,
                }))
            });
            ("RtlGetVersion".to_owned(), version)
        }
        Subject::Membership => {
            let join = domain::join().map(|join| {
                Some(match join? {
                    domain::Join::Domain(name) => json!({ "domain": name }),
                    domain::Join::Workgroup(name) => json!({ "workgroup": name }),
                    domain::Join::Unjoined => json!({}),
                })
            });
            ("NetGetJoinInformation".to_owned(), join)
        }
        Subject::Addresses => {
            let addresses = network::addresses().map(|addresses| {
                Some(addresses.iter().map(|address| Json::from(address.to_string())).collect())
            });
            ("GetAdaptersAddresses".to_owned(), addresses)
        }
        Subject::Wmi(asked) => (asked.source.to_owned(), Ok(None)),
    }
}
