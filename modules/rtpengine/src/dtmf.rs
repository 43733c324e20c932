//! Keys that were pressed, as daemons tell of them: one JSON object a datagram.

use crate::Rtpengine;
use module_api::{
    BoundVariable, Call, LaneKey, Reception, RouteJob, RouteKind, Runtime, SocketId, Text, Value,
    Work,
};
use parking_lot::Mutex;
use serde_json::Value as Json;
use sip::{Message, Transport};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The route that is run for each key.
const ROUTE: &str = "rtpengine:dtmf-event";

/// The request that the route sees.
const STAND_IN: &[u8] = b"OPTIONS sip:kamailio.org SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nFrom: <sip:kamailio.org>;tag=dtmf\r\n\
    To: <sip:kamailio.org>\r\nCall-ID: dtmf\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

/// Where daemons tell.
#[derive(Default)]
pub struct Listener {
    socket: Mutex<Option<SocketAddr>>,
    is_closed: AtomicBool,
}

impl Listener {
    /// Ends the thread that listens.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        if let Some(address) = self.socket.lock().take()
            && let Ok(socket) = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        {
            // The thread is woken to see it.
            let _ = socket.send_to(b"", address);
        }
    }
}

/// Listens where `dtmf_events_sock` says.
pub fn listen(own: &Arc<Rtpengine>, runtime: &Arc<Runtime>) {
    let text = own
        .params
        .dtmf_events_sock
        .value
        .to_str_lossy()
        .into_owned();
    if text.is_empty() {
        return;
    }
    let complain = |reason: String| {
        runtime.error(format_args!("`dtmf_events_sock` {text}: {reason}"));
    };
    let socket = match UdpSocket::bind(text.as_str()) {
        Ok(socket) => socket,
        Err(reason) => return complain(reason.to_string()),
    };
    *own.dtmf.socket.lock() = socket.local_addr().ok();
    let (rtpengine, weak) = (own.clone(), Arc::downgrade(runtime));
    let has_begun = runtime.host.run_blocking(Box::new(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok((length, _)) = socket.recv_from(&mut buffer) {
            let Some(runtime) = weak.upgrade() else {
                return;
            };
            if rtpengine.dtmf.is_closed.load(Ordering::Relaxed) {
                return;
            }
            let event = serde_json::from_slice(buffer.get(..length).unwrap_or_default());
            if let Ok(event) = event {
                tell(&rtpengine, &runtime, event);
            }
        }
    }));
    if !has_begun {
        complain("there is no thread to listen".to_owned());
    }
}

/// Runs the event route in the lane of the call.
fn tell(own: &Arc<Rtpengine>, runtime: &Arc<Runtime>, event: Json) {
    let Some(route) = runtime.routes.event.get(ROUTE).copied() else {
        return;
    };
    let Ok(message) = Message::parse(STAND_IN.into()) else {
        return;
    };
    let call_id = event
        .get("callid")
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned();
    let (own, runtime_of_event) = (own.clone(), runtime.clone());
    let task = move |work: &mut Work<'_>| {
        let socket = runtime_of_event.sockets.list.first();
        let local = socket.map_or(
            SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5060),
            |socket| socket.address,
        );
        let reception = Reception {
            transport: Transport::Udp,
            local,
            socket: socket.map_or(SocketId(0), |socket| socket.id),
            peer: local,
            connection: None,
        };
        let mut call = work.context(&runtime_of_event, message, reception);
        call.flags.marks.faked = true;
        put(&own, &mut call, &event);
        work.begin(RouteJob {
            call,
            route,
            kind: RouteKind::Event,
            then: Box::new(|work, call, _| work.give_back(call)),
        });
    };
    runtime
        .host
        .on_lane(LaneKey::OfCall(call_id.as_bytes()), Box::new(task));
}

/// Puts what is told into the variables.
fn put(own: &Rtpengine, call: &mut Call, event: &Json) {
    let Some(variables) = own.variables.get() else {
        return;
    };
    for (variable, key) in &variables.dtmf {
        let value = match event.get(*key) {
            Some(Json::Number(number)) => number.as_i64().map_or(Value::Null, Value::Int),
            Some(Json::String(text)) => Value::Str(Text::from(text.as_str())),
            Some(Json::Null) | None => Value::Null,
            Some(other) => Value::Str(Text::from(other.to_string())),
        };
        set(call, variable, value);
    }
}

fn set(call: &mut Call, variable: &BoundVariable, value: Value) {
    // A variable that cannot be written stays what it is.
    let _ = variable.set(call, value);
}
