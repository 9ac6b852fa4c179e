use crate::bytes::{borrow, lend};
use crate::sys;
use crate::{Error, Result};
use std::str::FromStr;

/// How much a log message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Every step.
    Trace,
    /// For the author of the kind.
    Debug,
    /// Worth knowing.
    Info,
    /// Doubtful.
    Warning,
    /// Wrong.
    Error,
}

/// The services that last as long as the process. They may be used from any thread.
#[derive(Clone, Copy)]
pub struct Host(pub(crate) *const sys::th_host);

// The header says of each of these services that any thread may use it.
unsafe impl Send for Host {}
unsafe impl Sync for Host {}

impl Host {
    /// Whether this process is a worker.
    pub fn is_worker(&self) -> bool {
        unsafe { (*self.0).role == sys::TH_ROLE_WORKER }
    }
    /// Writes to the host's log.
    pub fn log(&self, level: Level, message: &str) {
        unsafe {
            if ((*self.0).log_enabled)(self.0, level as i32) != 0 {
                ((*self.0).log)(self.0, level as i32, lend(message.as_bytes()))
            }
        }
    }
    /// An option of the run (`--set key=value`) as it was written; `None` when it is not set.
    pub fn text_option(&self, key: &str) -> Result<Option<&'static str>> {
        let value = unsafe { ((*self.0).config_get)(self.0, lend(key.as_bytes())) };
        if value.ptr.is_null() {
            return Ok(None);
        }
        // SAFETY: options are valid for the life of the process.
        let bytes: &'static [u8] = unsafe { borrow(value) };
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Error::bad_input(format!("option {key}: it is no text"))),
        }
    }
    /// An option of the run as a value; `standard` when it is not set.
    pub fn option<T: FromStr>(&self, key: &str, standard: T) -> Result<T> {
        match self.text_option(key)? {
            None => Ok(standard),
            Some(text) => text.parse().map_err(|_| {
                let expected = std::any::type_name::<T>();
                Error::bad_input(format!("option {key}: found '{text}', expected a value of type {expected}"))
            }),
        }
    }
    /// A table of an extension; `id` ends with a NUL.
    pub(crate) fn table<T>(&self, id: &'static str) -> Option<*const T> {
        self.table_from(id, std::mem::size_of::<T>())
    }
    /// The same for one of an older host, too, that ends after `size` bytes: what lies behind them must not be read.
    pub(crate) fn table_from<T>(&self, id: &'static str, size: usize) -> Option<*const T> {
        debug_assert!(id.ends_with('\0'));
        unsafe {
            let table = ((*self.0).extension?)(self.0, id.as_ptr().cast());
            // SAFETY: each table begins with its size.
            if table.is_null() || (*table.cast::<u32>() as usize) < size {
                return None;
            }
            Some(table.cast())
        }
    }
    pub(crate) fn needed<T>(&self, id: &'static str) -> Result<*const T> {
        self.needed_from(id, std::mem::size_of::<T>())
    }
    pub(crate) fn needed_from<T>(&self, id: &'static str, size: usize) -> Result<*const T> {
        let name = id.trim_end_matches('\0');
        self.table_from(id, size).ok_or_else(|| Error::unsupported(format!("this host has no extension {name}")))
    }
}
