//! Why a place could not be read, for whoever may try again.

/// Why a place could not be read, or not to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A name for programs, which stays the same: `timed_out`, `wrong_password`; `unreadable` for whatever lies in files.
    pub class: &'static str,
    /// What went wrong and what may help, in a sentence.
    pub message: String,
    /// What is to be expected of another attempt.
    pub prospect: Prospect,
}

/// What is to be expected of another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// The next one, a little later, may succeed.
    Passing,
    /// There was no answer: that may have been a lost packet or a busy moment, but a host that is off costs the same time again.
    NoAnswer,
    /// It will fail again until somebody changes something.
    Lasting,
    /// The host refused the account: each further attempt may lock it.
    Refused,
    /// Nobody knows: it was stopped from this side, or not begun.
    NotTried,
}

impl Fault {
    /// Of what lies in files.
    pub(super) fn unreadable(message: String) -> Self {
        Self { class: "unreadable", message, prospect: Prospect::Lasting }
    }
}

#[cfg(feature = "remote")]
mod remote {
    use msrpc::{Error, PipeError};
    use smb::ConnectError;

    use super::{Fault, Prospect};

    impl From<ConnectError> for Fault {
        fn from(error: ConnectError) -> Self {
            let prospect = match &error {
                ConnectError::TimedOut { .. } => Prospect::NoAnswer,
                ConnectError::NotTried { .. } | ConnectError::Stopped => Prospect::NotTried,
                ConnectError::Interface(error) => of_call(error).1,
                error if error.is_refusal() => Prospect::Refused,
                error if error.is_passing() => Prospect::Passing,
                _ => Prospect::Lasting,
            };
            Self { class: error.class(), message: format!("{error}: {}", error.advice()), prospect }
        }
    }

    impl Fault {
        /// Of a connection that broke at a call.
        pub(crate) fn broken(error: &Error) -> Self {
            let (class, prospect) = of_call(error);
            Self { class, message: error.to_string(), prospect }
        }
    }

    fn of_call(error: &Error) -> (&'static str, Prospect) {
        match error {
            Error::Pipe(PipeError::Lost(_)) => ("lost", Prospect::Passing),
            Error::Pipe(PipeError::TimedOut) => ("timed_out", Prospect::NoAnswer),
            Error::Pipe(PipeError::OutOfTime) => ("out_of_time", Prospect::Lasting),
            Error::Pipe(PipeError::Stopped) => ("stopped", Prospect::NotTried),
            Error::Broken(error) => of_call(error),
            _ => ("not_understood", Prospect::Lasting),
        }
    }
}
