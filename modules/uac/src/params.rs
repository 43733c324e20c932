//! Module parameters.

use crate::credentials::Credential;
use module_api::{Diagnostic, Params, Placed, Text};

/// What is restored of names that were replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreMode {
    /// Nothing.
    None,
    /// The names in responses.
    Manual,
    /// Those in responses and in later requests of the dialog.
    Auto,
}

/// What `modparam("uac", …)` sets.
#[derive(Params)]
pub struct Params {
    /// The parameter of Record-Route that keeps what From was.
    #[param(default = Text::from_static("vsf"))]
    pub rr_from_store_param: Text,
    /// The parameter of Record-Route that keeps what To was.
    #[param(default = Text::from_static("vst"))]
    pub rr_to_store_param: Text,
    /// What is restored of names that were replaced: `none`; `manual`, in responses, and in later requests where the script calls
    /// `uac_restore_from()` and `uac_restore_to()`; `auto`, in later requests as well.
    /// A name that the script changed by `$fu`, `$tu` and the like is restored in responses as well, so that they fit the
    /// request; Kamailio 5.6.3 lets those through as they come.
    #[param(shown = "auto")]
    pub restore_mode: Placed<Text>,
    /// Whether dialogs keep what From and To were, in variables that begin with `_uac_`, in the place of Record-Route.
    /// Display names are restored then, too. Calls without a dialog are kept in Record-Route all the same.
    #[param(default = 0)]
    pub restore_dlg: i64,
    /// What the parameters of Record-Route are obscured with.
    #[param(shown = "")]
    pub restore_passwd: Text,
    /// The variable that keeps the URI that From had.
    #[param(shown = "")]
    pub restore_from_avp: Placed<Text>,
    /// The variable that keeps the URI that To had.
    #[param(shown = "")]
    pub restore_to_avp: Placed<Text>,
    /// `user:realm:password`: what challenges are answered with. May be given several times.
    #[param(shown = "")]
    pub credential: Vec<Placed<Text>>,
    /// The variable with the user that answers challenges.
    #[param(shown = "")]
    pub auth_username_avp: Placed<Text>,
    /// The variable with the realm that is answered; when it is empty any is.
    #[param(shown = "")]
    pub auth_realm_avp: Placed<Text>,
    /// The variable with the password, or with HA1 when `uac_auth()` is told so.
    #[param(shown = "")]
    pub auth_password_avp: Placed<Text>,
    /// The database with registrations to be kept at other registrars.
    #[param(shown = "")]
    pub reg_db_url: Placed<Text>,
    /// Its table.
    #[param(default = Text::from_static("uacreg"))]
    pub reg_db_table: Text,
    /// The host, with port and parameters where wanted, of the Contacts that are registered.
    #[param(shown = "")]
    pub reg_contact_addr: Text,
    /// The seconds between two looks at the registrations.
    #[param(default = 90, range = 1..=86_400)]
    pub reg_timer_interval: i64,
    /// The seconds after which a registration that failed is tried again; 0 gives it up.
    #[param(default = 0, range = 0..)]
    pub reg_retry_interval: i64,
    /// Whether a registration is refreshed with the Call-ID it was made with.
    #[param(default = false)]
    pub reg_keep_callid: bool,
    /// Up to how many seconds a registration without delay of its own waits at first.
    #[param(default = 0, range = 0..)]
    pub reg_random_delay: i64,
    /// Whether registrations are kept at all, until `uac.reg_active` says otherwise.
    #[param(default = true)]
    pub reg_active: bool,
    /// The seconds between two `uac.reg_reload`.
    #[param(default = 150, compat = accepted("a reload may follow another at once"))]
    pub reg_gc_interval: i64,
    /// The size of the table.
    #[param(default = 4, compat = accepted("the table grows as needed"))]
    pub reg_hash_size: i64,
    /// Whether users are told apart by their domains, too.
    #[param(default = false)]
    pub reg_use_domain: bool,
    /// The socket that requests of our own leave from, when they name none.
    #[param(shown = "")]
    pub default_socket: Text,
    /// The function that is called in the place of event routes.
    #[param(shown = "", compat = accepted("event routes are always those of the configuration"))]
    pub event_callback: Text,
    /// The seconds that have to pass between two reloads.
    #[param(default = 30, compat = accepted("a reload may follow another at once, and harms none of what is going on"))]
    pub reload_delta: i64,
}

impl Params {
    /// What is restored.
    pub fn mode(&self) -> Result<RestoreMode, Diagnostic> {
        match &*self.restore_mode.value.to_ascii_lowercase() {
            b"none" => Ok(RestoreMode::None),
            b"manual" => Ok(RestoreMode::Manual),
            b"auto" | b"" => Ok(RestoreMode::Auto),
            _ => Err(self
                .restore_mode
                .error("parameter `restore_mode` is `none`, `manual` or `auto`")),
        }
    }

    /// What challenges are answered with.
    pub fn credentials(&self) -> Result<Vec<Credential>, Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        let mut credentials = Vec::new();
        for given in &self.credential {
            match Credential::parse(&given.value) {
                Some(credential) => credentials.push(credential),
                None => {
                    mistakes.push(given.error("parameter `credential` is `user:realm:password`"));
                }
            }
        }
        match mistakes.is_empty() {
            true => Ok(credentials),
            false => Err(mistakes),
        }
    }
}
