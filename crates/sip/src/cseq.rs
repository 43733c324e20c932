//! CSeq and RAck.

use crate::scan::{Reader, is_token};
use crate::{Method, Span};

/// CSeq (RFC 3261 §20.16).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CSeq {
    /// The sequence number.
    pub number: u32,
    /// Its digits.
    pub number_span: Span,
    /// The method.
    pub method: Method,
    /// The method's name.
    pub method_name: Span,
}

impl CSeq {
    /// Reads `span` of `buffer`.
    ///
    /// # Errors
    /// The offset where the reader gave up.
    pub fn within(buffer: &[u8], span: Span) -> Result<CSeq, u32> {
        let mut reader = Reader::new(buffer, span);
        let (number, number_span) = read_number(&mut reader)?;
        let method_name = reader.take_while(is_token);
        reader.skip_blanks();
        if method_name.is_empty() || !reader.is_at_end() {
            return Err(reader.at as u32);
        }
        Ok(CSeq {
            number,
            number_span,
            method: Method::from_name(method_name.of(buffer)),
            method_name,
        })
    }
}

/// RAck (RFC 3262 §7.2): which provisional response a PRACK acknowledges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RAck {
    /// The RSeq number of the response.
    pub rseq: u32,
    /// The CSeq of the request it answered.
    pub cseq: CSeq,
}

impl RAck {
    /// Reads `span` of `buffer`.
    ///
    /// # Errors
    /// The offset where the reader gave up.
    pub fn within(buffer: &[u8], span: Span) -> Result<RAck, u32> {
        let mut reader = Reader::new(buffer, span);
        let (rseq, _) = read_number(&mut reader)?;
        let cseq = CSeq::within(buffer, Span::new(reader.at as u32, span.end))?;
        Ok(RAck { rseq, cseq })
    }
}

/// A number and the blanks after it.
fn read_number(reader: &mut Reader<'_>) -> Result<(u32, Span), u32> {
    reader.skip_blanks();
    let (number, digits) = reader.take_number();
    let number = number.ok_or(digits.start)?;
    let before_blanks = reader.at;
    reader.skip_blanks();
    if reader.at == before_blanks {
        return Err(reader.at as u32);
    }
    Ok((number, digits))
}
