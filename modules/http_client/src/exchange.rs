//! One exchange as a script sees it: begun in a run that parks, its end noted in the run that goes on.

use crate::HttpClient;
use crate::connections::Connection;
use crate::curl::{CurlCode, Failure};
use crate::driver::{Driver, Reply, Request, shown};
use module_api::{Call, Gauge, PvarRef, Step, Text, Verdict};
use reqwest::header::HeaderMap;
use std::sync::Arc;

/// How many connections are tried for one request.
const ATTEMPTS_MAX: usize = 8;

/// What a message keeps of the requests made for it.
#[derive(Default)]
pub struct Remembered {
    /// Whether header fields are kept; none is what the parameter says.
    pub keeps_headers: Option<bool>,
    /// The header fields of the last response.
    pub headers: HeaderMap,
    /// The last URL of each connection.
    pub urls: Vec<(Text, Text)>,
}

impl Remembered {
    /// What is remembered with the message.
    pub fn of(call: &mut Call) -> Option<&mut Remembered> {
        if call.notes.get::<Remembered>().is_none() {
            call.notes.set(Remembered::default());
        }
        call.notes.get_mut::<Remembered>()
    }
}

/// A place among the requests under way, until it is dropped.
struct Slot(Gauge);

impl Slot {
    fn take(http: &HttpClient) -> Result<Slot, Failure> {
        http.under_way.add(1);
        let slot = Slot(http.under_way.clone());
        match slot.0.value() > http.params.requests_max {
            true => {
                let detail = "as many requests are under way as there may be";
                Err(Failure::new(CurlCode::NO_CONNECTION_AVAILABLE, detail))
            }
            false => Ok(slot),
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.add(-1);
    }
}

/// What came of an exchange.
struct Outcome {
    /// The attempts that failed, with the URLs asked.
    failures: Vec<(String, Failure)>,
    /// The response, if there was one.
    reply: Option<Reply>,
    /// The connection that it came over, if it came over one.
    connection: Option<Text>,
}

impl Outcome {
    fn code(&self) -> i64 {
        match (&self.reply, self.failures.last()) {
            (Some(reply), _) => reply.status.into(),
            (None, Some((_, failure))) => failure.code.0.into(),
            (None, None) => CurlCode::FAILED_INIT.0.into(),
        }
    }
}

async fn attempt(http: &HttpClient, driver: &Driver, request: &Request, outcome: &mut Outcome) {
    match driver.send(request).await {
        Ok(reply) => {
            http.succeeded.increment();
            outcome.reply = Some(reply);
        }
        Err(failure) => {
            http.failed.increment();
            outcome.failures.push((shown(&request.url), failure));
        }
    }
}

/// What a request does with the body it gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// All of it.
    All,
    /// What stands before the first line break.
    FirstLine,
}

/// Asks the server of a URL.
pub fn ask_any(call: &mut Call, http: &Arc<HttpClient>, request: Request, result: PvarRef) -> Step {
    let slot = Slot::take(http);
    let take = match http.params.query_result {
        0 => Take::All,
        _ => Take::FirstLine,
    };
    let (own, driver) = (http.clone(), http.any.clone());
    let what = format!("http {} {}", request.method, shown(&request.url));
    let exchange = async move {
        let mut outcome = Outcome {
            failures: Vec::new(),
            reply: None,
            connection: None,
        };
        match slot {
            Ok(_slot) => attempt(&own, &driver, &request, &mut outcome).await,
            Err(failure) => outcome.failures.push((shown(&request.url), failure)),
        }
        outcome
    };
    begin(call, http, what, exchange, take, result)
}

/// Asks the server of a connection, and those that stand in for it. `request.url` is what follows the connection's own.
pub fn ask_connection(
    call: &mut Call,
    http: &Arc<HttpClient>,
    name: Text,
    request: Request,
    result: PvarRef,
) -> Step {
    let Some(connection) = http.connection(&name).cloned() else {
        call.error(format_args!("there is no connection `{name}`"));
        keep(call, &result, Text::default());
        return Step::Done(Verdict::FALSE);
    };
    let slot = Slot::take(http);
    let own = http.clone();
    let url = shown(&connection.url(&request.url));
    let what = format!("http {} {url}", request.method);
    let exchange = async move {
        match slot {
            Ok(_slot) => ask_in_turn(&own, name, connection, request).await,
            Err(failure) => Outcome {
                failures: vec![(url, failure)],
                reply: None,
                connection: None,
            },
        }
    };
    begin(call, http, what, exchange, Take::All, result)
}

async fn ask_in_turn(
    http: &HttpClient,
    mut name: Text,
    first: Arc<Connection>,
    mut request: Request,
) -> Outcome {
    let mut outcome = Outcome {
        failures: Vec::new(),
        reply: None,
        connection: None,
    };
    let path = std::mem::take(&mut request.url);
    let mut connection = first;
    for _ in 0..ATTEMPTS_MAX {
        request.url = connection.url(&path);
        attempt(http, &connection.driver, &request, &mut outcome).await;
        if let Some(reply) = &outcome.reply {
            *connection.last_url.lock() = reply.url.clone();
            outcome.connection = Some(name);
        }
        let is_good = outcome
            .reply
            .as_ref()
            .is_some_and(|reply| reply.status < 500);
        let other = connection.failover.as_ref().filter(|_| !is_good);
        match other.and_then(|name| Some((name, http.connection(name)?))) {
            Some((other, found)) => {
                (name, connection) = (other.clone(), found.clone());
                outcome.reply = None;
            }
            None => break,
        }
    }
    outcome
}

fn begin(
    call: &mut Call,
    http: &Arc<HttpClient>,
    what: String,
    exchange: impl Future<Output = Outcome> + Send + 'static,
    take: Take,
    result: PvarRef,
) -> Step {
    let keeps_headers = Remembered::of(call).and_then(|note| note.keeps_headers);
    let keeps_headers = keeps_headers.unwrap_or(http.params.response_headers != 0);
    Step::wait(what, exchange, move |call, outcome| {
        let code = outcome.code();
        for (url, failure) in &outcome.failures {
            call.warn(format_args!("http request to {url}: {failure}"));
        }
        let body = match outcome.reply {
            Some(reply) => end(call, reply, outcome.connection, keeps_headers),
            None => Text::default(),
        };
        let body = match take {
            Take::All => body,
            Take::FirstLine => first_line(body),
        };
        match keep(call, &result, body) {
            true => Verdict(code),
            false => Verdict::FALSE,
        }
    })
}

/// Notes what is to be remembered of a response; its body if scripts are to see it (observed on 5.6.3: not of a 5xx).
fn end(call: &mut Call, reply: Reply, connection: Option<Text>, keeps_headers: bool) -> Text {
    if let Some(note) = Remembered::of(call) {
        if keeps_headers {
            note.headers = reply.headers;
        }
        if let Some(name) = connection {
            note.urls.retain(|(known, _)| *known != name);
            note.urls.push((name, reply.url));
        }
    }
    match reply.status {
        500.. => Text::default(),
        _ => reply.body,
    }
}

fn keep(call: &mut Call, result: &PvarRef, body: Text) -> bool {
    match result.set(call, body) {
        Ok(()) => true,
        Err(error) => {
            call.error(format_args!("the result: {error}"));
            false
        }
    }
}

fn first_line(body: Text) -> Text {
    let end = body.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    match end {
        Some(end) => body.slice(..end),
        None => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_it_breaks() {
        // Observed on 5.6.3.
        assert_eq!(&*first_line(Text::from("one\r\ntwo")), b"one");
        assert_eq!(&*first_line(Text::from("one\ntwo")), b"one");
        assert_eq!(&*first_line(Text::from("\ntwo")), b"");
        assert_eq!(&*first_line(Text::from("one")), b"one");
    }
}
