//! What goes into a machine and what comes out.

use smallvec::SmallVec;

/// The timers, by the names that RFC 3261 and RFC 6026 give them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// INVITE transmitted again.
    A,
    /// No response to an INVITE.
    B,
    /// No final response to an INVITE.
    C,
    /// Late responses to an INVITE that has failed.
    D,
    /// Request transmitted again.
    E,
    /// No final response.
    F,
    /// Final response to an INVITE transmitted again.
    G,
    /// No ACK.
    H,
    /// Late ACKs.
    I,
    /// Late requests.
    J,
    /// Late responses.
    K,
    /// Late INVITEs after a 2xx.
    L,
    /// Late 2xx.
    M,
    /// The transaction has lasted long enough.
    Lifetime,
}

/// What can happen to a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// Client: a response has arrived. Server: this response is to be sent.
    Response(u16),
    /// Server: this is to be answered with a 2xx of our own.
    Answer,
    /// Server: the request has arrived again.
    Request,
    /// Server: the ACK to a negative final response has arrived.
    Ack,
    /// A timer has run out.
    Timer(Timer),
    /// What was sent cannot have arrived.
    TransportError,
}

/// What a machine wants done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Output {
    /// Client: send the request. Server: send the last response.
    Transmit,
    /// Send the ACK for the response that has just arrived.
    Acknowledge,
    /// The response that has just arrived is news.
    Deliver,
    /// No final response will come: time is up.
    TimedOut,
    /// No final response will come: it could not be sent.
    TransportFailed,
    /// The ACK has not come.
    NotAcknowledged,
}

/// What a machine wants done, in order.
pub type Outputs = SmallVec<[Output; 2]>;

/// What a transaction wants done. Branches are numbered from 0 in the order in which they were added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Send the branch's request.
    Transmit(usize),
    /// Send the branch's request because no answer has come.
    Retransmit(usize),
    /// Send the ACK for the response that the branch has just got.
    Acknowledge(usize),
    /// Send the branch's CANCEL.
    Cancel(usize),
    /// The response that the branch has just got is for whoever asked.
    Deliver(usize),
    /// The branch has ended without a response: with this status of our own.
    Failed(usize, u16),
    /// Send the last response upstream again.
    Respond,
    /// The final response was not acknowledged.
    NotAcknowledged,
}

/// What a transaction wants done, in order.
pub type Effects = SmallVec<[Effect; 4]>;
