//! Hooks of the host. What the host passes is valid for the length of the call; `queue` is what `queue_new` has made.

use super::{keep, logged, status, Hooks};
use crate::bytes::{borrow, Words};
use crate::kind::*;
use crate::sys::*;
use crate::{Call, Host, Items, Out, Result};

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
    settle(queue, call, gone, task, tasks, Q::on_marshal_error)
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
    settle(queue, call, gone, task, tasks, Q::on_task_gone)
}

type GoneMethod<Q> = fn(&mut Q, &Call, &Gone, Option<&[u8]>, &mut Items) -> Result<After>;

/// Either hook that hears of a task without a response.
unsafe fn settle<Q>(
    queue: *mut th_queue,
    call: *mut th_call,
    gone: *const th_gone,
    task: *const th_bytes,
    tasks: *mut th_out,
    hook: GoneMethod<Q>,
) -> th_status {
    status(call, |call| {
        let task = task.as_ref().map(|task| borrow(*task));
        match hook(&mut *queue.cast::<Q>(), call, &Gone(&*gone), task, &mut Items::new(tasks))? {
            After::Settled => Ok(TH_OK),
            After::Retry => Ok(TH_E_RETRY),
        }
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
