//! Module parameters.

use diagnostics::Span;
use module_api::{
    Live, LiveText, ParamError, ParamField, ParamValue, Params, Placed, SettingKind, Text,
};
use transaction::key::Matching;
use transaction::{Drops, Times};

/// What `modparam("tm", …)` sets.
#[derive(Params)]
pub struct Params {
    /// How long to wait for the final response, for a provisional one to an INVITE, and for the ACK to a negative response; ms.
    #[param(default = Live::from(30_000), range = 1..)]
    pub fr_timer: Live,
    /// How long to wait for the final response to an INVITE after a provisional one; ms.
    #[param(default = Live::from(120_000), range = 1..)]
    pub fr_inv_timer: Live,
    /// How long a transaction is kept after its final response, to recognise what comes late; ms.
    #[param(default = Live::from(5_000), range = 0..)]
    pub wt_timer: Live,
    /// The memory that transactions may take, about; MB. Requests that would need more are answered with 503. Kamailio has no such
    /// parameter: its shared memory (`-m`) is the bound.
    #[param(default = 1_024, range = 1..=1_048_576)]
    pub transactions_memory: i64,
    /// The first interval between two transmissions; ms.
    #[param(default = Live::from(500), range = 1..)]
    pub retr_timer1: Live,
    /// The longest interval between two transmissions; ms.
    #[param(default = Live::from(4_000), range = 1..)]
    pub retr_timer2: Live,
    /// How long an INVITE may go on in all; ms.
    #[param(default = Live::from(180_000), range = 1..)]
    pub max_inv_lifetime: Live,
    /// How long another request may go on in all; ms.
    #[param(default = Live::from(32_000), range = 1..)]
    pub max_noninv_lifetime: Live,
    /// Whether an INVITE that nobody has answered gets a 408 even when it had one branch only and no failure route.
    #[param(default = Live::from(1), range = 0..=1)]
    pub noisy_ctimer: Live,
    /// Whether each provisional response starts `fr_inv_timer` anew; otherwise the first does, and each higher one from 180.
    #[param(default = Live::from(1), range = 0..=1)]
    pub restart_fr_on_each_reply: Live,
    /// Whether an INVITE gets a 100 as soon as it is relayed.
    #[param(default = Live::from(1), range = 0..=1)]
    pub auto_inv_100: Live,
    /// The reason phrase of that 100.
    #[param(default = LiveText::from_static("trying -- your call is important to us"))]
    pub auto_inv_100_reason: LiveText,
    /// How long `t_write_unix` and `t_write_req` wait for room; ms. Only the script that asks waits.
    #[param(default = 500, range = 0..)]
    pub unix_tx_timeout: i64,
    /// Whether a 401 or 407 that is sent upstream carries the challenges of all branches.
    #[param(default = Live::from(1), range = 0..=1)]
    pub aggregate_challenges: Live,
    /// Whether CANCEL and ACK follow the INVITE as it was sent.
    #[param(default = 1, compat = accepted("they always do"))]
    pub reparse_invite: i64,
    /// The prefix of further header fields that a CANCEL or an ACK takes from the INVITE.
    pub ac_extra_hdrs: LiveText,
    /// Whether who answers 503 is avoided for a while.
    #[param(default = Live::from(0))]
    pub blst_503: Live,
    /// For how long, when the response does not say; s.
    #[param(default = Live::from(0))]
    pub blst_503_def_timeout: Live,
    /// For how long at least; s.
    #[param(default = Live::from(0))]
    pub blst_503_min_timeout: Live,
    /// For how long at most; s.
    #[param(default = Live::from(3_600))]
    pub blst_503_max_timeout: Live,
    /// Which methods' time-outs make a place be avoided, as a mask.
    #[param(default = Live::from(1))]
    pub blst_methods_add: Live,
    /// Which methods avoid such places, as a mask.
    #[param(default = Live::from(4_294_967_287))]
    pub blst_methods_lookup: Live,
    /// What a CANCEL does to a branch without any response: 0 ends it with 487, 1 waits for a response before it is sent on,
    /// 2 is sent on at once.
    #[param(default = Live::from(1), range = 0..=2, strict)]
    pub cancel_b_method: Live,
    /// Whether the request to the next place is made of the one that was sent.
    #[param(default = 1, compat = accepted("it always has the branch's own edits"))]
    pub reparse_on_dns_failover: i64,
    /// The `onreply_route` run for responses without a transaction.
    pub on_sl_reply: Text,
    /// The xavp in which `t_load_contacts` keeps the destination set.
    pub contacts_avp: Text,
    /// The xavp in which `t_next_contacts` keeps further flows of an instance. It is needed where `contacts_avp` is set.
    pub contact_flows_avp: Text,
    /// The variable that holds `fr_timer` of a transaction, in seconds.
    pub fr_timer_avp: Placed<Text>,
    /// The variable that holds `fr_inv_timer` of a transaction, in seconds.
    pub fr_inv_timer_avp: Placed<Text>,
    /// What `t_relay` does with a CANCEL for no known INVITE: 0 forwards it with state, 1 without, 2 drops it.
    #[param(default = Live::from(0), range = 0..=2)]
    pub unmatched_cancel: Live,
    /// Whether the Request-URI counts when requests without an RFC 3261 branch are compared.
    #[param(default = Live::from(1), range = 0..=1)]
    pub ruri_matching: Live,
    /// Whether sent-by of the topmost Via counts when requests are compared.
    #[param(default = Live::from(1), range = 0..=1)]
    pub via1_matching: Live,
    /// Whether the Call-ID counts when requests are compared.
    #[param(default = Live::from(0), range = 0..=1, compat = accepted("it always does, as in Kamailio's hash"))]
    pub callid_matching: Live,
    /// Whether responses are found by Call-ID and CSeq in place of the hash in their branch.
    #[param(default = 0, compat = accepted("a response is found by its whole branch; one whose branch was changed on its way is not"))]
    pub callid_cseq_matching: i64,
    /// How responses are found.
    #[param(default = 1, compat = accepted("a response is found by its whole branch"))]
    pub reply_matching: i64,
    /// Whether modules that are told of responses to requests of our own are told of provisional ones.
    #[param(default = 0, compat = accepted("a module says what it wants to hear; scripts see no difference, as with 5.6.3"))]
    pub pass_provisional_replies: i64,
    /// The status of `t_reply_error` when no other fits.
    #[param(default = Live::from(500), range = 400..=699)]
    pub default_code: Live,
    /// The reason phrase of `t_reply_error` when no other fits.
    #[param(default = LiveText::from_static("Server Internal Error"))]
    pub default_reason: LiveText,
    /// Whether a 6xx is handled as any other negative response.
    #[param(default = Live::from(0), range = 0..=1)]
    pub disable_6xx_block: Live,
    /// Where the ACK to a 2xx of our own INVITE goes: 0 by its route set, 1 the way of the INVITE, 2 where the response came from.
    #[param(default = Live::from(0), range = 0..=2)]
    pub local_ack_mode: Live,
    /// The branch of that ACK: 0 that of the INVITE (as with 5.6.3, against RFC 3261 §8.1.1.7), 1 the same but for its number, 2 one
    /// of its own.
    #[param(default = 0, range = 0..=2)]
    pub local_ack_branch_mode: i64,
    /// Which responses compete no longer when a failure route has ended: 0 none, 1 all, 2 those of the last attempt, 3 all if the
    /// route has relayed the request again. `t_drop_replies` says otherwise for one route. With 1 and 2 a route that neither relays
    /// nor answers leaves nothing to be chosen, and the request is answered with 500.
    #[param(default = 3, range = 0..=3)]
    pub failure_reply_mode: i64,
    /// Added to the rank of statuses made here: the higher, the sooner another response is chosen. A class is worth 1,000.
    #[param(default = 0)]
    pub faked_reply_prio: i64,
    /// Whether a 503 goes upstream as 500. The rest of the response stays, its Retry-After too, where Kamailio 5.6.3 writes one of
    /// its own.
    #[param(default = 1, range = 0..=1)]
    pub remap_503_500: i64,
    /// Whether a branch that cannot be sent is one that fails, so that the failure route sees it.
    #[param(default = 0, compat = accepted("relaying fails when no branch can be sent, as with 0"))]
    pub failure_exec_mode: i64,
    /// Whether the next place of a name is tried from the socket the request came in at.
    #[param(default = 0, compat = accepted("it is, as the first place is, where that socket fits"))]
    pub dns_reuse_rcv_socket: i64,
    /// Whether a CANCEL of our own says why in a Reason header field.
    #[param(default = Live::from(1), range = 0..=1)]
    pub local_cancel_reason: Live,
    /// Whether the Reason header fields of a CANCEL are passed on.
    #[param(default = Live::from(1), range = 0..=1)]
    pub e2e_cancel_reason: Live,
    /// Whether a CANCEL is answered here and made anew for the next hop. With 0 it goes from end to end: what is sent repeats the
    /// header fields of the one that came, and that is answered as the branches answer: with the first 2xx, or else the last
    /// refusal.
    #[param(default = 1, range = 0..=1)]
    pub e2e_cancel_hop_by_hop: i64,
    /// What becomes of the header fields of a CANCEL, the sum of 1: those that concern no hop, From and To among them, go on in the
    /// CANCELs of the branches; and 2: a CANCEL that is sent on without a transaction has no other Via than ours.
    #[param(default = 0)]
    pub headers_mode: i64,
    /// The xavp that has the attributes of each contact, as of `usrloc`: `t_load_contacts` keeps them with the contacts, and what
    /// is taken into the destination set brings its own.
    pub xavp_contact: Text,
    /// The KEMI function for events.
    #[param(compat = accepted("event routes are run"))]
    pub event_callback: Text,
    /// The KEMI function for responses sent.
    #[param(compat = accepted("event routes are run"))]
    pub event_callback_lres_sent: Text,
    /// The KEMI function for ACKs sent.
    #[param(compat = accepted("event routes are run"))]
    pub evcb_local_ack_sent: Text,
    /// Whether a 100 is relayed.
    #[param(default = Live::from(0), range = 0..=1)]
    pub relay_100: Live,
    /// What a 3xx of our own in a transaction tells of each place in its Contact: 1 the branch flags, 2 the Path, 3 both.
    #[param(default = 0, range = 0..=3)]
    pub rich_redirect: i64,
    /// After how long in a failure route it is looked whether its transaction is still there; ms.
    #[param(default = 5_000, compat = accepted("a transaction stays for as long as one of its routes is run"))]
    pub exec_time_check: i64,
    /// Whether the responses of a transaction are relayed one after the other.
    #[param(default = 1, compat = accepted("they always are"))]
    pub reply_relay_mode: i64,
    /// Whether a request of our own that fails has a failure route: the one that `event_route[tm:local-request]` asks
    /// for. Whoever has sent it is told what comes of that.
    #[param(default = 0, range = 0..=1)]
    pub enable_uac_fr: i64,
    /// The responses beside 503 after which the next place of a name is tried: `code=403;class=5`, statuses and their first digits from 3
    /// on.
    #[param(shown = "")]
    pub failover_reply_codes: StatusSet,
    /// The status made when no response has come.
    #[param(default = 408, range = 400..=699)]
    pub reply_408_code: i64,
    /// Its reason phrase.
    #[param(default = Text::from_static("Request Timeout"))]
    pub reply_408_reason: Text,
    /// Whether the response to a request that could not be relayed waits for the end of the script, which may send another.
    #[param(default = 1)]
    pub delayed_reply: i64,
    /// With 1 `event_route[tm:local-request]` sees the CANCELs of branches too.
    #[param(default = 0)]
    pub evlreq_mode: i64,
    /// Lines that `t_write_unix` and `t_write_req` append: `name:[title=]hdr[NAME];[title=]avp[NAME];msg[body]`. The
    /// body of an INVITE is always written, that of another request where it is asked for.
    pub tw_append: Vec<Placed<Text>>,
}

/// Statuses, and classes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusSet {
    statuses: Vec<u16>,
    classes: Vec<u16>,
}

impl StatusSet {
    /// Whether a status is one of them.
    pub fn has(&self, status: u16) -> bool {
        self.statuses.contains(&status) || self.classes.contains(&(status / 100))
    }

    /// Reads one part, `code=403` or `class=5`; false when it is none.
    fn add(&mut self, part: &str) -> bool {
        let Some((name, number)) = part.split_once('=') else {
            return false;
        };
        match (name.trim(), number.trim().parse()) {
            ("code", Ok(status @ 300..700)) => self.statuses.push(status),
            ("class", Ok(class @ 3..7)) => self.classes.push(class),
            _ => return false,
        }
        true
    }
}

impl ParamField for StatusSet {
    const KIND: SettingKind = SettingKind::Text;

    fn assign(&mut self, value: &ParamValue, span: Span) -> Result<(), ParamError> {
        let mut text = Text::default();
        text.assign(value, span)?;
        *self = StatusSet::default();
        let text = text.to_str_lossy();
        let parts = text.split(';').filter(|part| !part.trim().is_empty());
        let odd: Vec<&str> = parts.filter(|part| !self.add(part)).collect();
        match odd.first() {
            None => Ok(()),
            Some(part) => Err(ParamError::Adjusted(format!(
                "`{part}` is neither `code=` with a status from 300 on nor `class=` with its first digit: it is left out"
            ))),
        }
    }
}

fn millis(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

impl Params {
    /// The times of a transaction that has no others.
    pub fn times(&self, is_invite: bool) -> Times {
        Times {
            t1: millis(self.retr_timer1.get()),
            t2: millis(self.retr_timer2.get()),
            fr: millis(self.fr_timer.get()),
            fr_inv: millis(self.fr_inv_timer.get()),
            wait: millis(self.wt_timer.get()),
            lifetime: millis(if is_invite {
                self.max_inv_lifetime.get()
            } else {
                self.max_noninv_lifetime.get()
            }),
            restarts: self.restart_fr_on_each_reply.is_on(),
        }
    }

    /// [`Params::transactions_memory`] in octets.
    pub fn memory(&self) -> usize {
        usize::try_from(self.transactions_memory).map_or(usize::MAX, |megabytes| megabytes << 20)
    }

    /// [`Params::failure_reply_mode`] as what it drops.
    pub fn drops(&self) -> Drops {
        match self.failure_reply_mode {
            0 => Drops::Nothing,
            1 => Drops::All,
            2 => Drops::LastAttempt,
            _ => Drops::Superseded,
        }
    }

    /// How requests are compared.
    pub fn matching(&self) -> Matching {
        Matching {
            sent_by: self.via1_matching.is_on(),
            request_uri: self.ruri_matching.is_on(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_statuses_is_read_part_by_part() {
        let mut set = StatusSet::default();
        let mut assign = |text: &'static str| {
            let value = ParamValue::Text(Text::from_static(text));
            let outcome = set.assign(&value, Span::default()).is_ok();
            let has = |status| set.has(status);
            let statuses = [403, 404, 488, 500, 599, 603];
            let taken: Vec<u16> = statuses.into_iter().filter(|s| has(*s)).collect();
            (outcome, taken)
        };
        assert_eq!(assign(""), (true, vec![]));
        let taken = vec![403, 488, 500, 599];
        assert_eq!(assign("code=403; code=488;class=5;"), (true, taken));
        assert_eq!(assign("code=200;class=6"), (false, vec![603]));
        assert_eq!(assign("503;5xx"), (false, vec![]));
    }
}
