//! Asking the proxies of a set: the one that the call belongs to, and another when that does not answer.

use crate::params::Params;
use media_proxies::exchange::{Exchange, Origin, Patience, ask_unix};
use media_proxies::nodes::{Endpoint, Node, Nodes, Reports, hash};
use module_api::Host;
use std::sync::Arc;
use std::time::Duration;

/// The capabilities that a proxy is asked for, by the dates it knows them by: repacketization, and telling formats.
const CAPABILITIES: [(&[u8], u32); 3] = [
    (b"VF 20050322", 1),
    (b"VF 20071116", REPACKETIZES),
    (b"VF 20081102", TELLS_FORMATS),
];
const REPACKETIZES: u32 = 2;
/// The proxy takes the formats of a stream.
pub const TELLS_FORMATS: u32 = 4;

/// Asks proxies.
pub struct Control {
    /// The proxies.
    pub nodes: Nodes,
    /// What the operator is told of them.
    pub reports: Reports,
    exchange: Arc<Exchange>,
    patience: Patience,
    pause: Duration,
}

impl Control {
    /// Asks as the parameters say.
    pub fn new(nodes: Nodes, params: &Params) -> Arc<Control> {
        let patience = Patience {
            timeout: Duration::from_secs(params.rtpproxy_tout.unsigned_abs()),
            tries: u32::try_from(params.rtpproxy_retr)
                .unwrap_or(0)
                .saturating_add(1),
        };
        Arc::new(Control {
            nodes,
            reports: Reports::default(),
            exchange: Exchange::new(Origin::default()),
            patience,
            pause: Duration::from_secs(params.rtpproxy_disable_tout.unsigned_abs()),
        })
    }

    /// The proxy for a call, which has answered before or does so now. None when no proxy of the set answers.
    pub async fn proxy_for(
        self: &Arc<Self>,
        host: &Arc<dyn Host>,
        set: i64,
        call_id: &[u8],
    ) -> Option<Arc<Node>> {
        let hash = hash(call_id);
        loop {
            let now = host.now();
            // Observed on 5.6.3: one that is alone is asked also with weight 0.
            let node = match self.nodes.only(set).filter(|node| node.is_usable(now)) {
                Some(node) => node,
                None => self.nodes.choose(set, hash, |node| node.is_usable(now))?,
            };
            if node.abilities().is_some() || self.probe(host, &node).await {
                return Some(node);
            }
        }
    }

    /// Asks a proxy what it is able to do; one that does not answer is left alone for a while.
    pub async fn probe(self: &Arc<Self>, host: &Arc<dyn Host>, node: &Arc<Node>) -> bool {
        let Some(version) = self.ask(host, node, b"V".to_vec()).await else {
            return false;
        };
        // Of this version every proxy is that speaks the protocol.
        if !version.trim_ascii().starts_with(b"20040107") {
            self.reports.silence(&**host, node, self.pause);
            return false;
        }
        let mut abilities = 0;
        for (question, ability) in CAPABILITIES {
            let answer = self.ask(host, node, question.to_vec()).await;
            if answer.is_some_and(|answer| answer.trim_ascii() == b"1") {
                abilities |= ability;
            }
        }
        self.reports.answered(&**host, node, abilities);
        true
    }

    /// Asks a proxy; one that does not answer is left alone for a while.
    pub async fn ask(
        self: &Arc<Self>,
        host: &Arc<dyn Host>,
        node: &Arc<Node>,
        question: Vec<u8>,
    ) -> Option<Vec<u8>> {
        let answer = match &node.listing.endpoint {
            Endpoint::Unix(path) => {
                ask_unix(host.clone(), path.clone(), question, self.patience.timeout).await
            }
            Endpoint::Udp { .. } => match node.resolved(host).await {
                Some(peer) => {
                    let exchange = self.exchange.clone();
                    exchange
                        .ask(host.clone(), peer, question, self.patience)
                        .await
                }
                None => None,
            },
        };
        if answer.is_none() {
            self.reports.silence(&**host, node, self.pause);
        }
        answer
    }
}
