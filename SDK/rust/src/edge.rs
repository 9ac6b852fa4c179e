//! The functions that the host calls, for each hook that a kind has. `plugin!` puts them into the table.
#![allow(missing_docs)]

use crate::bytes::{borrow, Words};
use crate::host::Level;
use crate::kind::*;
use crate::panics;
use crate::sys::*;
use crate::{Call, Host, Items, Out, Result};
use std::ffi::CStr;
use std::marker::PhantomData;
use std::os::raw::{c_char, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

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
        let host = HOST.load(Ordering::Relaxed);
        if !host.is_null() {
            Host(host).log(Level::Error, &format!("{hook}: {text}"));
        }
        standard
    })
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
    const NAME_OF_TASK: Option<NameHook> = None;
    const NAME_OF_REQUEST: Option<NameHook> = None;
}

impl<T> Absent for Hooks<T> {}

// ---- in the host. What the host passes is valid for the length of the call; `queue` is what queue_new has made.

pub unsafe extern "C" fn queue_new<Q: Queue>(
    host: *const th_host,
    call: *mut th_call,
    made: *mut *mut th_queue,
) -> th_status {
    status(call, |call| {
        *made = keep(Q::new(&Host(host), call)?).cast();
        Ok(TH_OK)
    })
}

pub unsafe extern "C" fn queue_free<Q: Queue>(queue: *mut th_queue) {
    logged("queue_free", (), || drop(Box::from_raw(queue.cast::<Q>())))
}

impl<Q: ExtraEnv> Hooks<Q> {
    pub const EXTRA_ENV: Option<unsafe extern "C" fn(*mut th_queue, *mut th_call, *mut th_out) -> th_status> =
        Some(extra_env::<Q>);
}
unsafe extern "C" fn extra_env<Q: ExtraEnv>(queue: *mut th_queue, call: *mut th_call, items: *mut th_out) -> th_status {
    status(call, |call| {
        (*queue.cast::<Q>()).extra_env(call, &mut Items::new(items))?;
        Ok(TH_OK)
    })
}

impl<Q: Plan> Hooks<Q> {
    pub const PLAN: Option<PlanHook> = Some(plan::<Q>);
}
unsafe extern "C" fn plan<Q: Plan>(
    queue: *mut th_queue,
    call: *mut th_call,
    words: *const th_bytes,
    count: usize,
    shared: *mut th_out,
    tasks: *mut th_out,
) -> th_status {
    status(call, |call| {
        let words = Words::new(words, count);
        (*queue.cast::<Q>()).plan(call, words, &mut Out { raw: shared }, &mut Items::new(tasks))?;
        Ok(TH_OK)
    })
}

impl<Q: RequestOfTask> Hooks<Q> {
    pub const REQUEST_OF_TASK: Option<RequestHook> = Some(request_of_task::<Q>);
}
unsafe extern "C" fn request_of_task<Q: RequestOfTask>(
    queue: *mut th_queue,
    call: *mut th_call,
    worker: *const th_worker_status,
    task: th_bytes,
    request: *mut th_out,
) -> th_status {
    status(call, |call| {
        let mut request = Out { raw: request };
        let queue = &mut *queue.cast::<Q>();
        let is_wanted = queue.request_of_task(call, &WorkerStatus(&*worker), borrow(task), &mut request)?;
        Ok(if is_wanted { TH_OK } else { TH_NONE })
    })
}

impl<Q: TaskMatch> Hooks<Q> {
    pub const TASK_MATCH: Option<unsafe extern "C" fn(*mut th_queue, *const th_worker_status, th_bytes) -> i32> =
        Some(task_match::<Q>);
}
unsafe extern "C" fn task_match<Q: TaskMatch>(
    queue: *mut th_queue,
    worker: *const th_worker_status,
    task: th_bytes,
) -> i32 {
    logged("task_match", 0, || i32::from((*queue.cast::<Q>()).task_match(&WorkerStatus(&*worker), borrow(task))))
}

impl<Q: UseResponse> Hooks<Q> {
    pub const USE_RESPONSE: Option<ResponseHook> = Some(use_response::<Q>);
}
unsafe extern "C" fn use_response<Q: UseResponse>(
    queue: *mut th_queue,
    call: *mut th_call,
    worker: *const th_worker_status,
    task: th_bytes,
    response: th_bytes,
    competence: *mut th_out,
    tasks: *mut th_out,
) -> th_status {
    status(call, |call| {
        let answer = (*queue.cast::<Q>()).use_response(
            call,
            &WorkerStatus(&*worker),
            borrow(task),
            borrow(response),
            &mut Out { raw: competence },
            &mut Items::new(tasks),
        )?;
        Ok(if answer == Answer::Stay { TH_STAY } else { TH_END })
    })
}

fn code(after: After) -> th_status {
    if after == After::Settled {
        TH_OK
    } else {
        TH_E_RETRY
    }
}

impl<Q: OnMarshalError> Hooks<Q> {
    pub const ON_MARSHAL_ERROR: Option<GoneHook> = Some(on_marshal_error::<Q>);
}
unsafe extern "C" fn on_marshal_error<Q: OnMarshalError>(
    queue: *mut th_queue,
    call: *mut th_call,
    gone: *const th_gone,
    task: *const th_bytes,
    tasks: *mut th_out,
) -> th_status {
    status(call, |call| {
        let task = task.as_ref().map(|task| borrow(*task));
        let queue = &mut *queue.cast::<Q>();
        queue.on_marshal_error(call, &Gone(&*gone), task, &mut Items::new(tasks)).map(code)
    })
}

impl<Q: OnTaskGone> Hooks<Q> {
    pub const ON_TASK_GONE: Option<GoneHook> = Some(on_task_gone::<Q>);
}
unsafe extern "C" fn on_task_gone<Q: OnTaskGone>(
    queue: *mut th_queue,
    call: *mut th_call,
    gone: *const th_gone,
    task: *const th_bytes,
    tasks: *mut th_out,
) -> th_status {
    status(call, |call| {
        let task = task.as_ref().map(|task| borrow(*task));
        let queue = &mut *queue.cast::<Q>();
        queue.on_task_gone(call, &Gone(&*gone), task, &mut Items::new(tasks)).map(code)
    })
}

impl<Q: ForwardFeedback> Hooks<Q> {
    pub const FORWARD_FEEDBACK: Option<unsafe extern "C" fn(*mut th_queue, *mut th_call, u64, th_bytes)> =
        Some(forward_feedback::<Q>);
}
unsafe extern "C" fn forward_feedback<Q: ForwardFeedback>(
    queue: *mut th_queue,
    call: *mut th_call,
    worker: u64,
    feedback: th_bytes,
) {
    logged("forward_feedback", (), || {
        (*queue.cast::<Q>()).forward_feedback(&Call { raw: call }, worker, borrow(feedback))
    })
}

impl<Q: Summary> Hooks<Q> {
    pub const SUMMARY: Option<
        unsafe extern "C" fn(*mut th_queue, *mut th_call, *const th_totals, *mut th_out) -> th_status,
    > = Some(summary::<Q>);
}
unsafe extern "C" fn summary<Q: Summary>(
    queue: *mut th_queue,
    call: *mut th_call,
    totals: *const th_totals,
    text: *mut th_out,
) -> th_status {
    status(call, |call| {
        (*queue.cast::<Q>()).summary(call, &*totals, &mut Out { raw: text })?;
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

// ---- in a worker

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

/// The `extension` of a kind.
///
/// # Safety
/// `id` is a C string.
pub unsafe fn extension(
    id: *const c_char,
    sessions: Option<&'static th_session_hooks>,
    service: Option<&'static th_host_service>,
) -> *const c_void {
    let table = match CStr::from_ptr(id).to_bytes() {
        b"taskhost.session/1" => sessions.map(|table| table as *const _ as *const c_void),
        b"taskhost.host_service/1" => service.map(|table| table as *const _ as *const c_void),
        _ => None,
    };
    table.unwrap_or(std::ptr::null())
}

// ---- neither

impl<K: NameOfTask> Hooks<K> {
    pub const NAME_OF_TASK: Option<NameHook> = Some(name_of_task::<K>);
}
unsafe extern "C" fn name_of_task<K: NameOfTask>(task: th_bytes, text: *mut th_out) -> th_status {
    logged("name_of_task", TH_E_INTERNAL, || write(&K::name_of_task(borrow(task)), text))
}

impl<K: NameOfRequest> Hooks<K> {
    pub const NAME_OF_REQUEST: Option<NameHook> = Some(name_of_request::<K>);
}
unsafe extern "C" fn name_of_request<K: NameOfRequest>(request: th_bytes, text: *mut th_out) -> th_status {
    logged("name_of_request", TH_E_INTERNAL, || write(&K::name_of_request(borrow(request)), text))
}

fn write(name: &str, text: *mut th_out) -> th_status {
    let mut end = name.len().min(256);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    match (Out { raw: text }).push(&name.as_bytes()[..end]) {
        Ok(()) => TH_OK,
        Err(error) => error.code(),
    }
}
