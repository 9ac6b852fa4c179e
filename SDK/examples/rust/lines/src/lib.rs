//! Counts the lines of files. The request is the word of the command line: a path.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use taskhost::{Call, Diagnostic, Error, Host, Kind, Out, Result, Severity, Worker};

struct Lines;

impl Kind for Lines {
    type Queue = ();
    type Worker = Self;
}

impl Worker for Lines {
    fn new(_host: &Host, _call: &Call, _shared: &[u8]) -> Result<Self> {
        Ok(Lines)
    }

    fn perform(&mut self, call: &Call, request: &[u8], _response: &mut Out) -> Result<()> {
        let count = count_lines(OsStr::from_bytes(request)).map_err(|error| {
            // "No such file or directory (os error 2)"
            let text = error.to_string();
            Error::bad_input(text.split(" (os error").next().unwrap_or_default())
        })?;
        let message = format!("{count} lines");
        call.diagnostic(&Diagnostic { file: request, ..Diagnostic::new(Severity::Note, &message) });
        Ok(())
    }
}

fn count_lines(path: &OsStr) -> std::io::Result<usize> {
    let mut file = BufReader::new(std::fs::File::open(path)?);
    let mut count = 0;
    loop {
        let chunk = file.fill_buf()?;
        if chunk.is_empty() {
            return Ok(count);
        }
        count += chunk.iter().filter(|byte| **byte == b'\n').count();
        let length = chunk.len();
        file.consume(length);
    }
}

taskhost::plugin! {
    kind: Lines,
    id: "org.example.lines",
    name: "lines",
    version: env!("CARGO_PKG_VERSION"),
    wire: "lines/1",
    summary: "counts the lines of files",
}
