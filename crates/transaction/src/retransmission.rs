//! What is sent again and again, and until when: the timers that all machines over unreliable transports share.

use crate::effect::Timer;
use crate::{Tick, Times};

/// When to send again, and when to stop waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Retransmission {
    /// The interval between two transmissions, in milliseconds; 0 where nothing is sent again.
    interval: u32,
    /// When to send again.
    again_at: Tick,
    /// When the machine's state ends by itself.
    until: Tick,
}

impl Retransmission {
    /// Nothing is sent again, and nothing waited for.
    pub const NONE: Retransmission = Retransmission {
        interval: 0,
        again_at: Tick::NEVER,
        until: Tick::NEVER,
    };

    /// For what has just been sent for the first time and is waited for `millis`. Over a reliable transport it is not
    /// sent again.
    pub fn begin(is_reliable: bool, millis: u32, times: &Times, now: Tick) -> Retransmission {
        let mut timer = Retransmission {
            until: now.after_ms(millis),
            ..Retransmission::NONE
        };
        if !is_reliable {
            timer.interval = times.t1;
            timer.again_at = now.after_ms(times.t1);
        }
        timer
    }

    /// It was sent again: the next time after twice the interval, which grows to T2 and no further.
    pub fn back_off(&mut self, times: &Times, now: Tick) {
        self.interval = self.interval.saturating_mul(2).min(times.t2);
        self.again_at = now.after_ms(self.interval);
    }

    /// It was sent again: the next time after T2.
    pub fn slow_down(&mut self, times: &Times, now: Tick) {
        self.again_at = now.after_ms(times.t2);
    }

    /// It is not sent again; the machine waits `millis` more.
    pub fn stop(&mut self, millis: u32, now: Tick) {
        self.again_at = Tick::NEVER;
        self.until = now.after_ms(millis);
    }

    /// It is not sent again; the machine waits as long as before.
    pub fn fall_silent(&mut self) {
        self.again_at = Tick::NEVER;
    }

    /// Gives the wait another length from now.
    pub fn wait(&mut self, millis: u32, now: Tick) {
        self.until = now.after_ms(millis);
    }

    /// Waits no longer than to `at`.
    pub fn end_by(&mut self, at: Tick) {
        self.until = self.until.min(at);
    }

    /// What runs out first: `again`, when it is sent again, or `end`.
    pub fn next(&self, again: Timer, end: Timer) -> (Tick, Timer) {
        if self.again_at <= self.until && self.again_at.is_set() {
            (self.again_at, again)
        } else {
            (self.until, end)
        }
    }

    /// The interval between two transmissions, in milliseconds.
    #[cfg(test)]
    pub fn interval(&self) -> u32 {
        self.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_double_up_to_t2_and_reliable_transports_have_none() {
        let times = Times::default();
        let mut timer = Retransmission::begin(false, 30_000, &times, Tick(0));
        let mut intervals = vec![timer.interval];
        for _ in 0..5 {
            timer.back_off(&times, Tick(0));
            intervals.push(timer.interval);
        }
        assert_eq!(intervals, [500, 1000, 2000, 4000, 4000, 4000]);
        let timer = Retransmission::begin(true, 30_000, &times, Tick(0));
        assert_eq!(
            timer.next(Timer::E, Timer::F),
            (Tick(0).after_ms(30_000), Timer::F)
        );
    }

    #[test]
    fn what_ends_first_comes_first() {
        let times = Times::default();
        let mut timer = Retransmission::begin(false, 30_000, &times, Tick(0));
        assert_eq!(timer.next(Timer::A, Timer::B).1, Timer::A);
        timer.end_by(Tick(3));
        assert_eq!(timer.next(Timer::A, Timer::B), (Tick(3), Timer::B));
    }
}
