//! From a JSON-RPC request to its answer.

use crate::writer::{Style, Writer};
use futures_channel::oneshot;
use module_api::{Answered, Fault, RpcReply, RpcStruct, RpcValue, Runtime, Text};
use serde_json::Value;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

/// What came of a request.
pub struct Answer {
    /// 200, or the code of the error.
    pub code: i64,
    /// `OK`, or the error's text.
    pub text: Text,
    /// The JSON-RPC answer.
    pub body: Vec<u8>,
}

/// Carries out the request that `document` is and writes the answer.
pub fn answer(runtime: &Arc<Runtime>, document: &[u8], style: Style) -> Answered<Answer> {
    answer_request(runtime, &read(document), style)
}

/// The document that octets begin with; null when there is none.
pub fn read(octets: &[u8]) -> Value {
    let first = |octets: &[u8]| {
        let mut documents = serde_json::Deserializer::from_slice(octets).into_iter();
        documents.next().and_then(Result::ok)
    };
    let document = first(octets).or_else(|| first(&with_controls_escaped(octets)?));
    document.unwrap_or_default()
}

/// Documents with the control characters in their strings escaped; none when there are none.
///
/// `kamctl ping` writes real ends of lines into a string. JSON has no such strings, but 5.6.3 reads them.
pub fn with_controls_escaped(octets: &[u8]) -> Option<Vec<u8>> {
    let (mut in_string, mut is_escaped, mut found) = (false, false, false);
    let mut written = Vec::with_capacity(octets.len());
    for &octet in octets {
        if in_string && octet < b' ' {
            found = true;
            // A backslash before it stands for itself no more: it is taken back.
            if is_escaped {
                written.pop();
            }
            written.extend_from_slice(b"\\u00");
            written.extend_from_slice(&stdx::hex::digits_of_octet(octet));
            is_escaped = false;
            continue;
        }
        match octet {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        written.push(octet);
    }
    found.then_some(written)
}

/// Carries out a request and writes the answer.
pub fn answer_request(runtime: &Arc<Runtime>, request: &Value, style: Style) -> Answered<Answer> {
    let id = request.get("id").cloned();
    let outcome = match run(runtime, request) {
        Ok(outcome) => outcome,
        Err(mistake) => Answered::Now(Err(mistake)),
    };
    let path = request.get("store_path").and_then(Value::as_str);
    let Some(path) = path.map(str::to_owned) else {
        return outcome.map(move |outcome| written(id.as_ref(), &outcome, style));
    };
    let runtime = runtime.clone();
    Answered::Later(Box::pin(async move {
        let outcome = match outcome {
            Answered::Now(outcome) => outcome,
            Answered::Later(outcome) => outcome.await,
        };
        let answer = written(id.as_ref(), &outcome, style);
        let mut place = RpcStruct::new();
        place.add("stored", path.as_str());
        let told = match store(&runtime, path, answer.body).await {
            Ok(()) => Ok(RpcReply {
                values: vec![place.into()],
                is_list: false,
            }),
            Err(error) => Err((
                500,
                Text::from(format!("the answer is not stored: {error}")),
            )),
        };
        written(id.as_ref(), &told, style)
    }))
}

/// Puts an answer into a file in the place of what that holds.
async fn store(runtime: &Runtime, path: String, body: Vec<u8>) -> io::Result<()> {
    let (sender, receiver) = oneshot::channel();
    let write = move || {
        let result = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            // Otherwise opening a pipe waits for who reads from it.
            .custom_flags(nix::libc::O_NONBLOCK)
            .open(path)
            .and_then(|mut file| file.write_all(&body));
        // Whoever asked may have gone.
        let _ = sender.send(result);
    };
    let busy = || io::Error::other("there is too much to do");
    match runtime.host.run_blocking(Box::new(write)) {
        true => receiver.await.unwrap_or_else(|_| Err(busy())),
        false => Err(busy()),
    }
}

type Outcome = Result<RpcReply, (i64, Text)>;

fn run(runtime: &Arc<Runtime>, request: &Value) -> Result<Answered<Outcome>, (i64, Text)> {
    if request.is_null() {
        return Err((-32700, Text::from_static("Parse error")));
    }
    let method = request.get("method").and_then(Value::as_str);
    let (Some(method), Some(_)) = (method, request.get("jsonrpc")) else {
        return Err((-32600, Text::from_static("Invalid Request")));
    };
    let arguments = match request.get("params") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(values)) => values.iter().map(argument).collect(),
        Some(Value::Object(members)) => members.values().map(argument).collect(),
        Some(_) => return Err((-32602, Text::from_static("Invalid params"))),
    };
    let outcome = runtime.rpc(method.as_bytes(), arguments);
    let outcome = outcome.ok_or((500, Text::from_static("Method Not Found")))?;
    let fault = |Fault { code, message, .. }| (i64::from(code), Text::from(message));
    Ok(outcome.map(move |outcome| outcome.map_err(fault)))
}

fn argument(value: &Value) -> RpcValue {
    match value {
        Value::Null => RpcValue::Str(Text::default()),
        Value::Bool(truth) => RpcValue::Int(i64::from(*truth)),
        Value::Number(number) => match number.as_i64() {
            Some(number) => RpcValue::Int(number),
            None => RpcValue::Double(number.as_f64().unwrap_or(0.0)),
        },
        Value::String(text) => RpcValue::from(text.as_str()),
        Value::Array(values) => RpcValue::Array(values.iter().map(argument).collect()),
        Value::Object(members) => RpcValue::Struct(
            members
                .iter()
                .map(|(name, value)| (Text::from(name.as_str()), argument(value)))
                .collect(),
        ),
    }
}

fn written(id: Option<&Value>, outcome: &Outcome, style: Style) -> Answer {
    let mut writer = Writer::new(style);
    writer.out.push(b'{');
    writer.name(0, 1, b"jsonrpc");
    writer.text(b"2.0");
    let (code, text) = match outcome {
        Ok(reply) => {
            writer.name(1, 1, b"result");
            match reply.values.as_slice() {
                values if reply.is_list => writer.list(values, 1),
                [] => writer.value(&RpcValue::Struct(Vec::new()), 1),
                // Of single values the last one counts (observed on 5.6.3, of dns.mem_info and cfg.help).
                [value]
                | [
                    ..,
                    value @ (RpcValue::Int(_)
                    | RpcValue::Double(_)
                    | RpcValue::Str(_)
                    | RpcValue::Null),
                ] => writer.value(value, 1),
                values => writer.list(values, 1),
            }
            (200, Text::from_static("OK"))
        }
        Err((code, text)) => {
            writer.name(1, 1, b"error");
            writer.out.push(b'{');
            writer.name(0, 2, b"code");
            stdx::number::push_decimal(&mut writer.out, *code);
            writer.name(1, 2, b"message");
            writer.text(text);
            writer.end(2);
            (*code, text.clone())
        }
    };
    if let Some(id) = id {
        writer.name(2, 1, b"id");
        match id {
            Value::String(text) => writer.text(text.as_bytes()),
            Value::Number(number) => match number.as_i64() {
                Some(number) => stdx::number::push_decimal(&mut writer.out, number),
                None => writer.double(number.as_f64().unwrap_or(0.0)),
            },
            _ => writer.out.extend_from_slice(b"null"),
        }
    }
    writer.end(1);
    Answer {
        code,
        text,
        body: writer.out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(id: &str, outcome: &Outcome) -> String {
        let id: Value = serde_json::from_str(id).unwrap();
        String::from_utf8(written(Some(&id), outcome, Style::Pretty).body).unwrap()
    }

    fn reply(values: Vec<RpcValue>, is_list: bool) -> Outcome {
        Ok(RpcReply { values, is_list })
    }

    #[test]
    fn answers_look_as_upstream_writes_them() {
        // Observed on 5.6.3.
        assert_eq!(
            body("7", &reply(vec![RpcValue::Int(5)], false)),
            "{\n\t\"jsonrpc\":\t\"2.0\",\n\t\"result\":\t5,\n\t\"id\":\t7\n}"
        );
        assert_eq!(
            body("\"s\"", &reply(Vec::new(), false)),
            "{\n\t\"jsonrpc\":\t\"2.0\",\n\t\"result\":\t{\n\t},\n\t\"id\":\t\"s\"\n}"
        );
        assert_eq!(
            body("5.5", &Err((500, Text::from_static("Method Not Found")))),
            "{\n\t\"jsonrpc\":\t\"2.0\",\n\t\"error\":\t{\n\t\t\"code\":\t500,\n\t\t\"message\":\t\"Method Not Found\"\n\t},\n\t\"id\":\t5.500000\n}"
        );
    }

    #[test]
    fn control_characters_in_strings_are_read() {
        // Observed on 5.6.3.
        let read = read(b"{\n\"a\":\t\"b\r\n\tc\x01\x1f\\\\\n\"} {\"a\":2}");
        assert_eq!(read, serde_json::json!({"a": "b\r\n\tc\u{1}\u{1f}\\\n"}));
        assert_eq!(with_controls_escaped(b"{\n\"a\": 1}\n"), None);
    }

    #[test]
    fn of_single_values_that_are_no_list_the_last_one_counts() {
        // Observed on 5.6.3, of dns.mem_info.
        let values = vec![RpcValue::Int(0), RpcValue::Int(512_000)];
        assert!(body("1", &reply(values, false)).contains("\"result\":\t512000,"));
    }

    #[test]
    fn a_list_of_one_value_stays_a_list() {
        let one = vec![RpcValue::from("sl")];
        assert!(body("1", &reply(one, true)).contains("[\"sl\"]"));
    }
}
