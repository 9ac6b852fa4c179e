//! What `services.c` says, in Rust.

use std::fs::File;
use std::os::unix::io::AsRawFd;
use taskhost::*;

struct Services;

impl Kind for Services {
    type Queue = Desk;
    type Worker = Hand;
}

taskhost::plugin! {
    kind: Services,
    id: "org.example.services",
    name: "services",
    version: "1.0.0",
    wire: "services/1",
}

impl NameOfTask for Services {
    fn name_of_task(task: &[u8]) -> String {
        String::from_utf8_lossy(word(&mut &task[..])).into_owned()
    }
}

impl NameOfRequest for Services {
    fn name_of_request(request: &[u8]) -> String {
        Self::name_of_task(request)
    }
}

impl LineOfTask for Services {
    fn line_of_task(task: &[u8], text: &mut Out) -> Result<()> {
        text.push(b"in full: ")?;
        text.push(task)
    }
}

/// The bytes up to the next space, which goes, too.
fn word<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let all: &'a [u8] = rest;
    let end = all.iter().position(|byte| *byte == b' ').unwrap_or(all.len());
    *rest = all.get(end + 1..).unwrap_or(&[]);
    &all[..end]
}

fn number(text: &[u8]) -> Result<u64> {
    let text = String::from_utf8_lossy(text);
    text.parse().map_err(|_| Error::bad_input(format!("'{text}' is no number")))
}

struct Desk {
    print: Printer,
    trace: Trace,
    programs: ProgramEnds,
}

impl Queue for Desk {
    fn new(host: &Host, _: &Call) -> Result<Self> {
        Ok(Desk { print: Printer::new(host)?, trace: Trace::new(host), programs: ProgramEnds::new(host) })
    }
}

impl Plan for Desk {
    /// `late WORDS` has expired before it can be started, `both WORDS` needs two of what there is one of.
    fn plan(&mut self, _: &Call, words: Words, _: &mut Out, tasks: &mut Items) -> Result<()> {
        for task in words.iter() {
            let mut rest = task;
            match word(&mut rest) {
                b"late" => tasks.add_with(rest, &ItemOptions { expires_in_ns: 1, ..Default::default() })?,
                b"both" => tasks.add_with(rest, &ItemOptions { resources: "gpu=2", ..Default::default() })?,
                _ => tasks.add(task)?,
            }
        }
        Ok(())
    }
}

impl UseResponse for Desk {
    fn use_response(
        &mut self,
        call: &Call,
        _: &WorkerStatus,
        _: &[u8],
        response: &[u8],
        _: &mut Out,
        _: &mut Items,
    ) -> Result<Answer> {
        self.trace.span(call, "use", || {
            call.diagnostic(&Diagnostic::new(Severity::Note, &String::from_utf8_lossy(response)));
            let mut words = response;
            if word(&mut words) == b"ends" {
                let code = number(word(&mut words))? as i32;
                match number(word(&mut words))? as i32 {
                    0 => self.programs.exited(call, code),
                    signal => self.programs.signaled(call, signal),
                }
            }
            if response == b"printed" {
                self.print.out(call, "from the host\n")?;
            }
            Ok(Answer::Stay)
        })
    }
}

impl OnCall for Desk {
    fn on_call(
        &mut self,
        _: &Call,
        worker: &WorkerStatus,
        caller: &sys::th_worker_handle,
        mut request: &[u8],
        reply: &mut Out,
    ) -> Result<bool> {
        if worker.worker_id() != caller.id {
            return Err(Error::internal("two different callers"));
        }
        match word(&mut request) {
            b"say" => reply.push(request).map(|()| true),
            b"refuse" => Err(Error::new(-1500, "refused by the host")),
            _ => Ok(false),
        }
    }
}

struct Hand {
    print: Printer,
    stream: Streams,
    calls: HostCalls,
    trace: Trace,
}

impl Worker for Hand {
    fn new(host: &Host, _: &Call, _: &[u8]) -> Result<Self> {
        Ok(Hand {
            print: Printer::new(host)?,
            stream: Streams::new(host)?,
            calls: HostCalls::new(host)?,
            trace: Trace::new(host),
        })
    }

    fn perform(&mut self, call: &Call, request: &[u8], response: &mut Out) -> Result<()> {
        let mut rest = request;
        match word(&mut rest) {
            b"out" => self.print.out(call, rest).and_then(|()| response.push(b"printed")),
            b"err" => self.print.err(call, rest).and_then(|()| response.push(b"printed")),
            verb @ (b"file" | b"errfile") => self.print_file(call, verb == b"file", rest, response),
            b"emit" => self.emit(call, rest, response),
            b"sum" => {
                let (mut count, mut bytes) = (0, 0);
                while let Some(item) = self.stream.next(call)? {
                    count += 1;
                    bytes += item.len();
                }
                write!(response, "{count} items, {bytes} bytes")
            }
            b"self" => {
                let own = self.calls.identify(call)?;
                write!(response, "{} {}", own.id, own.epoch)
            }
            b"host" => answered(response, self.calls.ask(call, rest)),
            b"peer" => {
                let id = number(word(&mut rest))?;
                let other = sys::th_worker_handle { id, epoch: number(word(&mut rest))? };
                answered(response, self.calls.ask_worker(call, &other, rest))
            }
            b"span" => self.trace.span(call, &String::from_utf8_lossy(rest), || response.push(b"spanned")),
            b"ends" => response.push(request),
            b"fail" => Err(Error::new(-1234, "as it was told")),
            _ => Err(Error::bad_input("no such request")),
        }
    }
}

impl Hand {
    fn print_file(&self, call: &Call, is_output: bool, mut words: &[u8], response: &mut Out) -> Result<()> {
        let path = String::from_utf8_lossy(word(&mut words)).into_owned();
        let (offset, count) = (number(word(&mut words))?, number(word(&mut words))?);
        let file = File::open(path).map_err(|_| Error::bad_input("no such file"))?;
        let file = file.as_raw_fd();
        let printed = if is_output {
            self.print.file(call, file, offset, count)
        } else {
            self.print.err_file(call, file, offset, count)
        };
        match printed {
            Ok(()) => response.push(b"printed"),
            Err(error) => write!(response, "code {}", error.code()),
        }
    }

    fn emit(&self, call: &Call, mut words: &[u8], response: &mut Out) -> Result<()> {
        let count = number(word(&mut words))?;
        for i in 0..count {
            let item = [i.to_string().as_bytes(), b" ", words].concat();
            match self.stream.emit(call, &item) {
                Err(error) if error.code() == sys::TH_E_CANCELLED => return Err(error),
                Err(error) => return write!(response, "code {}", error.code()),
                Ok(()) => (),
            }
        }
        write!(response, "{count} sent")
    }
}

fn answered(response: &mut Out, reply: Result<Vec<u8>>) -> Result<()> {
    match reply {
        Ok(reply) => response.push(&reply),
        Err(error) => write!(response, "code {}: {}", error.code(), error.message()),
    }
}

impl Sessions for Hand {
    type Session = u64;

    fn session_open(&mut self, _: &Call, request: &[u8]) -> Result<u64> {
        number(request)
    }

    fn session_perform(&mut self, sum: &mut u64, call: &Call, request: &[u8], response: &mut Out) -> Result<()> {
        let mut rest = request;
        match word(&mut rest) {
            b"add" => *sum += number(rest)?,
            b"collect" => {
                while let Some(item) = self.stream.next(call)? {
                    *sum += number(&item)?;
                    self.stream.emit(call, sum.to_string().as_bytes())?;
                }
            }
            _ => return Err(Error::new(-1234, "as it was told")),
        }
        write!(response, "{sum}")
    }

    fn session_close(&mut self, sum: u64, _: &Call, last: &mut Out) -> Result<()> {
        write!(last, "closed at {sum}")
    }
}
