use crate::bytes::lend;
use crate::sys;
use crate::{Error, Result};
use std::sync::atomic::{AtomicU64, Ordering};

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something worth knowing.
    Note,
    /// Something doubtful.
    Warning,
    /// Neither good nor bad: something is still missing.
    Incomplete,
    /// The kind's verdict on its input is "bad".
    Failed,
    /// Given up at a limit.
    Limit,
    /// No verdict could be reached.
    Error,
}

/// A message about a place in some input. Zeroes and empty texts are left out.
#[derive(Clone, Copy, Debug)]
pub struct Diagnostic<'a> {
    /// How grave it is.
    pub severity: Severity,
    /// What it says.
    pub message: &'a str,
    /// The file that it is about.
    pub file: &'a [u8],
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// A position in the kind's own counting, from 1.
    pub step: u64,
    /// The name of what it is about.
    pub label: &'a str,
    /// More members of the event, as the text of one JSON object.
    pub json: &'a str,
}

impl<'a> Diagnostic<'a> {
    /// A diagnostic without a place: `Diagnostic { line: 3, ..Diagnostic::new(Severity::Note, "text") }`.
    pub fn new(severity: Severity, message: &'a str) -> Self {
        Diagnostic { severity, message, file: &[], line: 0, column: 0, step: 0, label: "", json: "" }
    }
}

/// The services of one call of one hook. It ends with the call, and belongs to its thread.
pub struct Call {
    pub(crate) raw: *mut sys::th_call,
}

impl Call {
    /// The request in a worker, the task in the host.
    pub fn id(&self) -> u64 {
        // SAFETY: the host keeps the call as long as the hook runs, as for all that follow.
        unsafe { (*self.raw).id }
    }
    /// When the call must have ended, on CLOCK_MONOTONIC; `None` for never.
    pub fn deadline_ns(&self) -> Option<u64> {
        Some(unsafe { (*self.raw).deadline_ns }).filter(|deadline| *deadline != 0)
    }
    /// Whether this call should give up. It costs a nanosecond: ask it inside long loops.
    pub fn is_cancelled(&self) -> bool {
        // The host writes this word while we read it.
        unsafe { (*((*self.raw).cancel as *const AtomicU64)).load(Ordering::Relaxed) == (*self.raw).id }
    }
    /// The same as an error, for `?`.
    pub fn check_cancelled(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::cancelled());
        }
        Ok(())
    }
    /// Sends bytes to the other side, in order.
    pub fn feedback(&self, bytes: &[u8]) {
        unsafe { ((*self.raw).feedback)(self.raw, lend(bytes)) }
    }
    /// How far the call or the run has come; `total` 0 when that is unknown.
    pub fn progress(&self, done: u64, total: u64, units: &str) {
        unsafe { ((*self.raw).progress)(self.raw, done, total, lend(units.as_bytes())) }
    }
    /// What the task counts for, in hooks of the host that settle it.
    pub fn count(&self, passed: u64, pending: u64, failed: u64) {
        unsafe { ((*self.raw).count)(self.raw, passed, pending, failed) }
    }
    /// Reports a diagnostic.
    pub fn diagnostic(&self, diagnostic: &Diagnostic) {
        let raw = sys::th_diagnostic {
            size: std::mem::size_of::<sys::th_diagnostic>() as u32,
            severity: diagnostic.severity as u32,
            line: diagnostic.line,
            column: diagnostic.column,
            step: diagnostic.step,
            file: lend(diagnostic.file),
            label: lend(diagnostic.label.as_bytes()),
            message: lend(diagnostic.message.as_bytes()),
            json: lend(diagnostic.json.as_bytes()),
        };
        unsafe { ((*self.raw).diagnostic)(self.raw, &raw) }
    }
    pub(crate) fn fail(&self, code: i32, message: &str) -> i32 {
        unsafe { ((*self.raw).fail)(self.raw, code, lend(message.as_bytes())) }
    }
}
