//! The document of a request: the command's name and its arguments.

use module_api::{RpcValue, Text};
use roxmltree::{Document, Node, ParsingOptions};
use std::borrow::Cow;

/// How deep arrays and structs may lie in each other.
const DEPTH_MAX: usize = 32;
/// How many elements and texts a document may have.
const NODES_MAX: u32 = 100_000;

/// A command with its arguments.
#[derive(Debug, PartialEq)]
pub struct Request {
    /// Its name.
    pub method: String,
    /// The arguments in order.
    pub arguments: Vec<RpcValue>,
}

/// Why a document is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no XML, or XML of another kind.
    #[error("Invalid XML-RPC Document")]
    NoDocument,
    /// It names no command.
    #[error("Method Name Not Found")]
    NoMethod,
    /// An argument is of a type that commands do not take, or is not what its type says.
    #[error("Invalid Parameter")]
    BadArgument,
}

/// Reads a document. With `joins_lines` two LFs in a string become CR LF.
pub fn read(octets: &[u8], joins_lines: bool) -> Result<Request, ReadError> {
    let text = match std::str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text),
        // What is no UTF-8 is Latin-1.
        Err(_) => octets.iter().map(|byte| char::from(*byte)).collect(),
    };
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    let parsed = Document::parse_with_options(text.trim_start(), options);
    let document = parsed.map_err(|_| ReadError::NoDocument)?;
    let call = document.root_element();
    if !call.has_tag_name("methodCall") {
        return Err(ReadError::NoDocument);
    }
    let method = child(call, "methodName").and_then(|name| name.text());
    let method = method.map(str::trim).filter(|name| !name.is_empty());
    let method = method.ok_or(ReadError::NoMethod)?.to_owned();
    let params = child(call, "params").into_iter();
    let params = params.flat_map(|params| children(params, "param"));
    let arguments = params
        .map(|param| {
            let value = child(param, "value").ok_or(ReadError::BadArgument)?;
            argument(value, joins_lines, DEPTH_MAX)
        })
        .collect::<Result<_, _>>()?;
    Ok(Request { method, arguments })
}

fn children<'d, 'i>(node: Node<'d, 'i>, name: &'static str) -> impl Iterator<Item = Node<'d, 'i>> {
    node.children().filter(move |node| node.has_tag_name(name))
}

fn child<'d, 'i>(node: Node<'d, 'i>, name: &'static str) -> Option<Node<'d, 'i>> {
    children(node, name).next()
}

/// All text of an element.
fn content(node: Node<'_, '_>) -> String {
    let texts = node.children().filter(Node::is_text);
    texts.filter_map(|text| text.text()).collect()
}

fn argument(value: Node<'_, '_>, joins_lines: bool, depth: usize) -> Result<RpcValue, ReadError> {
    let deeper = depth.checked_sub(1).ok_or(ReadError::BadArgument)?;
    let Some(typed) = value.children().find(Node::is_element) else {
        return Ok(string(content(value), joins_lines));
    };
    let text = content(typed);
    let number = || {
        text.trim()
            .parse::<i64>()
            .map_err(|_| ReadError::BadArgument)
    };
    match typed.tag_name().name() {
        "string" | "dateTime.iso8601" => Ok(string(text, joins_lines)),
        "i4" | "i8" | "int" | "boolean" => number().map(RpcValue::Int),
        "double" => {
            let parsed = text.trim().parse::<f64>();
            parsed
                .map(RpcValue::Double)
                .map_err(|_| ReadError::BadArgument)
        }
        "array" => {
            let data = child(typed, "data").ok_or(ReadError::BadArgument)?;
            let values = children(data, "value");
            let values = values.map(|value| argument(value, joins_lines, deeper));
            values.collect::<Result<_, _>>().map(RpcValue::Array)
        }
        "struct" => {
            let members = children(typed, "member").map(|member| {
                let name = child(member, "name").ok_or(ReadError::BadArgument)?;
                let value = child(member, "value").ok_or(ReadError::BadArgument)?;
                let value = argument(value, joins_lines, deeper)?;
                Ok((Text::from(content(name)), value))
            });
            members.collect::<Result<_, _>>().map(RpcValue::Struct)
        }
        _ => Err(ReadError::BadArgument),
    }
}

fn string(text: String, joins_lines: bool) -> RpcValue {
    match joins_lines {
        true => RpcValue::from(text.replace("\n\n", "\r\n")),
        false => RpcValue::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(params: &str) -> Result<Vec<RpcValue>, ReadError> {
        let document = format!(
            "<?xml version='1.0'?>\n<methodCall><methodName> core.echo </methodName>\
             <params>{params}</params></methodCall>"
        );
        let request = read(document.as_bytes(), false)?;
        assert_eq!(request.method, "core.echo");
        Ok(request.arguments)
    }

    fn one(value: &str) -> Result<RpcValue, ReadError> {
        let values = call(&format!("<param><value>{value}</value></param>"))?;
        Ok(values.into_iter().next().unwrap())
    }

    #[test]
    fn arguments_have_types() {
        assert_eq!(one("bare").unwrap(), RpcValue::from("bare"));
        assert_eq!(
            one("<string>a &lt; b&#xD;\nc</string>").unwrap(),
            RpcValue::from("a < b\r\nc")
        );
        assert_eq!(one("<string/>").unwrap(), RpcValue::from(""));
        assert_eq!(one(" <i4>5</i4> ").unwrap(), RpcValue::Int(5));
        assert_eq!(one("<int>-6</int>").unwrap(), RpcValue::Int(-6));
        assert_eq!(one("<boolean>1</boolean>").unwrap(), RpcValue::Int(1));
        assert_eq!(one("<double>1.5</double>").unwrap(), RpcValue::Double(1.5));
        assert_eq!(
            one("<array><data><value>a</value><value><i4>1</i4></value></data></array>").unwrap(),
            RpcValue::Array(vec![RpcValue::from("a"), RpcValue::Int(1)])
        );
        assert_eq!(
            one("<struct><member><name>n</name><value><i4>1</i4></value></member></struct>")
                .unwrap(),
            RpcValue::Struct(vec![(Text::from("n"), RpcValue::Int(1))])
        );
        for bad in ["<nil/>", "<base64>aGk=</base64>", "<i4>x</i4>", "<array/>"] {
            assert_eq!(one(bad), Err(ReadError::BadArgument), "{bad}");
        }
    }

    #[test]
    fn what_is_no_request_is_told_from_what_is() {
        // Observed on 5.6.3.
        assert_eq!(read(b"junk", false), Err(ReadError::NoDocument));
        assert_eq!(read(b"", false), Err(ReadError::NoDocument));
        assert_eq!(
            read(b"<methodCall></methodCall>", false),
            Err(ReadError::NoMethod)
        );
        let bare = b"<methodCall><methodName>core.version</methodName></methodCall>";
        assert_eq!(read(bare, false).unwrap().arguments, []);
        let bomb = b"<!DOCTYPE x [<!ENTITY a \"aa\">]><methodCall><methodName>&a;</methodName></methodCall>";
        assert_eq!(read(bomb, false), Err(ReadError::NoDocument));
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |depth: usize| {
            let open = "<array><data><value>".repeat(depth);
            let close = "</value></data></array>".repeat(depth);
            one(&format!("{open}x{close}"))
        };
        assert!(nested(DEPTH_MAX - 1).is_ok());
        assert_eq!(nested(DEPTH_MAX), Err(ReadError::BadArgument));
    }

    #[test]
    fn lines_are_joined_on_demand() {
        let document =
            b"<methodCall><methodName>x</methodName><params><param><value>a\n\nb</value></param></params></methodCall>";
        assert_eq!(
            read(document, true).unwrap().arguments,
            [RpcValue::from("a\r\nb")]
        );
        assert_eq!(
            read(document, false).unwrap().arguments,
            [RpcValue::from("a\n\nb")]
        );
    }

    #[test]
    fn octets_that_are_no_utf8_are_latin1() {
        let document = b"<methodCall><methodName>x</methodName><params><param><value>\xe9</value></param></params></methodCall>";
        assert_eq!(
            read(document, false).unwrap().arguments,
            [RpcValue::from("é")]
        );
    }
}
