//! Counts the primes of ranges such as 1-1000. A long range is split by the worker that gets it. Workers keep the primes that
//! they know, and the host knows how far each of them has come. A number at which workers die is found by halving.

use std::fmt;
use std::str::FromStr;
use taskhost::{After, Answer, Call, Cause, Diagnostic, Error, Gone, Host, ItemOptions, Items, Kind, Out, Result};
use taskhost::{OnTaskGone, Plan, Queue, RequestOfTask, Severity, Summary, Totals, UseResponse};
use taskhost::{Words, Worker, WorkerStatus};

struct Primes;

impl Kind for Primes {
    type Queue = Count;
    type Worker = Sieve;
}

taskhost::plugin! {
    kind: Primes,
    id: "org.example.primes",
    name: "primes",
    version: env!("CARGO_PKG_VERSION"),
    wire: "primes/1",
    summary: "counts the primes of ranges",
    flags: [idempotent, splits],
    options: [
        ("size", Int(250), "numbers that one task may have"),
        ("fail", Int(0), "a number at which a task fails"),
        ("crash", Int(0), "a number at which a worker dies"),
    ],
    examples: ["1-1000"],
}

#[derive(Clone, Copy)]
struct Range {
    first: u64,
    last: u64,
}

impl Range {
    fn middle(self) -> u64 {
        self.first + (self.last - self.first) / 2
    }
    fn has(self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }
    fn halves(self, middle: u64) -> (Range, Range) {
        (Range { first: self.first, last: middle }, Range { first: middle + 1, last: self.last })
    }
    fn is_sound(&self) -> bool {
        self.first >= 1 && self.first <= self.last && self.last <= 1_000_000_000_000
    }
    fn read(bytes: &[u8]) -> Result<Self> {
        std::str::from_utf8(bytes)?.parse()
    }
}

impl FromStr for Range {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        text.split_once('-')
            .and_then(|(first, last)| Some(Range { first: number(first)?, last: number(last)? }))
            .filter(Range::is_sound)
            .ok_or_else(|| Error::bad_input(format!("'{text}' is no range such as 1-1000")))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Words of a request or response, separated by blanks.
fn numbers<const N: usize>(bytes: &[u8]) -> Result<[u64; N]> {
    let mut made = [0; N];
    let mut words = std::str::from_utf8(bytes)?.split(' ');
    for number in &mut made {
        *number = words.next().unwrap_or_default().parse()?;
    }
    Ok(made)
}

// ---- in the host

struct Count {
    primes: u64,
    largest: u64,
}

impl Queue for Count {
    fn new(_host: &Host, _call: &Call) -> Result<Self> {
        Ok(Count { primes: 0, largest: 0 })
    }
}

impl Plan for Count {
    /// Each word is a task; a wrong one ends the run before anything is performed.
    fn plan(&mut self, _: &Call, words: Words, _shared: &mut Out, tasks: &mut Items) -> Result<()> {
        for word in words.iter() {
            tasks.add(String::from_utf8_lossy(word).parse::<Range>()?.to_string())?;
        }
        Ok(())
    }
}

impl RequestOfTask for Count {
    /// The range, and up to where this worker should know the primes: its competence.
    fn request_of_task(&mut self, _: &Call, worker: &WorkerStatus, task: &[u8], request: &mut Out) -> Result<bool> {
        let range = Range::read(task)?;
        let [known] = if worker.is_fresh() { [0] } else { numbers(worker.competence())? };
        write!(request, "{} {} {known}", range.first, range.last)?;
        Ok(true)
    }
}

impl UseResponse for Count {
    fn use_response(
        &mut self,
        call: &Call,
        _worker: &WorkerStatus,
        task: &[u8],
        response: &[u8],
        competence: &mut Out,
        tasks: &mut Items,
    ) -> Result<Answer> {
        let [middle, primes, largest, known] = numbers(response)?;
        if middle != 0 {
            // The first half goes on where it is; the other one goes to whoever is free.
            let (first, second) = Range::read(task)?.halves(middle);
            tasks.add_with(first.to_string(), &ItemOptions { pinned: true, ..Default::default() })?;
            tasks.add(second.to_string())?;
            call.count(0, 0, 0);
        }
        self.primes += primes;
        self.largest = self.largest.max(largest);
        write!(competence, "{known}")?;
        Ok(Answer::Stay)
    }
}

impl OnTaskGone for Count {
    /// A range at which a worker died is halved, until the culprit is alone.
    fn on_task_gone(&mut self, call: &Call, gone: &Gone, task: Option<&[u8]>, tasks: &mut Items) -> Result<After> {
        if let (Cause::WorkerDied, Some(task)) = (gone.cause(), task) {
            let range = Range::read(task)?;
            if range.first < range.last {
                let (first, second) = range.halves(range.middle());
                tasks.add(first.to_string())?;
                tasks.add(second.to_string())?;
            } else {
                let found = Diagnostic::new(Severity::Error, "workers die at this number");
                call.diagnostic(&Diagnostic { label: &range.to_string(), ..found });
            }
        }
        Ok(After::Settled)
    }
}

impl Summary for Count {
    fn summary(&mut self, _: &Call, _: &Totals, text: &mut Out) -> Result<()> {
        write!(text, "{} primes, the largest is {}", self.primes, self.largest)
    }
}

// ---- in each worker process

struct Sieve {
    size: u64,
    fail: u64,
    crash: u64,
    known: u64,
    table: Vec<u64>,
}

impl Worker for Sieve {
    fn new(host: &Host, _call: &Call, _shared: &[u8]) -> Result<Self> {
        let (size, fail, crash) = (host.option("size", 250)?, host.option("fail", 0)?, host.option("crash", 0)?);
        Ok(Sieve { size, fail, crash, known: 0, table: Vec::new() })
    }

    fn perform(&mut self, call: &Call, request: &[u8], response: &mut Out) -> Result<()> {
        let [first, last, believed] = numbers(request)?;
        let range = Range { first, last };
        if !range.is_sound() {
            return Err(Error::bad_input("the request is no range"));
        }
        if believed != self.known {
            return Err(Error::poisoned("host and worker do not agree about what it knows"));
        }
        if last - first >= self.size {
            return write!(response, "{} 0 0 {}", range.middle(), self.known);
        }
        if range.has(self.fail) {
            panic!("{} is an unlucky number", self.fail);
        }
        if range.has(self.crash) {
            std::process::abort();
        }
        self.learn(last);
        let (mut count, mut largest) = (0, 0);
        for number in first..=last {
            call.check_cancelled()?;
            if self.is_prime(number) {
                count += 1;
                largest = number;
            }
        }
        let message = format!("{count} primes");
        call.diagnostic(&Diagnostic { label: &range.to_string(), ..Diagnostic::new(Severity::Note, &message) });
        write!(response, "0 {count} {largest} {}", self.known)
    }
}

impl Sieve {
    fn is_prime(&self, number: u64) -> bool {
        number > 1 && self.table.iter().take_while(|p| *p * *p <= number).all(|p| number % p != 0)
    }

    /// Makes the table reach the square root of `last`.
    fn learn(&mut self, last: u64) {
        while self.known * self.known < last {
            if self.is_prime(self.known + 1) {
                self.table.push(self.known + 1);
            }
            self.known += 1;
        }
    }
}
