//! The steps of phones, one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Cards, Deed, streams};
use crate::differ::registrations::steps::{HELD, Request, Step, Steps};

/// After so long whatever was to live for two seconds has ended, and its end has been seen.
const PAUSE: Duration = Duration::from_millis(4_000);
/// After so long the timer has written what there is to be written, and seen which connections are gone.
const WRITTEN: Duration = Duration::from_millis(2_200);

impl Cards<'_> {
    /// Some steps that make the script do these deeds.
    pub fn steps(&mut self, deeds: &[Deed]) -> Steps {
        let mut cseqs = BTreeMap::new();
        let mut steps = Vec::new();
        let count = 6 + self.random.below(10);
        let pause = self.random.percent(40).then(|| self.random.below(count));
        for step in 0..count {
            let is_registration = step == 0 || self.random.percent(65);
            if let Some(disturbance) = self.disturbance() {
                let closes = !matches!(disturbance, Step::Ping(_));
                steps.push(disturbance);
                steps.extend(closes.then_some(Step::Wait(WRITTEN)));
            }
            let next = self.step(deeds, is_registration, &mut cseqs);
            let closes = streams::closes(&next, deeds);
            steps.push(next);
            steps.extend(closes.then_some(Step::Wait(WRITTEN)));
            if Some(step) == pause {
                let_go(&mut steps);
                steps.push(Step::Wait(PAUSE));
                steps.extend(self.last(deeds));
            }
        }
        self.when_written(deeds, &mut steps);
        if self.random.percent(50) {
            steps.push(Step::Restart);
            for _ in 0..self.random.below(5) {
                let is_registration = self.random.percent(50);
                steps.push(self.step(deeds, is_registration, &mut cseqs));
            }
            self.when_written(deeds, &mut steps);
            steps.push(Step::Swap);
            self.when_written(deeds, &mut steps);
        }
        Steps(steps)
    }

    /// One that makes the script do one of them.
    fn step(
        &mut self,
        deeds: &[Deed],
        is_registration: bool,
        cseqs: &mut BTreeMap<String, u32>,
    ) -> Step {
        let chosen: Vec<usize> = (0..deeds.len())
            .filter(|place| (deeds[*place].method == "REGISTER") == is_registration)
            // Which rows are written by then is up to the timer.
            .filter(|place| !deeds[*place].is_rows)
            .collect();
        let place = chosen[self.random.below(chosen.len() as u64) as usize];
        let mut request = self.request(deeds[place].method, cseqs);
        request.headers.push(format!("X-Do: {place}"));
        Step::Send(request)
    }

    /// Shows everything when all is written.
    fn when_written(&mut self, deeds: &[Deed], steps: &mut Vec<Step>) {
        let_go(steps);
        steps.push(Step::Wait(WRITTEN));
        steps.extend(self.last(deeds));
    }

    /// Everything that is done to show what there is.
    fn last(&mut self, deeds: &[Deed]) -> Vec<Step> {
        let mut steps = Vec::new();
        for (place, _) in deeds.iter().enumerate().filter(|(_, deed)| deed.is_show) {
            let mut request = self.request("OPTIONS", &mut BTreeMap::new());
            request.headers.push(format!("X-Do: {place}"));
            steps.push(Step::Send(request));
        }
        steps
    }

    fn request(&mut self, method: &str, cseqs: &mut BTreeMap<String, u32>) -> Request {
        let to = self.aor();
        let call_id = self.random.pick(["1", "1", "2", "3"]).to_owned();
        let is_registration = method == "REGISTER";
        let cseq = cseqs.entry(call_id.clone()).or_insert(1);
        *cseq = (*cseq + self.random.pick([0, 1, 1, 1, 1, 1, 2]))
            .saturating_sub(u32::from(self.random.percent(4)) * 2);
        let phone = self.random.pick(["phone1", "phone1", "phone2"]).to_owned();
        let by_datagram = (phone, String::new());
        let client = self.client();
        let is_second = client.is_none() && self.random.percent(15);
        let mut headers = Vec::new();
        if is_registration {
            headers = self.registration();
            // Where a datagram ends tells how long its body is.
            headers.extend(
                client
                    .is_some()
                    .then(|| self.length())
                    .into_iter()
                    .flatten(),
            );
        }
        let (phone, manner) = client.unwrap_or(by_datagram);
        Request {
            phone,
            manner,
            socket: is_second.then(|| "second".to_owned()),
            method: method.to_owned(),
            to: to.to_owned(),
            call_id,
            cseq: *cseq,
            headers,
        }
    }
}

/// Has no client hold its last request back: what it does would be done while everything is shown.
fn let_go(steps: &mut [Step]) {
    let mut seen = BTreeSet::new();
    for step in steps.iter_mut().rev() {
        if let Step::Send(request) = step
            && seen.insert(request.phone.clone())
        {
            request.manner = request.manner.replace(HELD, "");
        }
    }
}
