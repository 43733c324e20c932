//! One part of a body of several (RFC 2046 §5.1).

/// The boundary that is used when none is given.
pub const DEFAULT_BOUNDARY: &[u8] = b"unique-boundary-1";

/// A part to be written.
pub struct NewPart<'a> {
    /// Its type; may go on with further header fields after a line end.
    pub content_type: &'a [u8],
    /// Its Content-Disposition, if it gets one.
    pub disposition: Option<&'a [u8]>,
    /// Its content.
    pub content: &'a [u8],
}

impl NewPart<'_> {
    /// Appends the part with the boundary line in front and the line end that belongs to the next one.
    pub fn write(&self, boundary: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(b"--");
        out.extend_from_slice(boundary);
        out.extend_from_slice(b"\r\nContent-Type: ");
        out.extend_from_slice(self.content_type);
        if let Some(disposition) = self
            .disposition
            .filter(|disposition| !disposition.is_empty())
        {
            out.extend_from_slice(b"\r\nContent-Disposition: ");
            out.extend_from_slice(disposition);
        }
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(self.content);
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_written_between_its_boundary_and_the_next() {
        // As 5.6.3 writes it.
        let mut out = Vec::new();
        NewPart {
            content_type: b"application/x",
            disposition: Some(b"signal;h=1"),
            content: b"new",
        }
        .write(b"bnd", &mut out);
        let expected = "--bnd\r\nContent-Type: application/x\r\nContent-Disposition: signal;h=1\r\n\r\nnew\r\n";
        assert_eq!(out, expected.as_bytes());
    }
}
