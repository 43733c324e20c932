//! Request methods.

use std::fmt;

macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $bit:expr;)*) => {
        /// A request method.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Method {
            $($(#[$doc])* $variant,)*
            /// A method that is not in this list; its name is in the message.
            Other,
        }

        impl Method {
            /// Every known method, [`Method::Other`] left out.
            pub const ALL: &'static [Method] = &[$(Method::$variant,)*];

            /// The method of that name, [`Method::Other`] for an unknown one.
            #[inline]
            pub fn from_name(name: &[u8]) -> Method {
                match name {
                    $($name => Method::$variant,)*
                    _ => Method::from_odd_case(name),
                }
            }

            /// COMPAT: `invite` counts as INVITE, which RFC 3261 §7.1 calls another method.
            #[cold]
            fn from_odd_case(name: &[u8]) -> Method {
                let known = Method::ALL.iter().find(|method| name.eq_ignore_ascii_case(method.name().as_bytes()));
                known.copied().unwrap_or(Method::Other)
            }

            /// The name on the wire; empty for [`Method::Other`].
            pub const fn name(self) -> &'static str {
                match self {
                    $(Method::$variant => match std::str::from_utf8($name) { Ok(name) => name, Err(_) => "" },)*
                    Method::Other => "",
                }
            }

            /// The bit that stands for it in method masks (`$rmid`, `is_method`, the `methods` column of location tables).
            pub const fn bit(self) -> u32 {
                match self {
                    $(Method::$variant => $bit,)*
                    Method::Other => 1 << 19,
                }
            }
        }
    };
}

methods! {
    /// RFC 3261 §13.
    Invite = b"INVITE", 1;
    /// RFC 3261 §9.
    Cancel = b"CANCEL", 1 << 1;
    /// RFC 3261 §17.1.1.3.
    Ack = b"ACK", 1 << 2;
    /// RFC 3261 §15.
    Bye = b"BYE", 1 << 3;
    /// RFC 6086.
    Info = b"INFO", 1 << 4;
    /// RFC 3261 §10.
    Register = b"REGISTER", 1 << 5;
    /// RFC 6665.
    Subscribe = b"SUBSCRIBE", 1 << 6;
    /// RFC 6665.
    Notify = b"NOTIFY", 1 << 7;
    /// RFC 3428.
    Message = b"MESSAGE", 1 << 8;
    /// RFC 3261 §11.
    Options = b"OPTIONS", 1 << 9;
    /// RFC 3262.
    Prack = b"PRACK", 1 << 10;
    /// RFC 3311.
    Update = b"UPDATE", 1 << 11;
    /// RFC 3515.
    Refer = b"REFER", 1 << 12;
    /// RFC 3903.
    Publish = b"PUBLISH", 1 << 13;
    /// Distributed message queue between Kamailio nodes.
    Kdmq = b"KDMQ", 1 << 14;
    /// HTTP on a SIP port.
    Get = b"GET", 1 << 15;
    /// HTTP on a SIP port.
    Post = b"POST", 1 << 16;
    /// HTTP on a SIP port.
    Put = b"PUT", 1 << 17;
    /// HTTP on a SIP port.
    Delete = b"DELETE", 1 << 18;
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
