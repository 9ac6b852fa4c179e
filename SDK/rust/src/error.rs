use crate::sys;
use std::fmt;

/// Why a hook could not do its work: a code that the host acts on, and a message for people.
///
/// Every [`std::error::Error`] becomes one with the code `TH_E_INTERNAL` by `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: i32,
    message: String,
}

/// What hooks return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with one of the `TH_E_*` codes, or a code of the kind's own from -1000 to -9999.
    pub fn new(code: i32, message: impl Into<String>) -> Self {
        let code = if code < 0 { code } else { sys::TH_E_INTERNAL };
        Error { code, message: message.into() }
    }
    /// Something that should not happen did.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(sys::TH_E_INTERNAL, message)
    }
    /// The kind can not do this.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(sys::TH_E_UNSUPPORTED, message)
    }
    /// The input is wrong and would be wrong again: not retried.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(sys::TH_E_BAD_INPUT, message)
    }
    /// A limit has been reached.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(sys::TH_E_LIMIT, message)
    }
    /// The call gave up because it was asked to.
    pub fn cancelled() -> Self {
        Self::new(sys::TH_E_CANCELLED, "cancelled")
    }
    /// It may pass next time: retried within the policy.
    pub fn retry(message: impl Into<String>) -> Self {
        Self::new(sys::TH_E_RETRY, message)
    }
    /// The task failed and the worker is spoilt: it is replaced.
    pub fn poisoned(message: impl Into<String>) -> Self {
        Self::new(sys::TH_E_POISONED, message)
    }
    /// The code that the host gets.
    pub fn code(&self) -> i32 {
        self.code
    }
    /// The message that people get; 4 KiB of it are kept.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        Self::internal(error.to_string())
    }
}
