//! What the lanes need besides the world that modules see: threads, an alarm, a way to send. The real one and the test bench's
//! are both behind this.

use module_api::{Delivery, Outbox, World};
pub use net::SendError;
use std::time::Instant;

/// What is told of messages that were not sent.
pub type Unsent<'a> = dyn FnMut(&[u8], &Delivery, SendError) + 'a;

/// What the lanes run on.
pub trait Platform: World + 'static {
    /// How many threads can run at a time.
    fn threads(&self) -> usize {
        1
    }
    /// Told that a lane wants to be woken at `at`.
    fn deadline_set(&self, at: Instant);
    /// Sends a message.
    ///
    /// # Errors
    /// When it could not be handed to a socket.
    fn send(&self, delivery: &Delivery, bytes: &[u8]) -> Result<(), SendError>;
    /// Sends messages in order; `unsent` is given those that could not be handed to a socket.
    fn send_all(&self, outbox: &mut Outbox, unsent: &mut Unsent<'_>) {
        outbox.drain(|bytes, delivery| {
            if let Err(error) = self.send(delivery, bytes) {
                unsent(bytes, delivery, error);
            }
        });
    }
}
