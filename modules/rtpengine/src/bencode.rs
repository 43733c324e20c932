//! Bencode, as the ng protocol uses it: byte strings, integers, lists, dictionaries whose order is kept.

use stdx::number::push_decimal;

/// How deep lists and dictionaries may lie in each other.
const DEPTH_MAX: usize = 32;

/// A bencoded value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bencode {
    /// An integer.
    Int(i64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Bencode>),
    /// A dictionary.
    Dict(Dict),
}

/// The entries of a dictionary in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dict(pub Vec<(Vec<u8>, Bencode)>);

impl From<i64> for Bencode {
    fn from(number: i64) -> Self {
        Bencode::Int(number)
    }
}

impl From<&[u8]> for Bencode {
    fn from(octets: &[u8]) -> Self {
        Bencode::Bytes(octets.to_vec())
    }
}

impl From<&str> for Bencode {
    fn from(text: &str) -> Self {
        Bencode::Bytes(text.as_bytes().to_vec())
    }
}

impl Bencode {
    /// The octets of a byte string.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Bencode::Bytes(octets) => Some(octets),
            _ => None,
        }
    }

    /// The number of an integer.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Bencode::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_list(&self) -> &[Bencode] {
        match self {
            Bencode::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a dictionary.
    pub fn as_dict(&self) -> Option<&Dict> {
        match self {
            Bencode::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// Appends the value.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Bencode::Int(number) => {
                out.push(b'i');
                push_decimal(out, *number);
                out.push(b'e');
            }
            Bencode::Bytes(octets) => write_bytes(octets, out),
            Bencode::List(items) => {
                out.push(b'l');
                items.iter().for_each(|item| item.write(out));
                out.push(b'e');
            }
            Bencode::Dict(dict) => dict.write(out),
        }
    }

    /// Reads one value that is the whole of `text`. None when it is none.
    pub fn parse(text: &[u8]) -> Option<Bencode> {
        let mut reader = Reader { rest: text };
        let value = reader.value(0)?;
        reader.rest.is_empty().then_some(value)
    }
}

fn write_bytes(octets: &[u8], out: &mut Vec<u8>) {
    push_decimal(out, octets.len() as i64);
    out.push(b':');
    out.extend_from_slice(octets);
}

impl Dict {
    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<&Bencode> {
        self.0
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    /// The byte string of a key.
    pub fn bytes(&self, key: &[u8]) -> Option<&[u8]> {
        self.get(key)?.as_bytes()
    }

    /// The integer of a key; 0 when there is none.
    pub fn int(&self, key: &[u8]) -> i64 {
        self.get(key).and_then(Bencode::as_int).unwrap_or(0)
    }

    /// The dictionary of a key.
    pub fn dict(&self, key: &[u8]) -> Option<&Dict> {
        self.get(key)?.as_dict()
    }

    /// Adds an entry after all others.
    pub fn add(&mut self, key: impl AsRef<[u8]>, value: impl Into<Bencode>) {
        self.0.push((key.as_ref().to_vec(), value.into()));
    }

    /// Adds an item to the list of a key, which is made when it is not there.
    pub fn push(&mut self, key: impl AsRef<[u8]>, item: impl Into<Bencode>) {
        let item = item.into();
        match self.0.iter_mut().find(|(known, _)| known == key.as_ref()) {
            Some((_, Bencode::List(items))) => items.push(item),
            Some(_) => {}
            None => self
                .0
                .push((key.as_ref().to_vec(), Bencode::List(vec![item]))),
        }
    }

    /// Appends the dictionary.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(b'd');
        for (key, value) in &self.0 {
            write_bytes(key, out);
            value.write(out);
        }
        out.push(b'e');
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Bencode> {
        if depth > DEPTH_MAX {
            return None;
        }
        let (first, rest) = self.rest.split_first()?;
        match first {
            b'i' => {
                self.rest = rest;
                let number = stdx::number::parse_i64(self.until(b'e')?)?;
                Some(Bencode::Int(number))
            }
            b'l' => {
                self.rest = rest;
                let mut items = Vec::new();
                while !self.ends()? {
                    items.push(self.value(depth + 1)?);
                }
                Some(Bencode::List(items))
            }
            b'd' => {
                self.rest = rest;
                let mut entries = Vec::new();
                while !self.ends()? {
                    let key = self.bytes()?.to_vec();
                    entries.push((key, self.value(depth + 1)?));
                }
                Some(Bencode::Dict(Dict(entries)))
            }
            _ => self.bytes().map(Bencode::from),
        }
    }

    /// Takes the end mark, if it is next.
    fn ends(&mut self) -> Option<bool> {
        let (first, rest) = self.rest.split_first()?;
        let ends = *first == b'e';
        if ends {
            self.rest = rest;
        }
        Some(ends)
    }

    fn until(&mut self, mark: u8) -> Option<&'a [u8]> {
        let (before, after) = stdx::ascii::split_once(self.rest, mark)?;
        self.rest = after;
        Some(before)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(stdx::number::parse_u64(self.until(b':')?)?).ok()?;
        let (octets, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut inner = Dict::default();
        inner.push("mask", "all");
        inner.push("mask", "PCMU");
        let mut dict = Dict::default();
        dict.add("command", "offer");
        dict.add("TOS", -1);
        dict.add("codec", Bencode::Dict(inner));
        let mut out = Vec::new();
        dict.write(&mut out);
        assert_eq!(
            out,
            b"d7:command5:offer3:TOSi-1e5:codecd4:maskl3:all4:PCMUeee"
        );
        assert_eq!(Bencode::parse(&out), Some(Bencode::Dict(dict)));
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let deep = "l".repeat(100);
        for text in [
            "",
            "d",
            "i1",
            "5:abc",
            "d1:ai1e",
            "ix",
            "i1ei2e",
            "99999999999999999999:x",
            "-1:x",
            &deep,
        ] {
            assert_eq!(Bencode::parse(text.as_bytes()), None, "{text}");
        }
    }
}
