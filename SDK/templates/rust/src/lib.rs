//! The kind @NAME@: finds lines that are too long. Each hook is a trait with the name that the hook has in sdk/taskhost.h, where all
//! of them are explained.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use taskhost::{Call, Diagnostic, Error, Host, Items, Kind, Out, Plan, Queue, Result, Severity, Words, Worker};

struct @TYPE@;

// ---- (1) What the kind is called. Table and manifest are both made of this. The id is yours for ever; the wire is a name for the
// form of requests and responses: change it with them.
taskhost::plugin! {
    kind: @TYPE@,
    id: "org.example.@NAME@",
    name: "@NAME@",
    version: env!("CARGO_PKG_VERSION"),
    wire: "@NAME@/1",
    summary: "finds lines that are too long",
    flags: [stateless, idempotent],
    options: [("width", Int(80), "characters that a line may have")],
}

impl Kind for @TYPE@ {
    type Queue = Planner;
    type Worker = Reader;
}

/// In the host.
struct Planner;

impl Queue for Planner {
    fn new(_host: &Host, _call: &Call) -> Result<Self> {
        Ok(Planner)
    }
}

impl Plan for Planner {
    /// ---- (2) What the tasks are. Once: the words of the command line become tasks. A task is bytes of any form; here it is the
    /// word itself, a path. (Without this hook it would be the same.)
    fn plan(&mut self, _call: &Call, words: Words, _shared: &mut Out, tasks: &mut Items) -> Result<()> {
        for word in words.iter() {
            tasks.add(word)?;
        }
        Ok(())
    }
}

/// In a worker process; what it has is kept from one request to the next.
struct Reader {
    width: usize,
}

impl Worker for Reader {
    /// An error here ends the start of the worker, with this message.
    fn new(host: &Host, _call: &Call, _shared: &[u8]) -> Result<Self> {
        Ok(Reader { width: host.option("width", 80)? })
    }

    /// ---- (3) How a task is performed, one at a time. What it finds is a diagnostic: `Failed` says that the input is bad. An error
    /// or a panic says that there is no verdict; the worker lives on either way. If this crashes, it costs one task.
    fn perform(&mut self, call: &Call, request: &[u8], _response: &mut Out) -> Result<()> {
        let file = std::fs::File::open(OsStr::from_bytes(request)).map_err(|e| Error::bad_input(e.to_string()))?;
        for (index, line) in BufReader::new(file).split(b'\n').enumerate() {
            let length = line?.len();
            if length > self.width {
                let message = format!("{length} characters, at most {}", self.width);
                let found = Diagnostic::new(Severity::Failed, &message);
                call.diagnostic(&Diagnostic { file: request, line: index as u32 + 1, ..found });
            }
        }
        Ok(())
    }
}
