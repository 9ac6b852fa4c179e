//! The functions that the host calls, for each hook that a kind has. `plugin!` puts them into the table.
#![allow(missing_docs)]

use crate::host::Level;
use crate::panics;
use crate::sys::*;
use crate::{Call, Host, Result};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicPtr, Ordering};

mod names;
mod queue;
mod tables;
mod worker;

pub use queue::{queue_free, queue_new};
pub use tables::Tables;
pub use worker::{perform, worker_free, worker_new};

/// Where hooks log that have no call to carry a message.
static HOST: AtomicPtr<th_host> = AtomicPtr::new(std::ptr::null_mut());

/// The beginning of the entry function.
pub fn enter(host: *const th_host) {
    HOST.store(host as *mut th_host, Ordering::Relaxed);
    panics::take_over();
}

/// Runs a hook: an error or a panic becomes a code and a message.
fn status(call: *mut th_call, body: impl FnOnce(&Call) -> Result<th_status>) -> th_status {
    let call = Call { raw: call };
    match panics::catch(|| body(&call)) {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => call.fail(error.code(), error.message()),
        Err(text) => call.fail(TH_E_INTERNAL, &text),
    }
}

/// Runs a hook that can not fail: a panic is logged.
fn logged<T>(hook: &str, standard: T, body: impl FnOnce() -> T) -> T {
    panics::catch(body).unwrap_or_else(|text| {
        log(hook, &text);
        standard
    })
}

/// Runs a hook that has no call to carry a message: an error or a panic is logged.
fn logged_status(hook: &str, body: impl FnOnce() -> Result<()>) -> th_status {
    match logged(hook, None, || Some(body())) {
        Some(Ok(())) => TH_OK,
        Some(Err(error)) => {
            log(hook, error.message());
            error.code()
        }
        None => TH_E_INTERNAL,
    }
}

fn log(hook: &str, text: &str) {
    let host = HOST.load(Ordering::Relaxed);
    if !host.is_null() {
        Host(host).log(Level::Error, &format!("{hook}: {text}"));
    }
}

fn keep<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// The hooks of a type. A hook whose trait `T` does not have is the one of [`Absent`].
pub struct Hooks<T>(PhantomData<T>);

/// Nothing at all.
pub trait Absent {
    const EXTRA_ENV: Option<unsafe extern "C" fn(*mut th_queue, *mut th_call, *mut th_out) -> th_status> = None;
    const PLAN: Option<PlanHook> = None;
    const REQUEST_OF_TASK: Option<RequestHook> = None;
    const TASK_MATCH: Option<unsafe extern "C" fn(*mut th_queue, *const th_worker_status, th_bytes) -> i32> = None;
    const USE_RESPONSE: Option<ResponseHook> = None;
    const ON_MARSHAL_ERROR: Option<GoneHook> = None;
    const ON_TASK_GONE: Option<GoneHook> = None;
    const FORWARD_FEEDBACK: Option<unsafe extern "C" fn(*mut th_queue, *mut th_call, u64, th_bytes)> = None;
    const SUMMARY: Option<
        unsafe extern "C" fn(*mut th_queue, *mut th_call, *const th_totals, *mut th_out) -> th_status,
    > = None;
    const SERVICE: Option<&'static th_host_service> = None;
    const WORKER_FORKED: Option<unsafe extern "C" fn(*mut th_worker, *mut th_call) -> th_status> = None;
    const ON_FEEDBACK: Option<unsafe extern "C" fn(*mut th_worker, *mut th_call, th_bytes)> = None;
    const SESSIONS: Option<&'static th_session_hooks> = None;
    const LINES: Option<&'static th_task_line> = None;
    const NAME_OF_TASK: Option<NameHook> = None;
    const NAME_OF_REQUEST: Option<NameHook> = None;
}

impl<T> Absent for Hooks<T> {}
