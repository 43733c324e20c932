//! Transformations.

use module_api::{Value, transformation};

fn split(url: &[u8]) -> (&[u8], &[u8]) {
    match url.iter().position(|byte| *byte == b'?') {
        Some(at) => {
            let (path, query) = url.split_at(at);
            (path, query.get(1..).unwrap_or_default())
        }
        None => (url, b""),
    }
}

/// The path of a URL: what stands before the question mark.
#[transformation("url.path")]
pub fn path(url: Value) -> Value {
    Value::from(split(&url.into_text()).0)
}

/// The query of a URL: what stands after the question mark.
#[transformation("url.querystring")]
pub fn query(url: Value) -> Value {
    Value::from(split(&url.into_text()).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_path_and_query() {
        let parts: (&[u8], &[u8]) = (b"/a/b", b"x=1?2");
        assert_eq!(split(b"/a/b?x=1?2"), parts);
        let parts: (&[u8], &[u8]) = (b"/a", b"");
        assert_eq!(split(b"/a"), parts);
    }
}
