//! Keeps accounts. A session is one account: it is opened with a balance, each request books an amount, and its last output is
//! the balance. A request outside of sessions takes amounts as a stream and gives the balance after each of them.

use taskhost::sys::th_worker_handle;
use taskhost::{Call, Error, Host, HostCalls, Kind, OnCall, Out, Queue, Result, Sessions, Streams, Trace};
use taskhost::{Worker, WorkerStatus};

struct Ledger;

impl Kind for Ledger {
    type Queue = Bank;
    type Worker = Clerk;
}

taskhost::plugin! {
    kind: Ledger,
    id: "org.example.ledger",
    name: "ledger",
    version: "1.0.0",
    wire: "ledger/1",
    summary: "keeps accounts",
}

fn amount(bytes: &[u8]) -> Result<i64> {
    let text = String::from_utf8_lossy(bytes);
    text.parse().map_err(|_| Error::bad_input(format!("'{text}' is no amount")))
}

fn sum(a: i64, b: i64) -> Result<i64> {
    a.checked_add(b).ok_or_else(|| Error::limit("nobody has as much"))
}

/// In the host: what only one may know.
struct Bank;

impl Queue for Bank {
    fn new(_: &Host, _: &Call) -> Result<Self> {
        Ok(Bank)
    }
}

impl OnCall for Bank {
    fn on_call(
        &mut self,
        _: &Call,
        _: &WorkerStatus,
        _: &th_worker_handle,
        request: &[u8],
        reply: &mut Out,
    ) -> Result<bool> {
        if request != b"limit" {
            return Ok(false);
        }
        reply.push(b"1000")?;
        Ok(true)
    }
}

struct Clerk {
    streams: Streams,
    calls: HostCalls,
    trace: Trace,
}

impl Worker for Clerk {
    fn new(host: &Host, _: &Call, _: &[u8]) -> Result<Self> {
        Ok(Clerk { streams: Streams::new(host)?, calls: HostCalls::new(host)?, trace: Trace::new(host) })
    }

    fn perform(&mut self, call: &Call, request: &[u8], response: &mut Out) -> Result<()> {
        let mut balance = self.trace.span(call, "read the amount", || amount(request))?;
        while let Some(item) = self.streams.next(call)? {
            balance = sum(balance, amount(&item)?)?;
            self.streams.emit(call, balance.to_string().as_bytes())?;
        }
        write!(response, "{balance}")
    }
}

struct Account {
    balance: i64,
    limit: i64,
}

impl Sessions for Clerk {
    type Session = Account;

    fn session_open(&mut self, call: &Call, request: &[u8]) -> Result<Account> {
        let limit = amount(&self.calls.ask(call, b"limit")?)?;
        Ok(Account { balance: amount(request)?, limit })
    }

    fn session_perform(&mut self, account: &mut Account, _: &Call, request: &[u8], response: &mut Out) -> Result<()> {
        let (after, limit) = (sum(account.balance, amount(request)?)?, account.limit);
        if after > limit {
            return Err(Error::limit(format!("{after} is above the limit of {limit}")));
        }
        account.balance = after;
        write!(response, "{after}")
    }

    fn session_close(&mut self, account: Account, _: &Call, last: &mut Out) -> Result<()> {
        write!(last, "{}", account.balance)
    }
}
