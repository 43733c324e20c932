//! Script functions.

use crate::HttpClient;
use crate::driver::Request;
use crate::exchange::{Remembered, ask_any, ask_connection};
use module_api::{Call, Literal, PvarRef, Step, Text, Verdict, script_function};
use reqwest::Method;
use std::sync::Arc;

/// What a posted body is when nobody says.
const FORM: &[u8] = b"application/x-www-form-urlencoded";

fn http_client(call: &Call) -> Option<Arc<HttpClient>> {
    call.runtime.module::<HttpClient>()
}

fn filled(text: Text) -> Option<Text> {
    (!text.is_empty()).then_some(text)
}

/// What a script asks of any URL.
struct Ask {
    /// The method; none is `POST` when there is a body, else `GET`.
    method: Option<Text>,
    url: Text,
    body: Option<Text>,
    headers: Text,
    is_http2: bool,
}

impl Ask {
    fn url(url: Text) -> Ask {
        Ask {
            method: None,
            url,
            body: None,
            headers: Text::default(),
            is_http2: false,
        }
    }

    fn send(self, call: &mut Call, result: PvarRef) -> Step {
        let Some(http) = http_client(call) else {
            return Verdict::FALSE.into();
        };
        if self.url.is_empty() {
            call.error(format_args!("the URL is empty"));
            return Verdict::FALSE.into();
        }
        let method = match &self.method {
            Some(method) => Method::from_bytes(method),
            None if self.body.is_some() => Ok(Method::POST),
            None => Ok(Method::GET),
        };
        let Ok(method) = method else {
            call.error(format_args!("that is no method of HTTP"));
            return Verdict::FALSE.into();
        };
        let request = Request {
            method,
            url: self.url,
            headers: self.headers,
            content_type: Some(Text::from_static_bytes(FORM)),
            body: self.body,
            is_http2: self.is_http2,
            nonce: call.random(),
        };
        ask_any(call, &http, request, result)
    }
}

/// Gets what is at `url` and puts the first line of it, or all (`query_result`), into `result`.
///
/// Returns the status of the response, or the number of what went wrong (`$curlerror`). What came with a 5xx is left out.
///
/// ```cfg
/// http_client_query("http://127.0.0.1:9/route?user=$fU", "$var(answer)");
/// if ($rc != 200) xinfo("no answer: $var(answer)\n");   # log: no answer:
/// ```
#[script_function(http_client_query, routes = REQUEST | FAILURE | BRANCH | REPLY, waits)]
fn query(call: &mut Call, url: Text, result: PvarRef) -> Step {
    Ask::url(url).send(call, result)
}

/// Posts `post` to `url` and puts what comes back into `result`; an empty `post` makes it a GET.
///
/// ```cfg
/// http_client_query("http://127.0.0.1:9/seen", "user=$fU", "$var(answer)");
/// ```
#[script_function(http_client_query, routes = REQUEST | FAILURE | BRANCH | REPLY, waits)]
fn query_posting(call: &mut Call, url: Text, post: Text, result: PvarRef) -> Step {
    let ask = Ask {
        body: filled(post),
        ..Ask::url(url)
    };
    ask.send(call, result)
}

/// Posts `post` to `url` with header lines of its own and puts what comes back into `result`.
///
/// ```cfg
/// http_client_query("http://127.0.0.1:9/seen", "{}", "Content-Type: application/json\r\nX-User: $fU", "$var(answer)");
/// ```
#[script_function(http_client_query, routes = REQUEST | FAILURE | BRANCH | REPLY, waits)]
fn query_with_headers(call: &mut Call, url: Text, post: Text, hdrs: Text, result: PvarRef) -> Step {
    let ask = Ask {
        body: filled(post),
        headers: hdrs,
        ..Ask::url(url)
    };
    ask.send(call, result)
}

/// Gets what is at `url`, with a body and header lines unless they are empty, and puts it into `result`.
///
/// ```cfg
/// http_client_get("http://127.0.0.1:9/", "", "X-Token: abc", "$var(answer)");
/// ```
#[script_function(http_client_get, routes = REQUEST | FAILURE | BRANCH | REPLY, waits)]
fn get(call: &mut Call, url: Text, body: Text, hdrs: Text, respv: PvarRef) -> Step {
    let ask = Ask {
        method: Some(Text::from_static("GET")),
        body: filled(body),
        headers: hdrs,
        ..Ask::url(url)
    };
    ask.send(call, respv)
}

/// Sends a request with the method `met` to `url`, with a body and header lines unless they are empty, and puts what comes
/// back into `respv`.
///
/// ```cfg
/// http_client_request("PUT", "http://127.0.0.1:9/users/$fU", "present", "Content-Type: text/plain", "$var(answer)");
/// ```
#[script_function(http_client_request, routes = REQUEST | FAILURE | BRANCH | REPLY, waits)]
fn request(call: &mut Call, met: Text, url: Text, body: Text, hdrs: Text, respv: PvarRef) -> Step {
    let ask = Ask {
        method: Some(met),
        body: filled(body),
        headers: hdrs,
        ..Ask::url(url)
    };
    ask.send(call, respv)
}

/// As `http_client_request()`, to a server that is known to speak HTTP/2.
///
/// ```cfg
/// http_client_request_v2pk("GET", "http://127.0.0.1:9/", "", "X-Token: abc", "$var(answer)");
/// ```
#[script_function(http_client_request_v2pk, routes = REQUEST | FAILURE | BRANCH | REPLY, waits)]
fn request_http2(
    call: &mut Call,
    met: Text,
    url: Text,
    body: Text,
    hdrs: Text,
    respv: PvarRef,
) -> Step {
    let ask = Ask {
        method: Some(met),
        body: filled(body),
        headers: hdrs,
        is_http2: true,
        ..Ask::url(url)
    };
    ask.send(call, respv)
}

fn send_over(
    call: &mut Call,
    connection: Text,
    url: &Text,
    content: Option<(Text, Text)>,
    result: PvarRef,
) -> Step {
    let Some(http) = http_client(call) else {
        return Verdict::FALSE.into();
    };
    let (content_type, body) = content.unwrap_or_default();
    let body = filled(body);
    let request = Request {
        method: match &body {
            Some(_) => Method::POST,
            None => Method::GET,
        },
        url: url.clone(),
        headers: Text::default(),
        content_type: filled(content_type),
        body,
        is_http2: false,
        nonce: call.random(),
    };
    ask_connection(call, &http, connection, request, result)
}

/// Gets what is at the URL of `connection` with `url` behind it and puts it into `result`.
///
/// When the connection fails or answers with a 5xx, the one it names as `failover` is asked. Returns the status of the
/// response, or the number of what went wrong (`$curlerror`).
///
/// ```cfg
/// http_connect("api", "/users/$fU", "$var(user)");
/// if ($rc < 100) xinfo("no answer\n");   # log: no answer
/// ```
#[script_function(http_connect, routes = REQUEST | FAILURE | BRANCH | REPLY, waits)]
fn connect(call: &mut Call, connection: Text, url: Text, result: PvarRef) -> Step {
    send_over(call, connection, &url, None, result)
}

/// Posts `data` to the URL of `connection` with `url` behind it and puts what comes back into `result`.
///
/// ```cfg
/// http_connect("api", "/seen", "application/json", "{ \"user\": \"$fU\" }", "$var(answer)");
/// ```
#[script_function(http_connect, routes = REQUEST | FAILURE | BRANCH | REPLY, waits)]
fn connect_posting(
    call: &mut Call,
    connection: Text,
    url: Text,
    content_type: Text,
    data: Text,
    result: PvarRef,
) -> Step {
    send_over(call, connection, &url, Some((content_type, data)), result)
}

/// As `http_connect()` with data, in which nothing is expanded.
///
/// ```cfg
/// http_connect_raw("api", "/pay", "application/json", '{ "price": "$5" }', "$var(answer)");
/// ```
#[script_function(http_connect_raw, routes = REQUEST | FAILURE | BRANCH | REPLY, waits)]
fn connect_raw(
    call: &mut Call,
    connection: Literal,
    url: Text,
    content_type: Literal,
    data: Literal,
    result: PvarRef,
) -> Step {
    let content = (content_type.0, data.0);
    send_over(call, connection.0, &url, Some(content), result)
}

/// Puts the URL that the last response over `connection` came from into `result`: after redirects the last one.
///
/// That is the last response for this message, or else for any; empty before there was one. A connection that stood in for
/// another has answered under its own name.
///
/// ```cfg
/// http_connect("api", "", "$var(answer)");
/// http_get_redirect("api", "$var(url)");
/// xinfo("from $var(url)\n");   # log: from
/// ```
#[script_function(http_get_redirect, routes = REQUEST | FAILURE | BRANCH | REPLY)]
fn get_redirect(
    http: &HttpClient,
    call: &mut Call,
    connection: Literal,
    result: PvarRef,
) -> Verdict {
    let name = connection.0;
    let known = http.connection(&name);
    if known.is_none() {
        call.error(format_args!("there is no connection `{name}`"));
    }
    let urls = Remembered::of(call).map(|note| note.urls.as_slice());
    let mut same = urls
        .unwrap_or_default()
        .iter()
        .filter(|(asked, _)| *asked == name);
    let own = same.next().map(|(_, url)| url.clone());
    let last = || known.map(|connection| connection.last_url.lock().clone());
    let url = own.or_else(last).unwrap_or_default();
    match result.set(call, url) {
        Ok(()) => Verdict::of(known.is_some()),
        Err(error) => {
            call.error(format_args!("the result: {error}"));
            Verdict::FALSE
        }
    }
}

/// Whether (1) or not (0) header fields of the responses for this message are kept for `$httprhdr`; 0 forgets those there
/// are.
///
/// ```cfg
/// http_client_response_headers_set("1");
/// http_client_query("http://127.0.0.1:9/", "$var(answer)");
/// xinfo("of type $httprhdr(Content-Type)\n");   # log: of type <null>
/// ```
#[script_function(http_client_response_headers_set, routes = ANY)]
fn set_response_headers(call: &mut Call, mode: i64) -> Verdict {
    if let Some(note) = Remembered::of(call) {
        note.keeps_headers = Some(mode != 0);
        if mode == 0 {
            note.headers.clear();
        }
    }
    Verdict::TRUE
}

/// Forgets the header fields of responses.
///
/// ```cfg
/// http_client_response_headers_clear();
/// xinfo("$httprhdr(Content-Type)\n");   # log: <null>
/// ```
#[script_function(http_client_response_headers_clear, routes = ANY)]
fn clear_response_headers(call: &mut Call, _scope: Option<Text>) -> Verdict {
    if let Some(note) = Remembered::of(call) {
        note.headers.clear();
    }
    Verdict::TRUE
}
