use crate::bytes::{borrow, Words};
use crate::sys;
use crate::{Call, Host, Items, Out, Result};

/// A task kind: its state in the host, and its state in a worker process.
pub trait Kind: 'static {
    /// `()` for a kind that leaves everything in the host to its defaults.
    type Queue: Queue;
    /// Does the work.
    type Worker: Worker;
}

/// The state of a kind in the host; its hooks are called one at a time. Each other hook is a trait of its own, named like the
/// hook: what is not implemented is missing in the table.
pub trait Queue: Sized + 'static {
    /// Makes it.
    fn new(host: &Host, call: &Call) -> Result<Self>;
    #[doc(hidden)]
    const EXISTS: bool = true;
}

impl Queue for () {
    fn new(_: &Host, _: &Call) -> Result<Self> {
        Ok(())
    }
    const EXISTS: bool = false;
}

/// The state of a kind in a worker process; its hooks are called one at a time, on the main thread.
pub trait Worker: Sized + 'static {
    /// Makes it, from what `plan` shares with all workers.
    fn new(host: &Host, call: &Call, shared: &[u8]) -> Result<Self>;
    /// Does the work of one request.
    fn perform(&mut self, call: &Call, request: &[u8], response: &mut Out) -> Result<()>;
}

/// What the host knows of a worker.
pub struct WorkerStatus<'a>(pub(crate) &'a sys::th_worker_status);

impl<'a> WorkerStatus<'a> {
    /// Whether it has no competence yet.
    pub fn is_fresh(&self) -> bool {
        self.0.is_old == 0
    }
    /// What the last `use_response` said about it.
    pub fn competence(&self) -> &'a [u8] {
        // SAFETY: lent as long as the status.
        unsafe { borrow(self.0.competence) }
    }
    /// Its number.
    pub fn worker_id(&self) -> u64 {
        self.0.worker_id
    }
    /// How many responses it has given.
    pub fn jobs_done(&self) -> u64 {
        self.0.jobs_done
    }
}

/// Why a task will not get a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// It was cancelled.
    Cancelled,
    /// Its time to be started had passed.
    Expired,
    /// Its worker died.
    WorkerDied,
    /// `perform` returned a failure.
    Failed,
    /// It took too long.
    Timeout,
    /// It needed more than it may.
    Limit,
    /// No worker would take it.
    Unmatched,
    /// A frame could not be read or was too large.
    Undecodable,
    /// No worker of this kind could be started.
    Unstarted,
    /// One that is newer than this crate.
    Other(u32),
}

/// What is known of the end of a task without a response, or of a worker that held none.
pub struct Gone<'a>(pub(crate) &'a sys::th_gone);

impl<'a> Gone<'a> {
    /// Why.
    pub fn cause(&self) -> Cause {
        match self.0.cause {
            1 => Cause::Cancelled,
            2 => Cause::Expired,
            3 => Cause::WorkerDied,
            4 => Cause::Failed,
            5 => Cause::Timeout,
            6 => Cause::Limit,
            7 => Cause::Unmatched,
            8 => Cause::Undecodable,
            9 => Cause::Unstarted,
            other => Cause::Other(other),
        }
    }
    /// What `perform` returned.
    pub fn code(&self) -> i32 {
        self.0.code
    }
    /// The signal that ended the worker.
    pub fn signal(&self) -> Option<i32> {
        Some(self.0.signal).filter(|signal| *signal >= 0)
    }
    /// Trials so far.
    pub fn tries(&self) -> u32 {
        self.0.tries
    }
    /// For people.
    pub fn text(&self) -> String {
        // SAFETY: lent as long as the value.
        String::from_utf8_lossy(unsafe { borrow(self.0.text) }).into_owned()
    }
    /// All of it.
    pub fn raw(&self) -> &'a sys::th_gone {
        self.0
    }
}

/// What a run has come to: the struct of the header.
pub type Totals = sys::th_totals;

/// What becomes of a worker after its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It stays, with the competence that was written.
    Stay,
    /// A fresh worker takes its place.
    End,
}

/// What becomes of a task that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It is settled, or replaced by the items that were added.
    Settled,
    /// It is tried again, within the policy.
    Retry,
}

// ---- hooks of the host

/// Adds to the environment of fresh workers.
pub trait ExtraEnv: Queue {
    /// Items of the form `NAME=value`.
    fn extra_env(&mut self, call: &Call, items: &mut Items) -> Result<()>;
}

/// Turns the words of a submission into tasks.
pub trait Plan: Queue {
    /// Adds each task, and writes to `shared` what every worker needs.
    fn plan(&mut self, call: &Call, words: Words, shared: &mut Out, tasks: &mut Items) -> Result<()>;
}

/// Makes requests that are not just their tasks.
pub trait RequestOfTask: Queue {
    /// Writes the request; false when the task is stale.
    fn request_of_task(&mut self, call: &Call, worker: &WorkerStatus, task: &[u8], request: &mut Out) -> Result<bool>;
}

/// Chooses which worker may take which task.
pub trait TaskMatch: Queue {
    /// Must be quick.
    fn task_match(&mut self, worker: &WorkerStatus, task: &[u8]) -> bool;
}

/// Uses responses.
pub trait UseResponse: Queue {
    /// May write a competence for the worker, and add tasks.
    fn use_response(
        &mut self,
        call: &Call,
        worker: &WorkerStatus,
        task: &[u8],
        response: &[u8],
        competence: &mut Out,
        tasks: &mut Items,
    ) -> Result<Answer>;
}

/// Hears of requests and responses that could not be carried.
pub trait OnMarshalError: Queue {
    /// `task` is `None` when a worker died that held none.
    fn on_marshal_error(&mut self, call: &Call, gone: &Gone, task: Option<&[u8]>, tasks: &mut Items) -> Result<After>;
}

/// Hears of tasks that end without a response.
pub trait OnTaskGone: Queue {
    /// `task` is `None` when a worker died that held none.
    fn on_task_gone(&mut self, call: &Call, gone: &Gone, task: Option<&[u8]>, tasks: &mut Items) -> Result<After>;
}

/// Hears the feedback of workers.
pub trait ForwardFeedback: Queue {
    /// In the order in which the worker sent it.
    fn forward_feedback(&mut self, call: &Call, worker_id: u64, feedback: &[u8]);
}

/// Sums a run up in the kind's own words.
pub trait Summary: Queue {
    /// Writes one line; the place for a last check.
    fn summary(&mut self, call: &Call, totals: &Totals, text: &mut Out) -> Result<()>;
}

/// Answers calls of workers: `taskhost.host_service/1`.
pub trait OnCall: Queue {
    /// Must be quick. False: the call is for the program around the host.
    fn on_call(
        &mut self,
        call: &Call,
        worker: &WorkerStatus,
        caller: &sys::th_worker_handle,
        request: &[u8],
        reply: &mut Out,
    ) -> Result<bool>;
}

// ---- hooks of a worker

/// Must know when it has been forked.
pub trait WorkerForked: Worker {
    /// In each fork, before its first request.
    fn worker_forked(&mut self, call: &Call) -> Result<()>;
}

/// Hears the feedback of its host.
pub trait OnFeedback: Worker {
    /// Between two requests.
    fn on_feedback(&mut self, call: &Call, feedback: &[u8]);
}

/// Has callers with a state of their own: `taskhost.session/1`.
pub trait Sessions: Worker {
    /// The state of one caller.
    type Session: 'static;
    /// Begins a session.
    fn session_open(&mut self, call: &Call, request: &[u8]) -> Result<Self::Session>;
    /// One request of it.
    fn session_perform(
        &mut self,
        session: &mut Self::Session,
        call: &Call,
        request: &[u8],
        response: &mut Out,
    ) -> Result<()>;
    /// Its end, with a last output.
    fn session_close(&mut self, _session: Self::Session, _call: &Call, _last: &mut Out) -> Result<()> {
        Ok(())
    }
}

// ---- neither

/// Names tasks for people; any thread may ask. On the kind itself.
pub trait NameOfTask: Kind {
    /// At most 256 bytes.
    fn name_of_task(task: &[u8]) -> String;
}

/// Names requests for people; any thread may ask. On the kind itself.
pub trait NameOfRequest: Kind {
    /// At most 256 bytes.
    fn name_of_request(request: &[u8]) -> String;
}

/// Writes tasks in full, for lists and logs: `taskhost.line/1`. Any thread may ask. On the kind itself.
pub trait LineOfTask: Kind {
    /// The task as its user would write it, of any length and any bytes.
    fn line_of_task(task: &[u8], text: &mut Out) -> Result<()>;
}
