//! JSON-RPC as a control socket speaks it: one document is one request.

use crate::document;
use crate::writer::Style;
use mod_ctl::protocol::Protocol;
use module_api::{Answered, Runtime};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// JSON-RPC 2.0 in documents that follow one another.
pub struct JsonRpc {
    /// How answers are laid out.
    pub style: Style,
}

impl Protocol for JsonRpc {
    /// A document; null is what was none.
    type Request = Value;
    const IDLE: Duration = Duration::from_secs(60);
    const REQUEST_MAX: usize = 65_536;

    fn take(&self, input: &mut Vec<u8>) -> Vec<Value> {
        take_documents(input)
    }

    fn read(&self, datagram: &[u8]) -> Value {
        document::read(datagram)
    }

    fn answer(&self, runtime: &Arc<Runtime>, request: &Value) -> Answered<Vec<u8>> {
        if request.is_null() {
            runtime.error(format_args!("a request that is no JSON document"));
        }
        document::answer_request(runtime, request, self.style).map(|answer| answer.body)
    }

    fn ends_stream(&self, _: &Value) -> bool {
        false
    }
}

/// Takes the whole JSON documents that bytes begin with. What is no JSON is dropped up to the end of its line.
fn take_documents(input: &mut Vec<u8>) -> Vec<Value> {
    let mut documents = Vec::new();
    loop {
        let mut stream = serde_json::Deserializer::from_slice(input).into_iter();
        let next: Option<Result<Value, _>> = stream.next();
        let taken = stream.byte_offset();
        match next {
            None => {
                input.clear();
                return documents;
            }
            Some(Ok(document)) => {
                documents.push(document);
                input.drain(..taken.min(input.len()));
            }
            Some(Err(error)) if error.is_eof() => return documents,
            Some(Err(_)) => {
                if let Some(escaped) = document::with_controls_escaped(input) {
                    *input = escaped;
                    continue;
                }
                documents.push(Value::Null);
                match input.iter().position(|byte| *byte == b'\n') {
                    Some(end) => drop(input.drain(..=end)),
                    None => input.clear(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_taken_when_they_are_whole() {
        let mut input = br#"{"a":1}
{"b":"#
            .to_vec();
        assert_eq!(take_documents(&mut input).len(), 1);
        input.extend_from_slice(b"2}\n");
        let documents = take_documents(&mut input);
        assert_eq!(documents.first().and_then(|d| d.get("b")), Some(&2.into()));
        assert!(input.is_empty());
    }

    #[test]
    fn a_document_with_an_end_of_line_in_a_string_is_taken() {
        let mut input = b"{\"a\":\"b\nc\"}\n{\"a\":1}\n{\"a".to_vec();
        let documents = take_documents(&mut input);
        let texts: Vec<_> = documents.iter().map(Value::to_string).collect();
        assert_eq!(texts, [r#"{"a":"b\nc"}"#, r#"{"a":1}"#]);
        assert_eq!(input, b"\n{\"a");
    }

    #[test]
    fn what_is_no_document_is_dropped() {
        let mut input = b"nonsense\n{\"a\":1}\n".to_vec();
        assert_eq!(take_documents(&mut input).len(), 2);
    }
}
