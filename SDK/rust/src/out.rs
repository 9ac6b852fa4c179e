use crate::bytes::lend;
use crate::sys;
use crate::{Error, Result};
use std::fmt;

/// One output of a hook, written straight into memory of the host. `write!(out, ...)?` works.
pub struct Out {
    pub(crate) raw: *mut sys::th_out,
}

impl Out {
    /// Writes bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        // SAFETY: the host keeps the output as long as the hook runs; `grow` may move the memory.
        unsafe {
            let out = self.raw;
            if (*out).cap - (*out).len < bytes.len() {
                let status = ((*out).grow)(out, bytes.len());
                if status != sys::TH_OK {
                    return Err(Error::new(status, "the host has no room for this output"));
                }
            }
            if !bytes.is_empty() {
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), (*out).base.add((*out).len), bytes.len());
            }
            (*out).len += bytes.len();
        }
        Ok(())
    }
    /// Writes text, for `write!`.
    pub fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> Result<()> {
        struct Adapter<'a>(&'a mut Out, Result<()>);
        impl fmt::Write for Adapter<'_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.1 = self.0.push(text.as_bytes());
                if self.1.is_ok() {
                    Ok(())
                } else {
                    Err(fmt::Error)
                }
            }
        }
        let mut adapter = Adapter(self, Ok(()));
        match fmt::write(&mut adapter, text) {
            Ok(()) => Ok(()),
            Err(fmt::Error) => Err(adapter.1.err().unwrap_or_else(|| Error::internal("a value can not be written"))),
        }
    }
    /// How many bytes have been written.
    pub fn len(&self) -> usize {
        unsafe { (*self.raw).len }
    }
    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The bytes become the whole output, without a copy. Only while nothing has been written.
    pub fn adopt(&mut self, bytes: Vec<u8>) -> Result<()> {
        unsafe extern "C" fn release(context: *mut std::os::raw::c_void) {
            // Freeing bytes does not panic.
            drop(Box::from_raw(context.cast::<Vec<u8>>()));
        }
        let kept = Box::into_raw(Box::new(bytes));
        unsafe {
            let status = ((*self.raw).adopt)(self.raw, lend(&*kept), release, kept.cast());
            if status != sys::TH_OK {
                drop(Box::from_raw(kept));
                return Err(Error::new(status, "the host does not take this output"));
            }
        }
        Ok(())
    }
}

/// How a task of a list is to be treated; what is not set is the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct ItemOptions<'a> {
    /// Higher goes first.
    pub priority: i32,
    /// Only the worker that has just answered may take this task.
    pub pinned: bool,
    /// Tasks that prefer one worker and match alike; 0 for none.
    pub group: u64,
    /// 0: as the parent, or never.
    pub expires_in_ns: u64,
    /// When a trial is told to give up; 0 for the limit of the run.
    pub soft_ns: u64,
    /// When its worker is killed; 0 for the limit of the run.
    pub hard_ns: u64,
    /// How long it will take; 0 when that is unknown.
    pub estimate_ns: u64,
    /// Identity from run to run; empty for a digest of the task.
    pub key: &'a str,
    /// `"gpu=1,db=1"` or `"exclusive"`.
    pub resources: &'a str,
}

/// An output that is a list.
pub struct Items {
    item: Out,
}

impl Items {
    pub(crate) fn new(raw: *mut sys::th_out) -> Self {
        Items { item: Out { raw } }
    }
    /// Adds a task.
    pub fn add(&mut self, task: impl AsRef<[u8]>) -> Result<()> {
        self.item.push(task.as_ref())?;
        self.end(std::ptr::null())
    }
    /// Adds a task that is to be treated in its own way.
    pub fn add_with(&mut self, task: impl AsRef<[u8]>, options: &ItemOptions) -> Result<()> {
        self.item.push(task.as_ref())?;
        self.end(&sys::th_item {
            size: std::mem::size_of::<sys::th_item>() as u32,
            flags: if options.pinned { sys::TH_ITEM_PINNED } else { 0 },
            priority: options.priority,
            reserved: 0,
            group: options.group,
            expires_in_ns: options.expires_in_ns,
            soft_ns: options.soft_ns,
            hard_ns: options.hard_ns,
            estimate_ns: options.estimate_ns,
            key: lend(options.key.as_bytes()),
            resources: lend(options.resources.as_bytes()),
        })
    }
    fn end(&mut self, options: *const sys::th_item) -> Result<()> {
        match unsafe { ((*self.item.raw).end_item)(self.item.raw, options) } {
            sys::TH_OK => Ok(()),
            status => Err(Error::new(status, "the host refused an item")),
        }
    }
}
