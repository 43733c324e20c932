//! Asking daemons: the one that has the call, or one of the set by weight.

use crate::bencode::{Bencode, Dict};
use crate::params::Params;
use crate::spread::Spread;
use media_proxies::exchange::{Exchange, Origin, Patience};
use media_proxies::nodes::{Node, Nodes, Reports, Standing};
use module_api::{Host, Live};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stdx::Text;

/// How many calls are remembered with their daemons. Of more the hash alone decides.
const CALLS_MAX: usize = 1_000_000;

/// Asks daemons.
pub struct Control {
    /// The daemons.
    pub nodes: Nodes,
    /// What the operator is told of them.
    pub reports: Reports,
    exchange: Arc<Exchange>,
    manner: Manner,
    remembers: Duration,
    keeps_calls: i64,
    calls: Mutex<BTreeMap<(Text, Place), (Arc<Node>, Instant)>>,
    /// How Call-IDs are spread over daemons.
    spread: Spread,
}

/// How daemons are asked. It may change.
struct Manner {
    timeout_ms: Live,
    tries: Live,
    pause_s: Live,
    most: Live,
    asks_silent: Live,
}

impl Manner {
    fn patience(&self) -> Patience {
        Patience {
            timeout: Duration::from_millis(self.timeout_ms.get().unsigned_abs()),
            tries: u32::try_from(self.tries.get()).unwrap_or(1),
        }
    }

    /// How long a daemon is left alone that does not answer.
    fn pause(&self) -> Duration {
        Duration::from_secs(self.pause_s.get().unsigned_abs())
    }

    /// How many daemons are tried.
    fn most(&self) -> usize {
        usize::try_from(self.most.get()).unwrap_or(1)
    }
}

/// Which of the daemons that media go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    First,
    Second,
}

/// What is asked about which call.
pub struct Question {
    /// The set.
    pub set: i64,
    /// The set whose daemon media go through besides.
    pub second_set: Option<i64>,
    /// The Call-ID.
    pub call_id: Text,
    /// The dictionary.
    pub dict: Dict,
    /// Whether it begins a session: then another daemon may take it.
    pub is_new: bool,
    /// Whether it ends the call.
    pub is_last: bool,
}

/// What came of a question.
pub struct Answered {
    /// Who answered.
    pub node: Arc<Node>,
    /// The answer.
    pub dict: Dict,
}

impl Control {
    /// Asks as the parameters say.
    pub fn new(nodes: Nodes, params: &Params, local: Option<IpAddr>) -> Arc<Control> {
        Arc::new(Control {
            nodes,
            reports: Reports::default(),
            exchange: Exchange::new(Origin {
                local,
                type_of_service: u8::try_from(params.control_cmd_tos).ok(),
            }),
            manner: Manner {
                timeout_ms: params.rtpengine_tout_ms.clone(),
                tries: params.rtpengine_retr.clone(),
                pause_s: params.rtpengine_disable_tout.clone(),
                most: params.queried_nodes_limit.clone(),
                asks_silent: params.aggressive_redetection.clone(),
            },
            remembers: Duration::from_secs(params.hash_table_tout.unsigned_abs()),
            keeps_calls: params.rtpengine_allow_op,
            spread: Spread::of(params.hash_algo),
            calls: Mutex::default(),
        })
    }

    /// How many calls are remembered.
    pub fn calls(&self) -> usize {
        self.calls.lock().len()
    }

    /// Forgets calls that were not asked about for long.
    pub fn forget_old(&self, now: Instant) {
        self.calls.lock().retain(|_, (_, until)| *until > now);
    }

    /// Puts a question: where there is a second set to a daemon of each, the second with the description that the first gave. None
    /// when no daemon answers. What the first refuses is not asked of the second, unless it ends the call.
    pub async fn ask(
        self: Arc<Self>,
        host: Arc<dyn Host>,
        mut question: Question,
    ) -> Option<Answered> {
        let first = self.ask_one(&host, &question, Place::First).await;
        let good = first
            .as_ref()
            .filter(|first| crate::question::refusal(&first.dict).is_none());
        let is_good = good.is_some();
        let goes_on = is_good || question.is_last;
        let Some(set) = question.second_set.filter(|_| goes_on) else {
            return first;
        };
        question.set = set;
        if let Some(sdp) = good.and_then(|first| first.dict.bytes(b"sdp")) {
            question.dict.0.retain(|(key, _)| key != b"sdp");
            question.dict.add("sdp", sdp);
        }
        let second = self.ask_one(&host, &question, Place::Second).await;
        if is_good { second } else { first }
    }

    async fn ask_one(
        self: &Arc<Self>,
        host: &Arc<dyn Host>,
        question: &Question,
        place: Place,
    ) -> Option<Answered> {
        let mut tried: Vec<usize> = Vec::new();
        let mut octets = Vec::with_capacity(1024);
        question.dict.write(&mut octets);
        if let Some(node) = self.known(&question.call_id, place, host.now()) {
            tried.push(node.index);
            if let Some(dict) = self.put(host, &node, &octets).await
                && !(question.is_new && is_loaded(&dict))
            {
                return Some(self.note(host, question, place, node, dict));
            }
        }
        while tried.len() < self.manner.most() {
            let Some(node) = self.choose(question, &tried, host.now()) else {
                break;
            };
            tried.push(node.index);
            let Some(dict) = self.put(host, &node, &octets).await else {
                continue;
            };
            if question.is_new && is_loaded(&dict) {
                continue;
            }
            return Some(self.note(host, question, place, node, dict));
        }
        None
    }

    /// The daemon that has the call, if it may be asked.
    fn known(&self, call_id: &Text, place: Place, now: Instant) -> Option<Arc<Node>> {
        let calls = self.calls.lock();
        let call = (call_id.clone(), place);
        let (node, _) = calls.get(&call).filter(|(_, until)| *until > now)?;
        let may = match (node.standing(), self.keeps_calls) {
            (Standing::TurnedOff, keeps) => keeps > 0,
            (Standing::SilentUntil(until), keeps) => keeps == 1 || until <= now,
            (Standing::Enabled, _) => true,
        };
        may.then(|| node.clone())
    }

    fn choose(&self, question: &Question, tried: &[usize], now: Instant) -> Option<Arc<Node>> {
        let hash = self.spread.hash(&question.call_id);
        let is_fresh = |node: &Node| !tried.contains(&node.index);
        let usable = self.nodes.choose(question.set, hash, |node| {
            is_fresh(node) && node.is_usable(now)
        });
        usable.or_else(|| {
            let may = |node: &Node| is_fresh(node) && node.standing() != Standing::TurnedOff;
            let silent = self.nodes.choose(question.set, hash, may);
            silent.filter(|_| self.manner.asks_silent.is_on())
        })
    }

    /// Remembers who has the call.
    fn note(
        &self,
        host: &Arc<dyn Host>,
        question: &Question,
        place: Place,
        node: Arc<Node>,
        dict: Dict,
    ) -> Answered {
        let mut calls = self.calls.lock();
        let call = (question.call_id.clone(), place);
        if question.is_last {
            calls.remove(&call);
        } else if calls.len() < CALLS_MAX {
            let until = host.now() + self.remembers;
            calls.insert(call, (node.clone(), until));
        }
        Answered { node, dict }
    }

    /// Asks one daemon; one that does not answer is left alone for a while.
    async fn put(
        self: &Arc<Self>,
        host: &Arc<dyn Host>,
        node: &Arc<Node>,
        octets: &[u8],
    ) -> Option<Dict> {
        let answer = match node.resolved(host).await {
            Some(peer) => {
                let exchange = self.exchange.clone();
                exchange
                    .ask(host.clone(), peer, octets.to_vec(), self.manner.patience())
                    .await
            }
            None => None,
        };
        let dict = answer.and_then(|answer| match Bencode::parse(answer.trim_ascii_end()) {
            Some(Bencode::Dict(dict)) => Some(dict),
            _ => None,
        });
        match &dict {
            Some(_) => self.reports.answered(&**host, node, 1),
            None => self.reports.silence(&**host, node, self.manner.pause()),
        }
        dict
    }

    /// Asks a daemon whether it is there.
    pub async fn ping(self: Arc<Self>, host: Arc<dyn Host>, node: Arc<Node>) -> bool {
        let answer = self.put(&host, &node, b"d7:command4:pinge").await;
        answer.is_some_and(|dict| dict.bytes(b"result") == Some(b"pong"))
    }
}

/// Whether a daemon has too much to do for another call.
fn is_loaded(dict: &Dict) -> bool {
    dict.bytes(b"result") == Some(b"load limit")
}
