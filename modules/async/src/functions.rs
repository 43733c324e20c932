//! Script functions.

use crate::Async;
use crate::pvars::Task;
use mod_tm::suspend::{self, Suspended};
use mod_tm::{Tm, view};
use module_api::{
    Call, RouteArg, RouteKind, RouteRun, Step, Text, TypedEvent, Verdict, script_function,
};
use sip::Method;
use std::time::Duration;

/// The longest time a request is put aside for.
const LONGEST: Duration = Duration::from_secs(100);
/// The longest time in milliseconds.
const LONGEST_MILLIS: Duration = Duration::from_millis(30_000);

fn delay(call: &mut Call, given: i64, unit: Duration, longest: Duration) -> Option<Duration> {
    // COMPAT: without any time nothing is put aside (observed on 5.6.3).
    let units = u32::try_from(given).ok().filter(|units| *units > 0);
    let delay = units.and_then(|units| unit.checked_mul(units));
    let delay = delay.filter(|delay| *delay <= longest);
    if delay.is_none() {
        call.error(format_args!("a request cannot be put aside for {given}"));
    }
    delay
}

/// Puts the request aside and goes on with it in a route block.
fn go_on_later(call: &mut Call, answer: Verdict, route: RouteArg, delay: Duration) -> Verdict {
    let Some(id) = route.id else {
        call.error(format_args!("there is no route[{}]", route.name));
        return Verdict::FALSE;
    };
    let Some(tm) = call.runtime.module::<Tm>() else {
        call.error(format_args!("module tm is not loaded"));
        return Verdict::FALSE;
    };
    match suspend::suspend(&tm, call) {
        Suspended::Now => {}
        Suspended::Before => return answer,
        Suspended::No => return Verdict::FALSE,
    }
    let Some((index, label)) = view::shown(call) else {
        return Verdict::FALSE;
    };
    let runtime = call.runtime.clone();
    let resume = move || suspend::resume_from_outside(&runtime, index, label, id);
    if delay.is_zero() {
        // The lane goes on with it when this script has ended.
        resume();
        return answer;
    }
    let pause = call.runtime.host.sleep(delay);
    call.runtime.host.spawn(Box::pin(async move {
        pause.await;
        resume();
    }));
    answer
}

fn sleep(call: &mut Call, delay: Duration) -> Step {
    if call.message.method() == Method::Ack {
        // There is no transaction to be put aside.
        return Verdict::FALSE.into();
    }
    if let Some(tm) = call.runtime.module::<Tm>() {
        suspend::begin_sleep(&tm, call);
    }
    Step::sleep(delay, |_| Verdict::TRUE)
}

/// Puts the request aside for `seconds`, at most 100, then goes on with it in `route[routename]`. The script ends here.
///
/// ```cfg
/// if (is_method("INFO")) async_route("LATER", "4");
/// ```
#[script_function(async_route, routes = REQUEST | FAILURE)]
fn async_route(module: &Async, call: &mut Call, routename: RouteArg, seconds: i64) -> Verdict {
    match delay(call, seconds, Duration::from_secs(1), LONGEST) {
        Some(delay) => go_on_later(call, module.answer, routename, delay),
        None => Verdict::FALSE,
    }
}

/// Puts the request aside for `milliseconds`, at most 30,000, then goes on with it in `route[routename]`. The script ends
/// here.
///
/// ```cfg
/// if (is_method("INFO")) async_ms_route("LATER", "250");
/// ```
#[script_function(async_ms_route, routes = REQUEST | FAILURE)]
fn async_ms_route(
    module: &Async,
    call: &mut Call,
    routename: RouteArg,
    milliseconds: i64,
) -> Verdict {
    match delay(call, milliseconds, Duration::from_millis(1), LONGEST_MILLIS) {
        Some(delay) => go_on_later(call, module.answer, routename, delay),
        None => Verdict::FALSE,
    }
}

/// Goes on with the next statement after `seconds`, at most 100. Other messages are handled meanwhile.
///
/// ```cfg
/// async_sleep("1");
/// ```
#[script_function(async_sleep, routes = REQUEST | FAILURE, waits)]
fn async_sleep(call: &mut Call, seconds: i64) -> Step {
    match delay(call, seconds, Duration::from_secs(1), LONGEST) {
        Some(delay) => sleep(call, delay),
        None => Verdict::FALSE.into(),
    }
}

/// Goes on with the next statement after `milliseconds`, at most 30,000. Other messages are handled meanwhile.
///
/// ```cfg
/// async_ms_sleep("20");
/// ```
#[script_function(async_ms_sleep, routes = REQUEST | FAILURE, waits)]
fn async_ms_sleep(call: &mut Call, milliseconds: i64) -> Step {
    match delay(call, milliseconds, Duration::from_millis(1), LONGEST_MILLIS) {
        Some(delay) => sleep(call, delay),
        None => Verdict::FALSE.into(),
    }
}

/// Goes on with the request in `route[routename]` as soon as the script has ended, which is here.
///
/// ```cfg
/// if (is_method("INFO")) async_task_route("LATER");
/// ```
#[script_function(async_task_route, routes = REQUEST | FAILURE)]
fn async_task_route(module: &Async, call: &mut Call, routename: RouteArg) -> Verdict {
    go_on_later(call, module.answer, routename, Duration::ZERO)
}

/// As `async_task_route()`, in a group of workers.
///
/// ```cfg
/// if (is_method("INFO")) async_task_group_route("LATER", "g1");
/// ```
#[script_function(async_task_group_route, routes = REQUEST | FAILURE, compat = partial("all groups share the threads"))]
fn async_task_group_route(
    module: &Async,
    call: &mut Call,
    routename: RouteArg,
    groupname: Text,
) -> Verdict {
    let _ = groupname;
    go_on_later(call, module.answer, routename, Duration::ZERO)
}

/// Runs a route block beside the script, with data.
fn run_task(call: &mut Call, route: RouteArg, group: Text, data: Text) -> Verdict {
    let Some(id) = route.id else {
        call.error(format_args!("there is no route[{}]", route.name));
        return Verdict::FALSE;
    };
    call.runtime.host.run_route(RouteRun {
        runtime: call.runtime.clone(),
        route: id,
        kind: RouteKind::Request,
        message: None,
        reception: None,
        attached: None,
        note: Some(Box::new(move |notes| notes.set(Task { data, group }))),
        done: None,
    });
    Verdict::TRUE
}

/// Runs `route[routename]` beside the script; `$async(data)` is `data` there.
///
/// ```cfg
/// async_task_data("TASK", "caller=$fU");
/// ```
#[script_function(async_task_data, routes = ANY)]
fn async_task_data(call: &mut Call, routename: RouteArg, data: Text) -> Verdict {
    run_task(call, routename, Text::from_static("default"), data)
}

/// As `async_task_data()`, in a group of workers; `$async(gname)` is its name.
///
/// ```cfg
/// async_task_group_data("TASK", "g1", "caller=$fU");
/// ```
#[script_function(async_task_group_data, routes = ANY, compat = partial("all groups share the threads"))]
fn async_task_group_data(
    call: &mut Call,
    routename: RouteArg,
    groupname: Text,
    data: Text,
) -> Verdict {
    run_task(call, routename, groupname, data)
}

/// Runs the event route that `async_tkv_evcb` names, such as `event_route[core:tkv]`, for an event of this type with a key
/// and a value; `$atkv` has them there. False when there is no such route.
///
/// ```cfg
/// async_tkv_emit("1", "key", "value");
/// ```
#[script_function(async_tkv_emit, routes = ANY)]
fn async_tkv_emit(call: &mut Call, r#type: i64, key: Text, value: Text) -> Verdict {
    let runtime = call.runtime.clone();
    let name = runtime.settings.process.async_tkv_evcb.to_str_lossy();
    let Some(route) = runtime.routes.event.get(&*name).copied() else {
        return Verdict::FALSE;
    };
    let event = TypedEvent {
        kind: r#type,
        key,
        value,
    };
    runtime.host.run_route(RouteRun {
        note: Some(Box::new(move |notes| notes.set(event))),
        ..RouteRun::event(&runtime, route)
    });
    Verdict::TRUE
}
