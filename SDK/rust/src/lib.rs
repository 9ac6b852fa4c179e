//! Task kinds for taskhost. A kind is a `cdylib` with a type that implements [`Kind`], and one [`plugin!`]:
//!
//! ```no_run
//! use taskhost::{Call, Host, Kind, Out, Result, Worker};
//!
//! struct Shout;
//!
//! impl Kind for Shout {
//!     type Queue = ();
//!     type Worker = Self;
//! }
//!
//! impl Worker for Shout {
//!     fn new(_host: &Host, _call: &Call, _shared: &[u8]) -> Result<Self> {
//!         Ok(Shout)
//!     }
//!     fn perform(&mut self, _call: &Call, request: &[u8], response: &mut Out) -> Result<()> {
//!         write!(response, "{}!", std::str::from_utf8(request)?)
//!     }
//! }
//!
//! taskhost::plugin! {
//!     kind: Shout,
//!     id: "org.example.shout",
//!     name: "shout",
//!     version: env!("CARGO_PKG_VERSION"),
//!     wire: "shout/1",
//! }
//! # fn main() {}
//! ```
//!
//! Hooks have the names that they have in `taskhost.h`, where each is explained. Each one beyond `perform` is a trait of its
//! own; one that is not implemented is absent in the table. Errors become a code and a message, and so do panics: the worker
//! lives. One whose state may be spoilt says so with [`Error::poisoned`].
#![warn(missing_docs)]
// What hooks may rely on is said once, at the beginning of each file of `edge`.
#![allow(clippy::missing_safety_doc)]

#[cfg(not(panic = "unwind"))]
compile_error!("a panic must not end the process: do not set panic = \"abort\" in a profile of the workspace");

mod bytes;
mod call;
#[doc(hidden)]
pub mod edge;
mod error;
mod ext;
mod host;
mod kind;
#[doc(hidden)]
pub mod manifest;
mod out;
mod panics;
pub mod sys;

pub use bytes::Words;
pub use call::{Call, Diagnostic, Severity};
pub use error::{Error, Result};
pub use ext::{HostCalls, Printer, ProgramEnds, Streams, Trace};
pub use host::{Host, Level};
pub use kind::*;
pub use manifest::flags;
pub use out::{ItemOptions, Items, Out};

/// Exports a kind: its entry function, its table of hooks, and its manifest as an ELF note. Once in a library.
///
/// `summary`, `flags`, `options` and `examples` may be left out. Flags are the words of [`flags`]; an option is its key, its default
/// (`Int(3)`, `Bool(true)`, `Text("a")`) and what it is for.
///
/// ```ignore
/// taskhost::plugin! {
///     kind: Primes,
///     id: "org.example.primes",
///     name: "primes",
///     version: "1.0.0",
///     wire: "primes/1",
///     summary: "counts primes",
///     flags: [idempotent, splits],
///     options: [("size", Int(250), "numbers that one task may have")],
///     examples: ["1-1000"],
/// }
/// ```
#[macro_export]
macro_rules! plugin {
    (
        kind: $kind:ty,
        id: $id:expr,
        name: $name:expr,
        version: $version:expr,
        wire: $wire:expr
        $(, summary: $summary:expr)?
        $(, flags: [$($flag:ident),* $(,)?])?
        $(, options: [$(($key:expr, $type:ident($standard:expr), $help:expr)),* $(,)?])?
        $(, examples: [$($example:expr),* $(,)?])?
        $(,)?
    ) => {
        const _: () = {
            use $crate::edge::{Absent as _, Hooks};
            use $crate::manifest::{self, Info};
            use $crate::sys;
            type Kind = $kind;
            type Queue = <Kind as $crate::Kind>::Queue;
            type Worker = <Kind as $crate::Kind>::Worker;

            const INFO: Info = Info {
                id: $id,
                name: $name,
                version: $version,
                wire: $wire,
                summary: concat!($($summary)?),
                flags: 0 $($(| $crate::flags::$flag)*)?,
                options: &[$($(($key, manifest::Standard::$type($standard), $help)),*)?],
                examples: &[$($($example),*)?],
            };

            #[used]
            #[link_section = ".note.taskhost"]
            static MANIFEST: manifest::Note<{ manifest::padded(manifest::size(&INFO)) }> = manifest::note(&INFO);

            static ID: [u8; INFO.id.len() + 1] = manifest::c_string(INFO.id);
            static NAME: [u8; INFO.name.len() + 1] = manifest::c_string(INFO.name);
            static VERSION: [u8; INFO.version.len() + 1] = manifest::c_string(INFO.version);
            static WIRE: [u8; INFO.wire.len() + 1] = manifest::c_string(INFO.wire);

            const HAS_QUEUE: bool = <Queue as $crate::Queue>::EXISTS;
            const TABLES: $crate::edge::Tables = $crate::edge::Tables {
                sessions: Hooks::<Worker>::SESSIONS,
                service: Hooks::<Queue>::SERVICE,
                lines: Hooks::<Kind>::LINES,
            };

            unsafe extern "C" fn extension(id: *const ::std::os::raw::c_char) -> *const ::std::os::raw::c_void {
                TABLES.find(id)
            }

            static TABLE: sys::th_kind = sys::th_kind {
                size: ::std::mem::size_of::<sys::th_kind>() as u32,
                abi_major: sys::TH_ABI_MAJOR,
                abi_minor: sys::TH_ABI_MINOR,
                needs_minor: 0,
                reserved0: 0,
                flags: INFO.flags,
                id: ID.as_ptr().cast(),
                name: NAME.as_ptr().cast(),
                version: VERSION.as_ptr().cast(),
                wire: WIRE.as_ptr().cast(),
                queue_new: if HAS_QUEUE { Some($crate::edge::queue_new::<Queue>) } else { None },
                queue_free: if HAS_QUEUE { Some($crate::edge::queue_free::<Queue>) } else { None },
                extra_env: Hooks::<Queue>::EXTRA_ENV,
                plan: Hooks::<Queue>::PLAN,
                request_of_task: Hooks::<Queue>::REQUEST_OF_TASK,
                task_match: Hooks::<Queue>::TASK_MATCH,
                use_response: Hooks::<Queue>::USE_RESPONSE,
                on_marshal_error: Hooks::<Queue>::ON_MARSHAL_ERROR,
                on_task_gone: Hooks::<Queue>::ON_TASK_GONE,
                forward_feedback: Hooks::<Queue>::FORWARD_FEEDBACK,
                worker_new: Some($crate::edge::worker_new::<Worker>),
                worker_forked: Hooks::<Worker>::WORKER_FORKED,
                worker_free: Some($crate::edge::worker_free::<Worker>),
                perform: Some($crate::edge::perform::<Worker>),
                on_feedback: Hooks::<Worker>::ON_FEEDBACK,
                name_of_task: Hooks::<Kind>::NAME_OF_TASK,
                name_of_request: Hooks::<Kind>::NAME_OF_REQUEST,
                extension: if TABLES.is_empty() { None } else { Some(extension) },
                summary: Hooks::<Queue>::SUMMARY,
            };

            /// The one function that the host looks for.
            #[no_mangle]
            pub extern "C" fn taskhost_plugin_v1(
                host: *const sys::th_host,
                _call: *mut sys::th_call,
            ) -> *const sys::th_kind {
                $crate::edge::enter(host);
                &TABLE
            }
        };
    };
}
