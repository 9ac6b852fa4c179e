//! The C header `taskhost.h` and `taskhost_ext.h`, member by member. `tests/layout.rs` compares the two with a C compiler.
#![allow(non_camel_case_types, missing_docs)]

use std::os::raw::{c_char, c_void};

pub type th_status = i32;
pub const TH_OK: th_status = 0;
pub const TH_NONE: th_status = 1;
pub const TH_STAY: th_status = 2;
pub const TH_END: th_status = 3;
pub const TH_E_INTERNAL: th_status = -1;
pub const TH_E_UNSUPPORTED: th_status = -2;
pub const TH_E_BAD_INPUT: th_status = -3;
pub const TH_E_NO_MEMORY: th_status = -4;
pub const TH_E_LIMIT: th_status = -5;
pub const TH_E_CANCELLED: th_status = -6;
pub const TH_E_RETRY: th_status = -7;
pub const TH_E_POISONED: th_status = -8;
pub const TH_E_STALE: th_status = -9;
pub const TH_E_CYCLE: th_status = -10;
pub const TH_E_PEER_DIED: th_status = -11;

pub const TH_ABI_MAJOR: u16 = 1;
pub const TH_ABI_MINOR: u16 = 0;
pub const TH_ITEM_PINNED: u32 = 1;
pub const TH_ROLE_WORKER: u32 = 2;
pub const TH_NOTE_MANIFEST: u32 = 0x314D_4854;

/// Declares structs, and what a test needs to compare them with the header.
macro_rules! structs {
    ($($(#[$attribute:meta])* pub struct $name:ident { $(pub $member:ident: $type:ty,)+ })+) => {
        $(
            $(#[$attribute])*
            #[repr(C)]
            #[derive(Clone, Copy)]
            pub struct $name { $(pub $member: $type,)+ }
        )+

        /// The size of each struct, and the offset of each member: `("th_item", "flags", 4)`; the size has no member.
        pub fn layout() -> Vec<(&'static str, &'static str, usize)> {
            let mut rows = Vec::new();
            $({
                let place = std::mem::MaybeUninit::<$name>::uninit();
                let base = place.as_ptr();
                rows.push((stringify!($name), "", std::mem::size_of::<$name>()));
                // SAFETY: addresses inside one allocation; nothing is read.
                $(rows.push((stringify!($name), stringify!($member), unsafe {
                    std::ptr::addr_of!((*base).$member) as usize - base as usize
                }));)+
            })+
            rows
        }
    };
}

structs! {
    pub struct th_bytes { pub ptr: *const u8, pub len: usize, }

    pub struct th_item {
        pub size: u32,
        pub flags: u32,
        pub priority: i32,
        pub reserved: u32,
        pub group: u64,
        pub expires_in_ns: u64,
        pub soft_ns: u64,
        pub hard_ns: u64,
        pub estimate_ns: u64,
        pub key: th_bytes,
        pub resources: th_bytes,
    }

    pub struct th_out {
        pub size: u32,
        pub flags: u32,
        pub base: *mut u8,
        pub len: usize,
        pub cap: usize,
        pub imp: *mut c_void,
        pub grow: unsafe extern "C" fn(*mut th_out, usize) -> th_status,
        pub end_item: unsafe extern "C" fn(*mut th_out, *const th_item) -> th_status,
        pub adopt: unsafe extern "C" fn(*mut th_out, th_bytes, unsafe extern "C" fn(*mut c_void), *mut c_void) -> th_status,
    }

    pub struct th_diagnostic {
        pub size: u32,
        pub severity: u32,
        pub line: u32,
        pub column: u32,
        pub step: u64,
        pub file: th_bytes,
        pub label: th_bytes,
        pub message: th_bytes,
        pub json: th_bytes,
    }

    pub struct th_call {
        pub size: u32,
        pub flags: u32,
        pub id: u64,
        pub deadline_ns: u64,
        pub cancel: *const u64,
        pub imp: *mut c_void,
        pub fail: unsafe extern "C" fn(*mut th_call, th_status, th_bytes) -> th_status,
        pub feedback: unsafe extern "C" fn(*mut th_call, th_bytes),
        pub progress: unsafe extern "C" fn(*mut th_call, u64, u64, th_bytes),
        pub count: unsafe extern "C" fn(*mut th_call, u64, u64, u64),
        pub diagnostic: unsafe extern "C" fn(*mut th_call, *const th_diagnostic),
    }

    pub struct th_host {
        pub size: u32,
        pub abi_major: u16,
        pub abi_minor: u16,
        pub role: u32,
        pub flags: u32,
        pub name: *const c_char,
        pub version: *const c_char,
        pub imp: *mut c_void,
        pub log_enabled: unsafe extern "C" fn(*const th_host, i32) -> i32,
        pub log: unsafe extern "C" fn(*const th_host, i32, th_bytes),
        pub config_get: unsafe extern "C" fn(*const th_host, th_bytes) -> th_bytes,
        pub extension: Option<unsafe extern "C" fn(*const th_host, *const c_char) -> *const c_void>,
    }

    pub struct th_worker_status {
        pub size: u32,
        pub is_old: u32,
        pub competence: th_bytes,
        pub worker_id: u64,
        pub jobs_done: u64,
    }

    pub struct th_gone {
        pub size: u32,
        pub cause: u32,
        pub code: th_status,
        pub signal: i32,
        pub exit_code: i32,
        pub tries: u32,
        pub direction: u32,
        pub peak_rss: u64,
        pub actual: u64,
        pub limit: u64,
        pub text: th_bytes,
    }

    pub struct th_totals {
        pub size: u32,
        pub workers: u32,
        pub tasks: u64,
        pub passed: u64,
        pub pending: u64,
        pub failed: u64,
        pub elapsed_ns: u64,
    }

    pub struct th_kind {
        pub size: u32,
        pub abi_major: u16,
        pub abi_minor: u16,
        pub needs_minor: u16,
        pub reserved0: u16,
        pub flags: u32,
        pub id: *const c_char,
        pub name: *const c_char,
        pub version: *const c_char,
        pub wire: *const c_char,
        pub queue_new: Option<unsafe extern "C" fn(*const th_host, *mut th_call, *mut *mut th_queue) -> th_status>,
        pub queue_free: Option<unsafe extern "C" fn(*mut th_queue)>,
        pub extra_env: Option<unsafe extern "C" fn(*mut th_queue, *mut th_call, *mut th_out) -> th_status>,
        pub plan: Option<PlanHook>,
        pub request_of_task: Option<RequestHook>,
        pub task_match: Option<unsafe extern "C" fn(*mut th_queue, *const th_worker_status, th_bytes) -> i32>,
        pub use_response: Option<ResponseHook>,
        pub on_marshal_error: Option<GoneHook>,
        pub on_task_gone: Option<GoneHook>,
        pub forward_feedback: Option<unsafe extern "C" fn(*mut th_queue, *mut th_call, u64, th_bytes)>,
        pub worker_new: Option<unsafe extern "C" fn(*const th_host, *mut th_call, th_bytes, *mut *mut th_worker) -> th_status>,
        pub worker_forked: Option<unsafe extern "C" fn(*mut th_worker, *mut th_call) -> th_status>,
        pub worker_free: Option<unsafe extern "C" fn(*mut th_worker)>,
        pub perform: Option<unsafe extern "C" fn(*mut th_worker, *mut th_call, th_bytes, *mut th_out) -> th_status>,
        pub on_feedback: Option<unsafe extern "C" fn(*mut th_worker, *mut th_call, th_bytes)>,
        pub name_of_task: Option<NameHook>,
        pub name_of_request: Option<NameHook>,
        pub extension: Option<unsafe extern "C" fn(*const c_char) -> *const c_void>,
        pub summary: Option<unsafe extern "C" fn(*mut th_queue, *mut th_call, *const th_totals, *mut th_out) -> th_status>,
    }

    pub struct th_session_hooks {
        pub size: u32,
        pub reserved: u32,
        pub session_open: Option<unsafe extern "C" fn(*mut th_worker, *mut th_call, th_bytes, *mut *mut th_session) -> th_status>,
        pub session_perform: Option<unsafe extern "C" fn(*mut th_worker, *mut th_session, *mut th_call, th_bytes, *mut th_out) -> th_status>,
        pub session_close: Option<unsafe extern "C" fn(*mut th_worker, *mut th_session, *mut th_call, *mut th_out) -> th_status>,
    }

    pub struct th_stream {
        pub size: u32,
        pub reserved: u32,
        pub emit: unsafe extern "C" fn(*mut th_call, th_bytes) -> th_status,
        pub next: unsafe extern "C" fn(*mut th_call, *mut th_bytes) -> th_status,
    }

    pub struct th_worker_handle { pub id: u64, pub epoch: u64, }

    pub struct th_host_call {
        pub size: u32,
        pub reserved: u32,
        pub identify: unsafe extern "C" fn(*mut th_call, *mut th_worker_handle) -> th_status,
        pub call: unsafe extern "C" fn(*mut th_call, *const th_worker_handle, th_bytes, *mut th_bytes) -> th_status,
    }

    pub struct th_host_service {
        pub size: u32,
        pub reserved: u32,
        pub on_call: Option<CallHook>,
    }

    pub struct th_print {
        pub size: u32,
        pub reserved: u32,
        pub print: unsafe extern "C" fn(*mut th_call, u32, th_bytes) -> th_status,
        pub print_file: Option<unsafe extern "C" fn(*mut th_call, u32, i32, u64, u64) -> th_status>,
    }

    pub struct th_trace {
        pub size: u32,
        pub reserved: u32,
        pub begin: unsafe extern "C" fn(*mut th_call, th_bytes),
        pub end: unsafe extern "C" fn(*mut th_call),
    }

    pub struct th_trial {
        pub size: u32,
        pub reserved: u32,
        pub ended: unsafe extern "C" fn(*mut th_call, i32, i32),
    }

    pub struct th_task_line {
        pub size: u32,
        pub reserved: u32,
        pub line_of_task: Option<NameHook>,
    }
}

pub type PlanHook =
    unsafe extern "C" fn(*mut th_queue, *mut th_call, *const th_bytes, usize, *mut th_out, *mut th_out) -> th_status;
pub type RequestHook =
    unsafe extern "C" fn(*mut th_queue, *mut th_call, *const th_worker_status, th_bytes, *mut th_out) -> th_status;
pub type ResponseHook = unsafe extern "C" fn(
    *mut th_queue,
    *mut th_call,
    *const th_worker_status,
    th_bytes,
    th_bytes,
    *mut th_out,
    *mut th_out,
) -> th_status;
pub type GoneHook =
    unsafe extern "C" fn(*mut th_queue, *mut th_call, *const th_gone, *const th_bytes, *mut th_out) -> th_status;
pub type CallHook = unsafe extern "C" fn(
    *mut th_queue,
    *mut th_call,
    *const th_worker_status,
    *const th_worker_handle,
    th_bytes,
    *mut th_out,
) -> th_status;
pub type NameHook = unsafe extern "C" fn(th_bytes, *mut th_out) -> th_status;

/// The plugin's own state in the host.
#[repr(C)]
pub struct th_queue {
    _private: [u8; 0],
}
/// The plugin's own state in a worker.
#[repr(C)]
pub struct th_worker {
    _private: [u8; 0],
}
/// The plugin's own state for one session.
#[repr(C)]
pub struct th_session {
    _private: [u8; 0],
}

// The table and the tables of extensions never change once they are made.
unsafe impl Sync for th_kind {}
unsafe impl Sync for th_session_hooks {}
unsafe impl Sync for th_host_service {}
unsafe impl Sync for th_task_line {}

// What must hold of every build, whatever the test says.
const _: () = assert!(std::mem::size_of::<usize>() == 8, "a 64-bit target is required");
const _: () = assert!(std::mem::size_of::<th_item>() == 88);
const _: () = assert!(std::mem::size_of::<th_out>() == 64);
const _: () = assert!(std::mem::size_of::<th_call>() == 80);
const _: () = assert!(std::mem::size_of::<th_host>() == 72);
const _: () = assert!(std::mem::size_of::<th_kind>() == 200);
