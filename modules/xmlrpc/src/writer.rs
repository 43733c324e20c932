//! The document of an answer, laid out as upstream does (observed on 5.6.3).

use module_api::{Fault, RpcReply, RpcValue, Text};
use std::io::Write;

const HEAD: &[u8] = b"<?xml version=\"1.0\"?>\n<methodResponse>\n";

/// What an answer is made of.
pub struct Writer {
    out: Vec<u8>,
    escapes_cr: bool,
}

/// The document of what a command answers.
pub fn reply(reply: &RpcReply, escapes_cr: bool) -> Vec<u8> {
    let mut writer = Writer::new(escapes_cr);
    writer.put(b"<params>\n<param>\n");
    match reply.values.as_slice() {
        [] if !reply.is_list => writer.put(b"<value><int>1</int></value>\n"),
        [one] if !reply.is_list => {
            writer.put(b"<value>");
            writer.value(one);
            writer.put(b"\n</value>\n");
        }
        values => {
            writer.put(b"<value>");
            writer.array(values, |writer, value| writer.value(value));
            writer.put(b"</value>\n");
        }
    }
    writer.put(b"</param>\n</params>\n</methodResponse>");
    writer.out
}

/// The document of a fault.
pub fn fault(fault: &Fault, escapes_cr: bool) -> Vec<u8> {
    let mut writer = Writer::new(escapes_cr);
    writer.put(b"<fault>\n<value>\n<struct>\n<member>\n<name>faultCode</name>\n<value><int>");
    stdx::number::push_decimal(&mut writer.out, i64::from(fault.code));
    writer.put(b"</int></value>\n</member>\n<member>\n<name>faultString</name>\n<value><string>");
    writer.text(fault.message.as_bytes());
    writer.put(b"</string></value>\n</member>\n</struct>\n</value>\n</fault>\n</methodResponse>");
    writer.out
}

impl Writer {
    fn new(escapes_cr: bool) -> Writer {
        Writer {
            out: HEAD.to_vec(),
            escapes_cr,
        }
    }

    fn put(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    fn value(&mut self, value: &RpcValue) {
        match value {
            RpcValue::Int(number) => {
                self.put(b"<int>");
                stdx::number::push_decimal(&mut self.out, *number);
                self.put(b"</int>");
            }
            RpcValue::Double(number) => {
                // Writing to memory does not fail.
                let _ = write!(self.out, "<double>{number:.6}</double>");
            }
            RpcValue::Str(text) => {
                self.put(b"<string>");
                self.text(text);
                self.put(b"</string>");
            }
            RpcValue::Null => {
                self.put(b"<string>");
                self.text(RpcValue::NOTHING.as_bytes());
                self.put(b"</string>");
            }
            RpcValue::Struct(members) => self.members(members),
            RpcValue::Array(values) => self.array(values, |writer, value| writer.value(value)),
            RpcValue::Named(members) => self.array(members, |writer, member| {
                writer.members(std::slice::from_ref(member));
            }),
        }
    }

    fn members(&mut self, members: &[(Text, RpcValue)]) {
        self.put(b"<struct>");
        for (name, value) in members {
            self.put(b"<member><name>");
            self.text(name);
            self.put(b"</name><value>");
            self.value(value);
            self.put(b"</value></member>");
        }
        self.put(b"</struct>");
    }

    fn array<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.put(b"<array><data>\n");
        for item in items {
            self.put(b"<value>");
            write(self, item);
            self.put(b"</value>\n");
        }
        self.put(b"</data></array>");
    }

    /// Text without what XML would take for something else, or could not hold. Octets that are no UTF-8 are written as they
    /// are (observed on 5.6.3).
    fn text(&mut self, text: &[u8]) {
        for chunk in text.utf8_chunks() {
            self.characters(chunk.valid());
            self.put(chunk.invalid());
        }
    }

    fn characters(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.put(b"&amp;"),
                '<' => self.put(b"&lt;"),
                '>' => self.put(b"&gt;"),
                '\r' if self.escapes_cr => self.put(b"&#xD;"),
                '\t' | '\n' | '\r' => self.out.push(character as u8),
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => self.put(b"?"),
                _ => {
                    let mut buffer = [0; 4];
                    self.put(character.encode_utf8(&mut buffer).as_bytes());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use module_api::RpcStruct;

    fn written(values: Vec<RpcValue>, is_list: bool) -> String {
        let document = reply(&RpcReply { values, is_list }, true);
        let document = String::from_utf8(document).unwrap();
        let inner =
            document.strip_prefix("<?xml version=\"1.0\"?>\n<methodResponse>\n<params>\n<param>\n");
        let inner =
            inner.and_then(|rest| rest.strip_suffix("</param>\n</params>\n</methodResponse>"));
        inner.unwrap().to_owned()
    }

    #[test]
    fn answers_are_laid_out_like_those_of_upstream() {
        // Observed on 5.6.3.
        assert_eq!(
            written(vec!["kamailio 5.6.3".into()], false),
            "<value><string>kamailio 5.6.3</string>\n</value>\n"
        );
        let mut item = RpcStruct::new();
        item.add("readers", 1).add("name", "x");
        let shown = "<struct><member><name>readers</name><value><int>1</int></value></member>\
                     <member><name>name</name><value><string>x</string></value></member></struct>";
        assert_eq!(
            written(vec![item.clone().into()], false),
            format!("<value>{shown}\n</value>\n")
        );
        assert_eq!(
            written(vec![item.clone().into(), item.into()], false),
            format!(
                "<value><array><data>\n<value>{shown}</value>\n<value>{shown}</value>\n</data></array></value>\n"
            )
        );
        assert_eq!(
            written(Vec::new(), true),
            "<value><array><data>\n</data></array></value>\n"
        );
        assert_eq!(written(Vec::new(), false), "<value><int>1</int></value>\n");
        assert_eq!(
            written(vec![RpcValue::Double(1.5)], false),
            "<value><double>1.500000</double>\n</value>\n"
        );
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(
            written(vec!["a<b>&\r\n\u{1}".into()], false),
            "<value><string>a&lt;b&gt;&amp;&#xD;\n?</string>\n</value>\n"
        );
    }

    #[test]
    fn octets_stay_what_they_are() {
        let mut writer = Writer {
            out: Vec::new(),
            escapes_cr: true,
        };
        writer.text(b"J\xe9<\xff\x01");
        assert_eq!(writer.out, b"J\xe9&lt;\xff?");
    }

    #[test]
    fn faults_are_laid_out_like_those_of_upstream() {
        // Observed on 5.6.3.
        let document = fault(&Fault::new(500, "Method Not Found"), true);
        assert_eq!(
            String::from_utf8(document).unwrap(),
            "<?xml version=\"1.0\"?>\n<methodResponse>\n<fault>\n<value>\n<struct>\n<member>\n<name>faultCode</name>\n\
             <value><int>500</int></value>\n</member>\n<member>\n<name>faultString</name>\n\
             <value><string>Method Not Found</string></value>\n</member>\n</struct>\n</value>\n</fault>\n</methodResponse>"
        );
    }
}
