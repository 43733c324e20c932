//! Answers that are given from outside: `tm.reply`, `tm.reply_callid`.

use super::{ask_lane_or, bad, instance, is_token, lines};
use crate::control;
use crate::reply::Added;
use crate::table::Table;
use module_api::{Fault, LaneKey, RpcCall, Text, TransactionId};

/// What an answer from outside is to be: status, reason phrase, and what follows the name of the transaction. The words are
/// those observed on 5.6.3.
pub struct Answer {
    status: u16,
    reason: Text,
    added: Added,
}

impl Answer {
    /// Reads status and reason phrase.
    pub fn begin(call: &mut RpcCall) -> Result<Answer, Fault> {
        let status = call.int().ok().and_then(|code| u16::try_from(code).ok());
        let status = status.filter(|code| (100..700).contains(code));
        Ok(Answer {
            status: status.ok_or_else(|| bad("Reply code expected"))?,
            reason: call.text()?,
            added: Added::default(),
        })
    }

    /// Reads the To-tag, header lines and body; `.` stands for none.
    pub fn end(mut self, call: &mut RpcCall) -> Result<Answer, Fault> {
        let tag = call.optional_text()?;
        let tag = tag.filter(|tag| is_token(tag));
        self.added.to_tag = Some(tag.ok_or_else(|| bad("To tag expected"))?);
        let mut given = || -> Result<Text, Fault> {
            let text = call.optional_text()?.unwrap_or_default();
            Ok(if *text == *b"." { Text::EMPTY } else { text })
        };
        let (headers, body) = (given()?, given()?);
        let mut content_type = Text::EMPTY;
        for (name, value) in lines(&headers) {
            if !is_token(name) {
                return Err(bad("Invalid headers"));
            }
            if name.eq_ignore_ascii_case(b"content-type") || name.eq_ignore_ascii_case(b"c") {
                content_type = Text::from(value);
            } else {
                let line = [name, b": ", value, b"\r\n"].concat();
                self.added.extras.headers.extend_from_slice(&line);
            }
        }
        if !body.is_empty() {
            if content_type.is_empty() {
                return Err(bad("Content-Type missing"));
            }
            self.added.extras.body = Some(Box::new((body, content_type)));
        }
        Ok(self)
    }

    /// Answers the transaction that `find` finds in a lane; `missing` is said when there is none.
    pub fn send(
        self,
        call: &mut RpcCall,
        lane: LaneKey<'_>,
        missing: Fault,
        find: impl FnOnce(&Table) -> Option<TransactionId> + Send + 'static,
    ) -> Result<(), Fault> {
        let tm = instance(call)?;
        ask_lane_or(call, lane, missing, move |work| {
            let said = (self.status, &*self.reason);
            control::reply_with(&tm, work, find, said, self.added).then(Vec::new)
        })
    }
}
