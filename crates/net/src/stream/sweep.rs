//! Ends what is overdue.
//!
//! One task for all connections: it looks at each when the earliest deadline of any is reached, not per tick, and traffic
//! moves deadlines without telling it. Ten thousand idle connections cost nothing between two deadlines.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::TcpConfig;
use super::clock::after;
use super::connection::{Connection, ConnectionState};
use super::shared::Streams;
use crate::received::{ConnectionEventKind, Overdue};

/// Looks are at least this far apart, which is also how late an end may come.
const PAUSE: Duration = Duration::from_millis(100);
/// `planned` while the connections are being looked at: whoever has a new deadline must say so.
const LOOKING: u64 = u64::MAX;

/// Tells the task about deadlines that it cannot know.
pub(crate) struct Sweep {
    /// When the next look is planned.
    planned: AtomicU64,
    news: Notify,
}

impl Default for Sweep {
    fn default() -> Self {
        Sweep {
            planned: AtomicU64::new(LOOKING),
            news: Notify::new(),
        }
    }
}

impl Sweep {
    /// There is a deadline, of a connection in the table, that was not there at the last look.
    pub(crate) fn expect(&self, deadline: u64) {
        if deadline < self.planned.load(Ordering::Acquire) {
            self.news.notify_one();
        }
    }

    /// Deadlines have changed altogether.
    pub(crate) fn wake(&self) {
        self.news.notify_one();
    }
}

/// The task. Ends when the connections' owner is gone.
pub(crate) async fn run(streams: Weak<Streams>, sweep: Arc<Sweep>) {
    loop {
        let until = {
            let Some(streams) = streams.upgrade() else {
                return;
            };
            sweep.planned.store(LOOKING, Ordering::Release);
            let now = Instant::now();
            let earliest = streams.end_overdue(streams.millis(now));
            let next = earliest.map(|earliest| earliest.max(after(streams.millis(now), PAUSE)));
            // Without any deadline, every new one is earlier.
            sweep
                .planned
                .store(next.unwrap_or(LOOKING), Ordering::Release);
            next.map(|next| streams.instant(next))
        };
        match until {
            None => sweep.news.notified().await,
            Some(until) => {
                let timer = tokio::time::sleep_until(until.into());
                tokio::select! {
                    () = timer => {}
                    () = sweep.news.notified() => tokio::time::sleep(PAUSE / 10).await,
                }
            }
        }
    }
}

impl Streams {
    /// Ends the connections whose deadline has passed; the earliest of the others.
    fn end_overdue(&self, now: u64) -> Option<u64> {
        let config = self.config();
        let mut earliest: Option<u64> = None;
        self.table.for_each(|connection| {
            let Some((deadline, kind)) = deadline_of(connection, &config) else {
                return;
            };
            if deadline > now {
                earliest = Some(earliest.map_or(deadline, |earliest| earliest.min(deadline)));
                return;
            }
            match kind {
                ConnectionEventKind::TimedOut(Overdue::Writing) => {
                    self.counters.send_timeout.add_one()
                }
                ConnectionEventKind::TimedOut(_) => self.counters.con_timeout.add_one(),
                _ => {}
            }
            connection.end(kind);
        });
        earliest
    }
}

/// The next deadline of a connection, and what is to happen then.
fn deadline_of(connection: &Connection, config: &TcpConfig) -> Option<(u64, ConnectionEventKind)> {
    let clock = &connection.clock;
    if connection.ending().is_some() {
        return None;
    }
    if connection.state() == ConnectionState::Connecting {
        let kind = ConnectionEventKind::ConnectFailed {
            errno: libc::ETIMEDOUT,
        };
        return clock
            .fresh
            .get()
            .map(|since| (after(since, config.connect_timeout), kind));
    }
    let lifetime = connection.lifetime(config);
    // A zero timeout is none, but for the lifetime (5.6.3 closes at once then).
    let limited = |timeout: Duration| (!timeout.is_zero()).then_some(timeout);
    let fresh = clock.fresh.get().filter(|_| connection.ends.accepted);
    [
        (clock.active.get(), Some(lifetime), Overdue::Traffic),
        (fresh, limited(config.msg_data_timeout), Overdue::FirstData),
        (
            clock.partial.get(),
            limited(config.msg_read_timeout),
            Overdue::RestOfMessage,
        ),
        (
            clock.blocked.get(),
            limited(config.send_timeout),
            Overdue::Writing,
        ),
    ]
    .into_iter()
    .filter_map(|(since, timeout, overdue)| Some((after(since?, timeout?), overdue)))
    .min_by_key(|(deadline, _)| *deadline)
    .map(|(deadline, overdue)| (deadline, ConnectionEventKind::TimedOut(overdue)))
}
