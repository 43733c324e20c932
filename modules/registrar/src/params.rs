//! Module parameters.

use module_api::{Live, Params, Placed, Text};

/// What `modparam("registrar", …)` sets.
#[derive(Params)]
pub struct Params {
    /// How many seconds a contact lives that does not say so.
    #[param(default = Live::from(3600), range = 0..)]
    pub default_expires: Live,
    /// By how many percent that is made shorter at random.
    #[param(default = Live::from(0), range = 0..=100)]
    pub default_expires_range: Live,
    /// By how many percent what a contact asks for is made shorter at random.
    #[param(default = Live::from(0), range = 0..=100)]
    pub expires_range: Live,
    /// The fewest seconds a contact lives; 0 is any.
    #[param(default = Live::from(60), range = 0..)]
    pub min_expires: Live,
    /// Whether a contact that asks for less gets that many seconds (0) or is refused with 423 (1).
    #[param(default = 0, range = 0..=1)]
    pub min_expires_mode: i64,
    /// The most seconds a contact lives; 0 is any.
    #[param(default = Live::from(0), range = 0..)]
    pub max_expires: Live,
    /// The priority, in thousandths, of a contact that has none; -1 leaves it without.
    #[param(default = Live::from(-1), range = -1..=1000)]
    pub default_q: Live,
    /// What is taken off the beginning of the domain of an address-of-record.
    pub realm_prefix: Text,
    /// Whether all contacts that are looked up become branches, or the first one only.
    #[param(default = Live::from(1))]
    pub append_branches: Live,
    /// Whether address-of-records are told apart by the case of their letters.
    #[param(default = Live::from(0))]
    pub case_sensitive: Live,
    /// The variable with the URI of the place a REGISTER came from, when it is to be kept.
    pub received_avp: Placed<Text>,
    /// The name of the parameter that shows that URI in the 200; empty leaves it out.
    #[param(default = Text::from_static("received"))]
    pub received_param: Text,
    /// How many contacts an address-of-record may have; 0 is any number.
    #[param(default = Live::from(0), range = 0..)]
    pub max_contacts: Live,
    /// The seconds in Retry-After of a 503; 0 leaves it out.
    #[param(default = Live::from(0), range = 0..)]
    pub retry_after: Live,
    /// The message flag that lets `sock_hdr_name` say the socket; -1 is none.
    #[param(default = -1, range = -1..=31)]
    pub sock_flag: i64,
    /// The header field that says the socket a REGISTER came in on.
    pub sock_hdr_name: Text,
    /// Whether contacts name the socket by what it advertises, in rows, in `ul.dump` and in `$ulc`. Requests to them leave by
    /// that socket all the same.
    #[param(default = false)]
    pub sock_mode: bool,
    /// Whether contacts are looked up only for methods that they take.
    #[param(default = false)]
    pub method_filtering: bool,
    /// Whether Path is kept with contacts.
    #[param(default = false)]
    pub use_path: bool,
    /// What a REGISTER with Path gets: 0 no Path in the 200, 1 Path if it supports that, 2 a 420 if it does not.
    #[param(default = 2, range = 0..=2)]
    pub path_mode: i64,
    /// Whether the `received` parameter of the first Path URI is kept as the place the REGISTER came from.
    #[param(default = false)]
    pub path_use_received: bool,
    /// Whether the first Path URI is left out at lookup when it is us.
    #[param(default = false)]
    pub path_check_local: bool,
    /// The `$xavp` whose items say things to `save`, `lookup` and `registered`.
    pub xavp_cfg: Text,
    /// The `$xavp` that is given what is known of the contact that was found, and by `save` of all contacts there are then: of
    /// each name the last contact's comes first.
    pub xavp_rcd: Text,
    /// What of that is left out: 1 ruid, 2 contact, 4 expires, 8 received, 16 path.
    #[param(default = 0)]
    pub xavp_rcd_mask: i64,
    /// Whether instances are kept and GRUUs made of them.
    #[param(default = true)]
    pub gruu_enabled: bool,
    /// Whether RFC 5626 is followed: 0 no, 1 if the other side supports it, 2 as if everybody did.
    #[param(default = 0, range = 0..=2, strict)]
    pub outbound_mode: i64,
    /// Whether `reg-id` counts though a proxy in between does not follow RFC 5626. Only where `outbound_mode` is not 0.
    #[param(default = false)]
    pub regid_mode: bool,
    /// The seconds in Flow-Timer of a 200; 0 leaves it out. Only where `outbound_mode` is not 0.
    #[param(default = Placed::default(), range = 0.., strict)]
    pub flow_timer: Placed<i64>,
    /// How long the URI of a contact may be.
    #[param(default = 512, range = 1..=60_000)]
    pub contact_max_size: i64,
    /// The KEMI function for events.
    #[param(compat = accepted("there are no routes in other languages"))]
    pub event_callback: Text,
    /// Which contacts `lookup` leaves out: 1 those without the branch flags of `rlf_bflags`, 2 those whose connection is gone.
    #[param(default = 0)]
    pub lookup_filter_mode: i64,
    /// Whether expired contacts are looked up too, until they are taken out.
    #[param(default = Live::from(0))]
    pub use_expired_contacts: Live,
    /// The variable with the address-of-record.
    #[param(compat = accepted("removed upstream; functions take the address-of-record as an argument"))]
    pub aor_avp: Text,
    /// The variable with the Call-ID of a contact: where it has a value, `registered` finds no other contact.
    pub reg_callid_avp: Placed<Text>,
}
