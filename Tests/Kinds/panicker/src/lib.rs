//! A kind in Rust that has every hook, and panics in `perform` as the request says.

use taskhost::*;

struct Panicker;

impl Kind for Panicker {
    type Queue = Book;
    type Worker = Hand;
}

taskhost::plugin! {
    kind: Panicker,
    id: "org.example.panicker",
    name: "panicker",
    version: "1.0.0",
    wire: "panicker/1",
    summary: "panics \"loudly\"",
    flags: [polls_cancel, deterministic],
    options: [
        ("negative", Int(-7), "a number"),
        ("text", Text("a \"text\""), "a text"),
        ("is.on", Bool(true), "a truth"),
    ],
}

impl NameOfTask for Panicker {
    fn name_of_task(task: &[u8]) -> String {
        String::from_utf8_lossy(task).into_owned()
    }
}

impl NameOfRequest for Panicker {
    fn name_of_request(request: &[u8]) -> String {
        String::from_utf8_lossy(request).into_owned()
    }
}

#[derive(Default)]
struct Book {
    negative: i32,
    answers: u32,
    gone: u32,
}

impl Queue for Book {
    fn new(host: &Host, _: &Call) -> Result<Self> {
        host.log(Level::Debug, "a queue");
        Ok(Book { negative: host.option("negative", -7)?, ..Default::default() })
    }
}

impl ExtraEnv for Book {
    fn extra_env(&mut self, _: &Call, items: &mut Items) -> Result<()> {
        items.add("PANICKER=1")
    }
}

impl Plan for Book {
    fn plan(&mut self, _: &Call, words: Words, shared: &mut Out, tasks: &mut Items) -> Result<()> {
        write!(shared, "{}", self.negative)?;
        for word in words.iter() {
            tasks.add_with(word, &ItemOptions { estimate_ns: 1, ..Default::default() })?;
        }
        Ok(())
    }
}

impl RequestOfTask for Book {
    fn request_of_task(&mut self, _: &Call, _: &WorkerStatus, task: &[u8], request: &mut Out) -> Result<bool> {
        request.adopt(task.to_vec())?;
        Ok(true)
    }
}

impl TaskMatch for Book {
    fn task_match(&mut self, _: &WorkerStatus, _: &[u8]) -> bool {
        true
    }
}

impl UseResponse for Book {
    fn use_response(
        &mut self,
        call: &Call,
        worker: &WorkerStatus,
        _: &[u8],
        _: &[u8],
        _: &mut Out,
        _: &mut Items,
    ) -> Result<Answer> {
        self.answers += 1;
        call.progress(worker.jobs_done(), 0, "answers");
        Ok(Answer::Stay)
    }
}

impl OnMarshalError for Book {
    fn on_marshal_error(&mut self, _: &Call, _: &Gone, _: Option<&[u8]>, _: &mut Items) -> Result<After> {
        Ok(After::Settled)
    }
}

impl OnTaskGone for Book {
    fn on_task_gone(&mut self, _: &Call, _: &Gone, task: Option<&[u8]>, _: &mut Items) -> Result<After> {
        self.gone += u32::from(task.is_some());
        Ok(After::Settled)
    }
}

impl ForwardFeedback for Book {
    fn forward_feedback(&mut self, _: &Call, _: u64, _: &[u8]) {}
}

impl Summary for Book {
    fn summary(&mut self, _: &Call, _: &Totals, text: &mut Out) -> Result<()> {
        write!(text, "{} answers, {} gone", self.answers, self.gone)
    }
}

impl OnCall for Book {
    fn on_call(
        &mut self,
        _: &Call,
        _: &WorkerStatus,
        _: &sys::th_worker_handle,
        _: &[u8],
        reply: &mut Out,
    ) -> Result<bool> {
        reply.push(b"reply")?;
        Ok(true)
    }
}

struct Hand {
    negative: i32,
    print: Printer,
    streams: Streams,
    calls: HostCalls,
    trace: Trace,
}

impl Worker for Hand {
    fn new(host: &Host, _: &Call, shared: &[u8]) -> Result<Self> {
        Ok(Hand {
            negative: std::str::from_utf8(shared)?.parse()?,
            print: Printer::new(host)?,
            streams: Streams::new(host)?,
            calls: HostCalls::new(host)?,
            trace: Trace::new(host),
        })
    }

    fn perform(&mut self, call: &Call, request: &[u8], response: &mut Out) -> Result<()> {
        match request {
            b"panic" => panic!("a text"),
            b"format" => panic!("a number: {}", call.id() * 0 + 42),
            b"index" => drop(request[request.len() * 20]),
            b"value" => std::panic::panic_any(3),
            b"error" => return Err(Error::new(-1234, "with a code of its own")),
            b"positive" => return Err(Error::new(7, "a code that is none")),
            b"parse" => drop("x".parse::<u32>()?),
            _ => (),
        }
        if self.calls.ask(call, b"?")? != b"reply" || self.streams.next(call)?.is_some() || self.negative != -7 {
            return Err(Error::internal("a service does something else"));
        }
        call.check_cancelled()?;
        self.print.out(call, "")?;
        self.trace.span(call, "perform", || response.push(b"ok"))
    }
}

impl WorkerForked for Hand {
    fn worker_forked(&mut self, _: &Call) -> Result<()> {
        Ok(())
    }
}

impl OnFeedback for Hand {
    fn on_feedback(&mut self, _: &Call, _: &[u8]) {}
}

impl Sessions for Hand {
    type Session = u32;

    fn session_open(&mut self, _: &Call, _: &[u8]) -> Result<u32> {
        Ok(0)
    }
    fn session_perform(&mut self, session: &mut u32, _: &Call, _: &[u8], response: &mut Out) -> Result<()> {
        *session += 1;
        write!(response, "{session}")
    }
    fn session_close(&mut self, session: u32, _: &Call, last: &mut Out) -> Result<()> {
        write!(last, "{session}")
    }
}
