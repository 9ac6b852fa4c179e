use crate::bytes::{borrow, lend};
use crate::sys;
use crate::{Call, Error, Host, Result};
use std::os::unix::io::RawFd;

/// What tasks print for the user: `taskhost.print/1`.
#[derive(Clone, Copy)]
pub struct Printer(*const sys::th_print);

/// Items ahead of the response, and items behind the request: `taskhost.stream/1`.
#[derive(Clone, Copy)]
pub struct Streams(*const sys::th_stream);

/// Calls to the host side of the kind, and to other workers: `taskhost.host_call/1`.
#[derive(Clone, Copy)]
pub struct HostCalls(*const sys::th_host_call);

/// Spans in the trace of a run: `taskhost.trace/1`. Costs a comparison when nobody records one.
#[derive(Clone, Copy)]
pub struct Trace(Option<*const sys::th_trace>);

/// How what a task has run has ended, for logs of jobs: `taskhost.trial/1`, in the host.
#[derive(Clone, Copy)]
pub struct ProgramEnds(Option<*const sys::th_trial>);

fn check(status: i32, what: &str) -> Result<()> {
    match status {
        sys::TH_OK => Ok(()),
        sys::TH_E_CANCELLED => Err(Error::cancelled()),
        status => Err(Error::new(status, what)),
    }
}

impl Printer {
    /// For `new` of a worker or a queue: an error that names what is missing.
    pub fn new(host: &Host) -> Result<Self> {
        // A table that ends before `print_file` will do.
        Ok(Printer(host.needed_from("taskhost.print/1\0", 16)?))
    }
    /// To the standard output of the run, when the task has ended.
    pub fn out(&self, call: &Call, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.print(call, 1, bytes.as_ref())
    }
    /// To its standard error.
    pub fn err(&self, call: &Call, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.print(call, 2, bytes.as_ref())
    }
    /// The same for `count` bytes of a regular file that is open here, to the standard output. From now on nobody may change them; the
    /// descriptor stays the caller's, who may close it. `TH_E_UNSUPPORTED` where the host is older than that.
    pub fn file(&self, call: &Call, file: RawFd, offset: u64, count: u64) -> Result<()> {
        self.print_file(call, 1, file, offset, count)
    }
    /// To the standard error of the run.
    pub fn err_file(&self, call: &Call, file: RawFd, offset: u64, count: u64) -> Result<()> {
        self.print_file(call, 2, file, offset, count)
    }
    fn print_file(&self, call: &Call, stream: u32, file: RawFd, offset: u64, count: u64) -> Result<()> {
        // SAFETY: a table that ends before the member must not be read so far; each begins with its size.
        let print_file = unsafe {
            let has_it = (*self.0.cast::<u32>()) as usize >= std::mem::size_of::<sys::th_print>();
            if has_it {
                (*self.0).print_file
            } else {
                None
            }
        };
        let print_file = print_file.ok_or_else(|| Error::unsupported("this host takes no files of what is printed"))?;
        check(
            unsafe { print_file(call.raw, stream, file, offset, count) },
            "these bytes of the file can not be printed",
        )
    }
    fn print(&self, call: &Call, stream: u32, bytes: &[u8]) -> Result<()> {
        // SAFETY: tables live as long as the process, here and below.
        check(unsafe { ((*self.0).print)(call.raw, stream, lend(bytes)) }, "no task can print here")
    }
}

impl Streams {
    /// For `new` of a worker: an error that names what is missing.
    pub fn new(host: &Host) -> Result<Self> {
        Ok(Streams(host.needed("taskhost.stream/1\0")?))
    }
    /// Sends one item to whoever made this request. Waits while too many are under way.
    pub fn emit(&self, call: &Call, item: &[u8]) -> Result<()> {
        check(unsafe { ((*self.0).emit)(call.raw, lend(item)) }, "the item could not be sent")
    }
    /// Waits for the next item of the input, and copies it; `None` at the end.
    pub fn next(&self, call: &Call) -> Result<Option<Vec<u8>>> {
        let mut item = lend(&[]);
        match unsafe { ((*self.0).next)(call.raw, &mut item) } {
            sys::TH_NONE => Ok(None),
            status => {
                check(status, "the stream is broken")?;
                Ok(Some(unsafe { borrow(item) }.to_vec()))
            }
        }
    }
}

impl HostCalls {
    /// For `new` of a worker: an error that names what is missing.
    pub fn new(host: &Host) -> Result<Self> {
        Ok(HostCalls(host.needed("taskhost.host_call/1\0")?))
    }
    /// The handle of this worker. It may be sent to others in any request.
    pub fn identify(&self, call: &Call) -> Result<sys::th_worker_handle> {
        let mut handle = sys::th_worker_handle { id: 0, epoch: 0 };
        check(unsafe { ((*self.0).identify)(call.raw, &mut handle) }, "this worker has no address")?;
        Ok(handle)
    }
    /// Asks the host side of the kind, or the program around the host, and waits.
    pub fn ask(&self, call: &Call, request: &[u8]) -> Result<Vec<u8>> {
        self.send(call, std::ptr::null(), request)
    }
    /// Lets another worker perform a request, and waits.
    pub fn ask_worker(&self, call: &Call, worker: &sys::th_worker_handle, request: &[u8]) -> Result<Vec<u8>> {
        self.send(call, worker, request)
    }
    fn send(&self, call: &Call, target: *const sys::th_worker_handle, request: &[u8]) -> Result<Vec<u8>> {
        let mut reply = lend(&[]);
        let status = unsafe { ((*self.0).call)(call.raw, target, lend(request), &mut reply) };
        let reply = unsafe { borrow(reply) };
        if status != sys::TH_OK {
            return Err(Error::new(status, String::from_utf8_lossy(reply)));
        }
        Ok(reply.to_vec())
    }
}

impl Trace {
    /// Also where nobody records a trace.
    pub fn new(host: &Host) -> Self {
        Trace(host.table("taskhost.trace/1\0"))
    }
    /// Runs `body` as one span, inside those of this hook that are open.
    pub fn span<T>(&self, call: &Call, name: &str, body: impl FnOnce() -> T) -> T {
        struct End(Option<*const sys::th_trace>, *mut sys::th_call);
        impl Drop for End {
            fn drop(&mut self) {
                if let Some(table) = self.0 {
                    unsafe { ((*table).end)(self.1) }
                }
            }
        }
        if let Some(table) = self.0 {
            unsafe { ((*table).begin)(call.raw, lend(name.as_bytes())) }
        }
        let _end = End(self.0, call.raw);
        body()
    }
}

impl ProgramEnds {
    /// For `new` of a queue. A host that does not have it is told nothing.
    pub fn new(host: &Host) -> Self {
        ProgramEnds(host.table("taskhost.trial/1\0"))
    }
    /// In the hooks that settle a task: with this exit code. The outcome does not follow from it, and the last word counts.
    pub fn exited(&self, call: &Call, code: i32) {
        self.ended(call, code, 0)
    }
    /// The same for a program that a signal has ended.
    pub fn signaled(&self, call: &Call, signal: i32) {
        self.ended(call, 0, signal)
    }
    fn ended(&self, call: &Call, code: i32, signal: i32) {
        if let Some(table) = self.0 {
            unsafe { ((*table).ended)(call.raw, code, signal) }
        }
    }
}
