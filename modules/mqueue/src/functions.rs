//! Script functions.

use crate::Mqueue;
use crate::pvars::Fetched;
use module_api::{Call, Text, Verdict, script_function};

/// Adds `key` and `value` at the end of `queue`; a full queue loses its oldest pair.
///
/// ```cfg
/// mq_add("q", "$rm", "from $si");
/// mq_fetch("q");
/// xinfo("$mqk(q) $mqv(q)\n");   # log: OPTIONS from 127.0.0.1
/// ```
#[script_function(mq_add, routes = ANY)]
fn mq_add(mqueue: &Mqueue, call: &mut Call, queue: Text, key: Text, value: Text) -> Verdict {
    match mqueue.queue(&queue) {
        Some(queue) => {
            queue.add(key, value);
            Verdict::TRUE
        }
        None => {
            call.error(format_args!("there is no queue `{queue}`"));
            Verdict::FALSE
        }
    }
}

/// Takes the oldest pair out of `queue` into `$mqk(queue)` and `$mqv(queue)`: 1 when there was one, -2 when not.
///
/// ```cfg
/// if (!mq_fetch("q")) xinfo("empty\n");   # log: empty
/// ```
#[script_function(mq_fetch, routes = ANY)]
fn mq_fetch(mqueue: &Mqueue, call: &mut Call, queue: Text) -> Verdict {
    let Some(found) = mqueue.queue(&queue) else {
        call.error(format_args!("there is no queue `{queue}`"));
        return Verdict::FALSE;
    };
    match found.fetch() {
        Some((key, value)) => {
            Fetched::put(call, queue, key, value);
            Verdict::TRUE
        }
        None => Verdict(-2),
    }
}

/// Forgets what was fetched from `queue`.
///
/// ```cfg
/// mq_add("q", "k", "v");
/// mq_fetch("q");
/// mq_pv_free("q");
/// xinfo("$mqk(q)\n");   # log: <null>
/// ```
#[script_function(mq_pv_free, routes = ANY)]
fn mq_pv_free(call: &mut Call, queue: Text) -> Verdict {
    Fetched::forget(call, &queue);
    Verdict::TRUE
}

/// How many pairs `queue` holds; -1 when it is empty, -2 when there is no such queue.
///
/// ```cfg
/// mq_add("q", "k", "v");
/// $var(n) = mq_size("q");
/// xinfo("$var(n)\n");   # log: 1
/// mq_fetch("q");
/// ```
#[script_function(mq_size, routes = ANY)]
fn mq_size(mqueue: &Mqueue, call: &mut Call, queue: Text) -> Verdict {
    match mqueue.queue(&queue).map(|queue| queue.len()) {
        Some(0) => Verdict(-1),
        Some(length) => Verdict(length as i64),
        None => {
            call.error(format_args!("there is no queue `{queue}`"));
            Verdict(-2)
        }
    }
}
