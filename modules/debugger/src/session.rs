//! What is traced, which runs are stopped, and the orders they are given.

use futures_channel::oneshot;
use module_api::{Action, Answer, Call, Fault, LateAnswer, LogLevel, Pause, Text, Value};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// How many runs can be stopped at a time; more go on.
const STOPPED_MAX: usize = 1000;

/// What operators have the debugger do. It outlives a reload.
pub struct Session {
    tracing: AtomicBool,
    breaking: AtomicBool,
    /// How many runs have a number.
    last_number: AtomicI64,
    stopped: Mutex<BTreeMap<i64, Stopped>>,
}

/// A run that is stopped before an action.
struct Stopped {
    at: Arc<Action>,
    /// None while it carries an order out.
    orders: Option<oneshot::Sender<Order>>,
}

/// What a stopped run is to do.
pub enum Order {
    /// Run the action and stop before the next.
    Next,
    /// Go on and stop no more.
    Move,
    /// Tell what a text with variables is here, and stay.
    Evaluate(Text, LateAnswer),
    /// Log that, and stay.
    Log(Text, LogLevel),
}

/// What a run keeps of its dealings with the debugger; a note of its call.
#[derive(Clone, Copy)]
struct Known {
    number: i64,
    pace: Pace,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// It stops before the next action.
    Step,
    /// It stops no more.
    Free,
}

impl Session {
    /// A session in which nothing is stopped yet.
    pub fn new(traces: bool, breaks: bool) -> Session {
        Session {
            tracing: AtomicBool::new(traces),
            breaking: AtomicBool::new(breaks),
            last_number: AtomicI64::new(0),
            stopped: Mutex::default(),
        }
    }

    /// Whether actions are logged.
    pub fn is_tracing(&self) -> bool {
        self.tracing.load(Ordering::Relaxed)
    }

    /// Whether runs stop before their actions.
    pub fn is_breaking(&self) -> bool {
        self.breaking.load(Ordering::Relaxed)
    }

    /// Turns the log of actions on or off.
    pub fn set_tracing(&self, on: bool) {
        self.tracing.store(on, Ordering::Relaxed);
    }

    /// Turns breakpoints on or off; runs that are stopped stay so.
    pub fn set_breaking(&self, on: bool) {
        self.breaking.store(on, Ordering::Relaxed);
    }

    /// The numbers of the runs that are stopped, the longest first.
    pub fn stopped(&self) -> Vec<i64> {
        self.stopped.lock().keys().copied().collect()
    }

    /// The action that a run is stopped before.
    pub fn place_of(&self, number: i64) -> Option<Arc<Action>> {
        Some(self.stopped.lock().get(&number)?.at.clone())
    }

    /// Gives a stopped run an order; none when it is not stopped, or busy with another. The action that it stands before.
    pub fn order(&self, number: i64, order: Order) -> Option<Arc<Action>> {
        let mut stopped = self.stopped.lock();
        let entry = stopped.get_mut(&number)?;
        let orders = entry.orders.take()?;
        let at = entry.at.clone();
        if matches!(order, Order::Next | Order::Move) {
            stopped.remove(&number);
        }
        drop(stopped);
        orders.send(order).ok()?;
        Some(at)
    }

    /// Whether a run stops before an action.
    pub fn before(own: &Arc<Session>, call: &mut Call, action: &Arc<Action>) -> Option<Pause> {
        let number = match call.notes.get::<Known>() {
            Some(known) if known.pace == Pace::Step => known.number,
            Some(_) => return None,
            None if own.is_breaking() => own.last_number.fetch_add(1, Ordering::Relaxed) + 1,
            None => return None,
        };
        if own.stopped.lock().len() >= STOPPED_MAX {
            return None;
        }
        if call.notes.get::<Known>().is_none() {
            let shown = crate::trace::shown(&call.runtime, action);
            call.log(
                LogLevel::Info,
                format_args!("breakpoint hit: p=[{number}] {shown}"),
            );
        }
        Some(Session::stop(own.clone(), number, action.clone()))
    }

    fn stop(self: Arc<Session>, number: i64, at: Arc<Action>) -> Pause {
        let (orders, order) = oneshot::channel();
        let entry = Stopped {
            at: at.clone(),
            orders: Some(orders),
        };
        self.stopped.lock().insert(number, entry);
        Pause {
            what: format!("an order for run {number} of the debugger").into(),
            until: Box::pin(async move { Box::new(order.await.ok()) as Answer }),
            then: Box::new(move |call, answer| {
                let order = answer.downcast::<Option<Order>>().ok()?;
                let pace = match *order {
                    Some(Order::Next) => Pace::Step,
                    Some(Order::Move) | None => Pace::Free,
                    Some(Order::Evaluate(text, asked)) => {
                        let value = evaluate(call, &text);
                        let shown = value.map(|value| vec![shown(&text, &value).into()]);
                        asked.finish(shown.map_err(|mistake| Fault::new(500, mistake)));
                        return Some(self.stop(number, at));
                    }
                    Some(Order::Log(text, level)) => {
                        match evaluate(call, &text) {
                            Ok(value) => call.log(level, format_args!("{}", shown(&text, &value))),
                            Err(mistake) => call.error(format_args!("{mistake}")),
                        }
                        return Some(self.stop(number, at));
                    }
                };
                call.notes.set(Known { number, pace });
                None
            }),
        }
    }
}

fn evaluate(call: &mut Call, text: &Text) -> Result<Value, String> {
    let template = mod_pv::late_template(call, text).map_err(|mistake| mistake.message)?;
    match &*template.pieces {
        [module_api::TemplatePiece::Variable(variable)] => Ok(variable.get(call)),
        _ => Ok(Value::Str(template.text(call))),
    }
}

/// A variable with its value, as 5.6.3 shows it.
pub fn shown(text: &Text, value: &Value) -> String {
    match value {
        Value::Null => format!("{text} : t=null"),
        Value::Int(number) => format!("{text} : t=int v={number}"),
        Value::Str(value) => format!("{text} : t=str v={value}"),
    }
}
