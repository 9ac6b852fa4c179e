//! Hooks of a worker. What the host passes is valid for the length of the call; `worker` is what `worker_new` has made.

use super::{keep, logged, status, Hooks};
use crate::bytes::borrow;
use crate::kind::*;
use crate::sys::*;
use crate::{Call, Host, Out};

pub unsafe extern "C" fn worker_new<W: Worker>(
    host: *const th_host,
    call: *mut th_call,
    shared: th_bytes,
    made: *mut *mut th_worker,
) -> th_status {
    status(call, |call| {
        *made = keep(W::new(&Host(host), call, borrow(shared))?).cast();
        Ok(TH_OK)
    })
}

pub unsafe extern "C" fn worker_free<W: Worker>(worker: *mut th_worker) {
    logged("worker_free", (), || drop(Box::from_raw(worker.cast::<W>())))
}

pub unsafe extern "C" fn perform<W: Worker>(
    worker: *mut th_worker,
    call: *mut th_call,
    request: th_bytes,
    response: *mut th_out,
) -> th_status {
    status(call, |call| {
        (*worker.cast::<W>()).perform(call, borrow(request), &mut Out { raw: response })?;
        Ok(TH_OK)
    })
}

impl<W: WorkerForked> Hooks<W> {
    pub const WORKER_FORKED: Option<unsafe extern "C" fn(*mut th_worker, *mut th_call) -> th_status> =
        Some(worker_forked::<W>);
}
unsafe extern "C" fn worker_forked<W: WorkerForked>(worker: *mut th_worker, call: *mut th_call) -> th_status {
    status(call, |call| {
        (*worker.cast::<W>()).worker_forked(call)?;
        Ok(TH_OK)
    })
}

impl<W: OnFeedback> Hooks<W> {
    pub const ON_FEEDBACK: Option<unsafe extern "C" fn(*mut th_worker, *mut th_call, th_bytes)> =
        Some(on_feedback::<W>);
}
unsafe extern "C" fn on_feedback<W: OnFeedback>(worker: *mut th_worker, call: *mut th_call, feedback: th_bytes) {
    logged("on_feedback", (), || (*worker.cast::<W>()).on_feedback(&Call { raw: call }, borrow(feedback)))
}
