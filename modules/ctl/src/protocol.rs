//! What is spoken over control sockets: how requests are cut out of octets, and what they are answered with.

use crate::binrpc;
use module_api::{Answered, Fault, RpcOutcome, RpcValue, Runtime};
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

/// A protocol of a [`Service`](crate::service::Service).
pub trait Protocol: Send + 'static {
    /// A request as it came, whole or not understood.
    type Request: Send + 'static;
    /// How long a connection may be silent between two requests.
    const IDLE: Duration;
    /// How many octets of an incomplete request are kept; a connection that sends more is closed.
    const REQUEST_MAX: usize;

    /// Takes the whole requests that a stream's octets begin with.
    fn take(&self, input: &mut Vec<u8>) -> Vec<Self::Request>;
    /// The request that a datagram is.
    fn read(&self, datagram: &[u8]) -> Self::Request;
    /// Carries a request out and writes the answer, when there is one.
    fn answer(&self, runtime: &Arc<Runtime>, request: &Self::Request) -> Answered<Vec<u8>>;
    /// Whether a stream is not to be read further after this request.
    fn ends_stream(&self, request: &Self::Request) -> bool;
}

/// A place besides sockets that requests come from.
pub trait Source<P: Protocol>: Send {
    /// What is to be waited on.
    fn descriptor(&self) -> BorrowedFd<'_>;
    /// Reads what is there and gives the whole requests.
    fn read(&mut self, protocol: &P, buffer: &mut [u8]) -> Vec<P::Request>;
    /// Writes the answer to where the request wants it.
    fn reply(&mut self, request: &P::Request, answer: &[u8]) -> io::Result<()>;
}

/// The protocol of `kamcmd`.
pub struct Binrpc;

impl Protocol for Binrpc {
    type Request = Result<binrpc::Request, binrpc::Corrupt>;
    const IDLE: Duration = Duration::from_secs(1800);
    const REQUEST_MAX: usize = binrpc::REQUEST_MAX + binrpc::HEADER_MAX;

    fn take(&self, input: &mut Vec<u8>) -> Vec<Self::Request> {
        let mut requests = Vec::new();
        loop {
            match binrpc::take(input) {
                Ok(Some(request)) => requests.push(Ok(request)),
                Ok(None) => return requests,
                Err(corrupt) => {
                    requests.push(Err(corrupt));
                    return requests;
                }
            }
        }
    }

    fn read(&self, datagram: &[u8]) -> Self::Request {
        match binrpc::parse(datagram) {
            Ok(Some((request, _))) => Ok(request),
            Ok(None) | Err(binrpc::Corrupt) => Err(binrpc::Corrupt),
        }
    }

    fn answer(&self, runtime: &Arc<Runtime>, request: &Self::Request) -> Answered<Vec<u8>> {
        let Ok(request) = request else {
            let fault = Fault::new(400, "bad request: corrupted packet");
            return Answered::Now(binrpc::fault(&[], &fault));
        };
        let cookie = request.cookie.clone();
        let outcome = match carry_out(runtime, &request.payload) {
            Ok(outcome) => outcome,
            Err(fault) => Answered::Now(Err(fault)),
        };
        outcome.map(move |outcome| match outcome {
            Ok(reply) => binrpc::reply(&cookie, &reply.values),
            Err(fault) => binrpc::fault(&cookie, &fault),
        })
    }

    fn ends_stream(&self, request: &Self::Request) -> bool {
        request.is_err()
    }
}

fn carry_out(runtime: &Arc<Runtime>, payload: &[u8]) -> Result<Answered<RpcOutcome>, Fault> {
    let bad = |reason: &str| Fault::new(400, format!("bad request method: {reason}"));
    let mut values = binrpc::values(payload).map_err(bad)?.into_iter();
    let name = match values.next() {
        Some(RpcValue::Str(name)) => name,
        Some(_) => return Err(bad("record doesn't match type")),
        None => return Err(bad("end of packet encountered")),
    };
    let outcome = runtime.rpc(&name, values.collect());
    outcome.ok_or_else(|| Fault::new(500, format!("command {name} not found")))
}
