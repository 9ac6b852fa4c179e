//! The tables that a kind offers: sessions of its workers, calls that its host side answers, tasks in full.

use super::{keep, logged_status, status, Hooks};
use crate::bytes::borrow;
use crate::kind::*;
use crate::sys::*;
use crate::Out;
use std::ffi::CStr;
use std::os::raw::{c_char, c_void};

/// The tables of a kind; it has those whose traits it implements.
pub struct Tables {
    pub sessions: Option<&'static th_session_hooks>,
    pub service: Option<&'static th_host_service>,
    pub lines: Option<&'static th_task_line>,
}

impl Tables {
    /// Whether the kind needs no `extension`.
    pub const fn is_empty(&self) -> bool {
        self.sessions.is_none() && self.service.is_none() && self.lines.is_none()
    }
    /// The `extension` of a kind.
    ///
    /// # Safety
    /// `id` is a C string.
    pub unsafe fn find(&self, id: *const c_char) -> *const c_void {
        fn address<T>(table: Option<&'static T>) -> *const c_void {
            table.map_or(std::ptr::null(), |table| (table as *const T).cast())
        }
        match CStr::from_ptr(id).to_bytes() {
            b"taskhost.session/1" => address(self.sessions),
            b"taskhost.host_service/1" => address(self.service),
            b"taskhost.line/1" => address(self.lines),
            _ => std::ptr::null(),
        }
    }
}

impl<W: Sessions> Hooks<W> {
    pub const SESSIONS: Option<&'static th_session_hooks> = Some(&th_session_hooks {
        size: std::mem::size_of::<th_session_hooks>() as u32,
        reserved: 0,
        session_open: Some(session_open::<W>),
        session_perform: Some(session_perform::<W>),
        session_close: Some(session_close::<W>),
    });
}
unsafe extern "C" fn session_open<W: Sessions>(
    worker: *mut th_worker,
    call: *mut th_call,
    request: th_bytes,
    opened: *mut *mut th_session,
) -> th_status {
    status(call, |call| {
        *opened = keep((*worker.cast::<W>()).session_open(call, borrow(request))?).cast();
        Ok(TH_OK)
    })
}
unsafe extern "C" fn session_perform<W: Sessions>(
    worker: *mut th_worker,
    session: *mut th_session,
    call: *mut th_call,
    request: th_bytes,
    response: *mut th_out,
) -> th_status {
    status(call, |call| {
        let session = &mut *session.cast::<W::Session>();
        (*worker.cast::<W>()).session_perform(session, call, borrow(request), &mut Out { raw: response })?;
        Ok(TH_OK)
    })
}
unsafe extern "C" fn session_close<W: Sessions>(
    worker: *mut th_worker,
    session: *mut th_session,
    call: *mut th_call,
    last: *mut th_out,
) -> th_status {
    status(call, |call| {
        let session = *Box::from_raw(session.cast::<W::Session>());
        (*worker.cast::<W>()).session_close(session, call, &mut Out { raw: last })?;
        Ok(TH_OK)
    })
}

impl<Q: OnCall> Hooks<Q> {
    pub const SERVICE: Option<&'static th_host_service> = Some(&th_host_service {
        size: std::mem::size_of::<th_host_service>() as u32,
        reserved: 0,
        on_call: Some(on_call::<Q>),
    });
}
unsafe extern "C" fn on_call<Q: OnCall>(
    queue: *mut th_queue,
    call: *mut th_call,
    worker: *const th_worker_status,
    caller: *const th_worker_handle,
    request: th_bytes,
    reply: *mut th_out,
) -> th_status {
    status(call, |call| {
        let mut reply = Out { raw: reply };
        let queue = &mut *queue.cast::<Q>();
        let is_answered = queue.on_call(call, &WorkerStatus(&*worker), &*caller, borrow(request), &mut reply)?;
        Ok(if is_answered { TH_OK } else { TH_NONE })
    })
}

impl<K: LineOfTask> Hooks<K> {
    pub const LINES: Option<&'static th_task_line> = Some(&th_task_line {
        size: std::mem::size_of::<th_task_line>() as u32,
        reserved: 0,
        line_of_task: Some(line_of_task::<K>),
    });
}
unsafe extern "C" fn line_of_task<K: LineOfTask>(task: th_bytes, text: *mut th_out) -> th_status {
    logged_status("line_of_task", || K::line_of_task(borrow(task), &mut Out { raw: text }))
}
