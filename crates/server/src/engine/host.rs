//! The server as modules see it.

use super::{CONTROL_LANES, Engine};
use crate::cell::Clock;
use crate::lane::{Lane, LaneEvent};
use crate::tap;
use module_api::{
    BoxFuture, ConnectionId, ConnectionInfo, Delivery, DnsSettings, Gathering, Host, KeepAlive,
    LaneKey, LaneTask, Located, NextHop, ParkedRun, RouteRun, Runtime, SocketId, TcpSettings, Text,
    World,
};
use std::net::{SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

impl World for Engine {
    fn now(&self) -> Instant {
        self.world.now()
    }

    fn unix_time(&self) -> Duration {
        self.world.unix_time()
    }

    fn spawn(&self, task: BoxFuture<()>) {
        self.world.spawn(task);
    }

    fn sleep(&self, delay: Duration) -> BoxFuture<()> {
        self.world.sleep(delay)
    }

    fn open_connection(&self, delivery: &Delivery) -> bool {
        self.world.open_connection(delivery)
    }

    fn locate(&self, uri: &Text) -> Located {
        self.world.locate(uri)
    }

    fn ask_dns(&self, query: &locate::Query) -> BoxFuture<locate::Answer> {
        self.world.ask_dns(query)
    }

    fn with_dns_cache(&self, work: &mut dyn FnMut(&mut locate::DnsCache, Instant)) -> bool {
        self.world.with_dns_cache(work)
    }

    fn route_to(&self, hop: NextHop) -> Option<SocketId> {
        self.world.route_to(hop)
    }

    fn connection(&self, id: ConnectionId) -> Option<ConnectionInfo> {
        self.world.connection(id)
    }

    fn connections(&self) -> Vec<ConnectionInfo> {
        self.world.connections()
    }

    fn connection_to(&self, peer: SocketAddr) -> Option<ConnectionId> {
        self.world.connection_to(peer)
    }

    fn close_connection(&self, id: ConnectionId) -> bool {
        self.world.close_connection(id)
    }

    fn alias_connection(&self, id: ConnectionId, port: u16) -> bool {
        self.world.alias_connection(id, port)
    }

    fn set_connection_lifetime(&self, id: ConnectionId, lifetime: Duration) -> bool {
        self.world.set_connection_lifetime(id, lifetime)
    }

    fn set_connection_keepalive(&self, id: ConnectionId, keepalive: Option<KeepAlive>) -> bool {
        self.world.set_connection_keepalive(id, keepalive)
    }

    fn set_connection_mark(&self, id: ConnectionId, mark: u32) -> bool {
        self.world.set_connection_mark(id, mark)
    }

    fn send_as(&self, source: SocketAddrV4, peer: SocketAddrV4, octets: &[u8]) -> bool {
        self.world.send_as(source, peer, octets)
    }

    fn can_send_as(&self) -> bool {
        self.world.can_send_as()
    }

    fn set_streams(&self, tcp: &TcpSettings) -> bool {
        self.world.set_streams(tcp)
    }

    fn set_names(&self, dns: &DnsSettings) -> bool {
        self.world.set_names(dns)
    }

    fn read_name_servers(&self) -> bool {
        self.world.read_name_servers()
    }

    fn stop(&self) {
        self.world.stop();
    }
}

impl Host for Engine {
    fn runtime(&self) -> Option<Arc<Runtime>> {
        self.current
            .load()
            .as_ref()
            .map(|loaded| loaded.runtime.clone())
    }

    fn run_route(&self, run: RouteRun) {
        let next = self.next_control.fetch_add(1, Ordering::Relaxed) % CONTROL_LANES;
        self.post(self.lanes + next, LaneEvent::Control(Box::new(run)));
    }

    fn lanes(&self) -> usize {
        self.cells.len()
    }

    fn on_lane(&self, lane: LaneKey<'_>, task: LaneTask) {
        let lane = match lane {
            LaneKey::OfCall(call_id) => self.lane_of(call_id),
            LaneKey::Number(number) => number,
        };
        self.post(lane, LaneEvent::Task(task));
    }

    fn run_route_in_order(&self, run: RouteRun) {
        self.post(self.lanes, LaneEvent::Control(Box::new(run)));
    }

    fn send(&self, delivery: &Delivery, bytes: &[u8]) -> bool {
        let current = self.current.load();
        let loaded = current
            .as_ref()
            .filter(|loaded| loaded.events.network.is_some());
        let changed =
            loaded.and_then(|loaded| tap::outgoing(loaded, bytes, delivery, self.moment()));
        let bytes = changed.as_deref().unwrap_or(bytes);
        let sent = self.world.send(delivery, bytes);
        if let Err(error) = sent {
            self.lost(bytes, delivery, error);
        }
        sent.is_ok()
    }

    fn parked(&self, tell: Box<dyn FnOnce(Vec<ParkedRun>) + Send + Sync>) {
        let gathering = Gathering::new(tell);
        for index in 0..self.cells.len() {
            let gathering = gathering.clone();
            let look = Box::new(move |lane: &Lane| gathering.tell(index, lane.parked().collect()));
            self.post(index, LaneEvent::Look(look));
        }
    }
}
