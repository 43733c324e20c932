//! What the DNS says of the machine's own name.

use module_api::{BoxFuture, Host, Located, NextHop};
use parking_lot::Mutex;
use std::net::IpAddr;
use std::sync::Arc;

/// The address that the machine's name stands for, as far as it is known.
#[derive(Default)]
pub struct OwnName(Arc<Mutex<State>>);

#[derive(Clone, Copy, Default)]
struct State {
    /// What the DNS said last.
    known: Option<IpAddr>,
    /// Whether it is being asked.
    is_asked: bool,
}

/// The question that is under way, until it is answered or dropped.
struct Question(Arc<Mutex<State>>);

impl Drop for Question {
    fn drop(&mut self) {
        self.0.lock().is_asked = false;
    }
}

impl OwnName {
    /// The address of `name`, the machine's: what the DNS said last, while it is asked again. One question at a time.
    pub fn address(&self, host: &dyn Host, name: &[u8]) -> Option<IpAddr> {
        self.look_up(|| Located::of_host(host, name), |task| host.spawn(task))
    }

    fn look_up(
        &self,
        locate: impl FnOnce() -> Located,
        spawn: impl FnOnce(BoxFuture<()>),
    ) -> Option<IpAddr> {
        let State { known, is_asked } = *self.0.lock();
        if is_asked {
            return known;
        }
        let address = |hops: Vec<NextHop>| hops.first().map(|hop| hop.address.ip());
        match locate() {
            Located::Ready(hops) => address(hops),
            Located::Later(answer) => {
                // Another lane may have come first.
                if std::mem::replace(&mut self.0.lock().is_asked, true) {
                    return known;
                }
                let question = Question(self.0.clone());
                spawn(Box::pin(async move {
                    let found = address(answer.await);
                    let mut state = question.0.lock();
                    state.known = found.or(state.known);
                }));
                known
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Poll, Waker};

    /// One look that finds nothing in the cache: what it shows, and the question that it puts.
    fn look(own: &OwnName, answer: &'static str) -> (Option<IpAddr>, Option<BoxFuture<()>>) {
        let hops = move || {
            let address = answer.parse().ok()?;
            let transport = sip::Transport::Udp;
            Some(NextHop { transport, address })
        };
        let mut put = None;
        let shown = own.look_up(
            || Located::Later(Box::pin(async move { hops().into_iter().collect() })),
            |task| put = Some(task),
        );
        (shown, put)
    }

    fn finish(question: Option<BoxFuture<()>>) {
        let mut context = Context::from_waker(Waker::noop());
        let answered = question.unwrap().as_mut().poll(&mut context);
        assert_eq!(answered, Poll::Ready(()));
    }

    #[test]
    fn one_question_is_under_way_at_a_time() {
        let own = OwnName::default();
        let (shown, first) = look(&own, "192.0.2.1:5060");
        assert!(shown.is_none() && first.is_some());
        let (shown, second) = look(&own, "192.0.2.2:5060");
        assert!(shown.is_none() && second.is_none());
        finish(first);
        let (shown, third) = look(&own, "no answer");
        assert_eq!(shown, "192.0.2.1".parse().ok());
        finish(third);
        // What is known stays until there is another address.
        let (shown, fourth) = look(&own, "192.0.2.3:5060");
        assert_eq!(shown, "192.0.2.1".parse().ok());
        drop(fourth);
        assert!(look(&own, "192.0.2.4:5060").1.is_some());
    }
}
