//! A contact that an address-of-record is bound to, packed: all its texts lie in one block.

use module_api::{ConnectionId, SocketAddress, SocketId, Sockets, Text, XavpList};
use stdx::ahead;

/// The texts of a binding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Texts<'a> {
    /// The contact's URI.
    pub contact: &'a [u8],
    /// The Call-ID of the REGISTER.
    pub call_id: &'a [u8],
    /// Its User-Agent.
    pub user_agent: &'a [u8],
    /// The unique name of the binding.
    pub ruid: &'a [u8],
    /// The URI of the place the REGISTER came from; empty when it is not to be used.
    pub received: &'a [u8],
    /// Values of Path; empty when there are none.
    pub path: &'a [u8],
    /// The `+sip.instance`, with its angle brackets; empty when there is none.
    pub instance: &'a [u8],
}

/// How many texts a binding has.
const TEXTS: usize = 7;

impl<'a> Texts<'a> {
    fn in_order(&self) -> [&'a [u8]; TEXTS] {
        [
            self.contact,
            self.call_id,
            self.user_agent,
            self.ruid,
            self.received,
            self.path,
            self.instance,
        ]
    }

    /// Whether they fit into a binding: 65,535 octets together.
    pub fn fit(&self) -> bool {
        let total: usize = self.in_order().iter().map(|text| text.len()).sum();
        u16::try_from(total).is_ok()
    }
}

/// How a binding relates to its row in the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// There is no row yet.
    #[default]
    New,
    /// The row is the same.
    Sync,
    /// The row is older.
    Dirty,
}

impl State {
    /// Its name in `ul.dump`.
    pub const fn name(self) -> &'static str {
        match self {
            State::New => "CS_NEW",
            State::Sync => "CS_SYNC",
            State::Dirty => "CS_DIRTY",
        }
    }
}

/// The figures of a binding. Times are seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// When it ends; 0 is never.
    pub expires: u32,
    /// When it was last registered.
    pub modified: u32,
    /// When it was last known to answer.
    pub last_keepalive: u32,
    /// When it is to be sent the next request that keeps it alive; 0 when that is not settled.
    pub next_keepalive: u32,
    /// How long its last answer took, in microseconds.
    pub roundtrip_us: u32,
    /// The CSeq of the REGISTER.
    pub cseq: u32,
    /// Flags of the location itself.
    pub flags: u32,
    /// Branch flags.
    pub branch_flags: u32,
    /// The methods it takes, as bits; all bits when it did not say.
    pub methods: u32,
    /// `reg-id`; 0 when there is none.
    pub reg_id: u32,
    /// The server that took the registration.
    pub server_id: u32,
    /// The connection it came over; 0 for none, `LOST` for one that cannot be had any more.
    pub connection: u32,
    /// Our socket it came in on; the highest number for none.
    pub socket: u16,
    /// The priority in thousandths; -1 when there is none.
    pub q: i16,
    /// Whether it is kept alive.
    pub keepalive: bool,
    /// Whether what the socket advertises is shown and stored for it (`sock_mode` of registrar).
    pub advertised: bool,
    /// How it relates to its row in the database.
    pub state: State,
}

/// The socket number that stands for none.
pub const NO_SOCKET: u16 = u16::MAX;
/// The number that stands for a connection of another server, or of this one before it was started again.
pub const LOST: u32 = u32::MAX;
/// The flag of a binding that is never written to the database.
pub const MEMORY_ONLY: u32 = 1 << 0;

impl Facts {
    /// Whether it has not ended at `now`.
    pub const fn is_valid(&self, now: u32) -> bool {
        self.expires == 0 || self.expires > now
    }

    /// Our socket it came in on.
    pub fn socket(&self) -> Option<SocketId> {
        (self.socket != NO_SOCKET).then_some(SocketId(self.socket))
    }

    /// The socket as operators, scripts and rows have it.
    pub fn socket_text(&self, sockets: &Sockets) -> Option<Text> {
        let socket = sockets.get(self.socket()?)?;
        Some(if self.advertised {
            socket.shown_text()
        } else {
            socket.text()
        })
    }

    /// Takes the socket that `text` names, by its own address or by what it advertises; none when none of ours does.
    pub fn name_socket(&mut self, text: &[u8], sockets: &Sockets) {
        let found = SocketAddress::parse(text).and_then(|address| address.find(sockets));
        self.socket = found.map_or(NO_SOCKET, |socket| socket.id.0);
        self.advertised = found
            .is_some_and(|socket| socket.advertised.is_some() && *socket.shown_text() == *text);
    }

    /// The connection it came over. One that is lost has a number that no connection has.
    pub fn connection(&self) -> Option<ConnectionId> {
        (self.connection != 0).then_some(ConnectionId(self.connection))
    }

    /// The number of its connection as scripts, operators and rows have it: -1 for one that is lost.
    pub fn connection_number(&self) -> Option<i64> {
        match self.connection {
            0 => None,
            LOST => Some(-1),
            number => Some(i64::from(number)),
        }
    }

    /// Gives up a connection whose number says nothing here: it was read from a row that another process wrote.
    pub fn lose_connection(&mut self) {
        if self.connection != 0 {
            self.connection = LOST;
        }
    }
}

/// A contact that an address-of-record is bound to.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its figures.
    pub facts: Facts,
    ends: [u16; TEXTS],
    block: Box<[u8]>,
    /// The attributes that the script wants kept with it (`xavp_contact`).
    pub attributes: Option<Box<XavpList>>,
}

impl Binding {
    /// A binding; nothing when the texts are too long together.
    pub fn new(texts: &Texts<'_>, facts: Facts) -> Option<Binding> {
        let (block, ends) = pack(texts)?;
        Some(Binding {
            facts,
            ends,
            block,
            attributes: None,
        })
    }

    /// Its texts.
    pub fn texts(&self) -> Texts<'_> {
        Texts {
            contact: self.text(0),
            call_id: self.text(1),
            user_agent: self.text(2),
            ruid: self.text(3),
            received: self.text(4),
            path: self.text(5),
            instance: self.text(6),
        }
    }

    /// Has its texts brought into the caches.
    #[inline]
    pub(crate) fn fetch_texts(&self) {
        let start = self.block.as_ptr() as usize;
        let lines = (start..start + self.block.len()).step_by(ahead::LINE);
        lines.for_each(ahead::fetch);
    }

    /// The contact's URI.
    #[inline]
    pub fn contact(&self) -> &[u8] {
        self.text(0)
    }

    /// Its unique name.
    #[inline]
    pub fn ruid(&self) -> &[u8] {
        self.text(3)
    }

    /// The `+sip.instance`.
    #[inline]
    pub fn instance(&self) -> &[u8] {
        self.text(6)
    }

    /// Gives it other texts, except its unique name, and its instance when they have none; false when they are too long
    /// together. Memory is touched only when they differ.
    pub fn set_texts(&mut self, texts: &Texts<'_>) -> bool {
        let instance = match texts.instance {
            [] => self.instance(),
            instance => instance,
        };
        let texts = Texts {
            ruid: self.ruid(),
            instance,
            ..*texts
        };
        if texts == self.texts() {
            return true;
        }
        match pack(&texts) {
            Some((block, ends)) => {
                self.block = block;
                self.ends = ends;
                true
            }
            None => false,
        }
    }

    #[inline]
    fn text(&self, index: usize) -> &[u8] {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        let end = self.ends.get(index).copied().unwrap_or(0);
        self.block
            .get(usize::from(start)..usize::from(end))
            .unwrap_or_default()
    }
}

fn pack(texts: &Texts<'_>) -> Option<(Box<[u8]>, [u16; TEXTS])> {
    if !texts.fit() {
        return None;
    }
    let parts = texts.in_order();
    let mut ends = [0u16; TEXTS];
    let mut end = 0usize;
    for (slot, part) in ends.iter_mut().zip(parts) {
        end += part.len();
        *slot = u16::try_from(end).ok()?;
    }
    let mut block = Vec::with_capacity(end);
    for part in parts {
        block.extend_from_slice(part);
    }
    Some((block.into_boxed_slice(), ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: Texts<'static> = Texts {
        contact: b"sip:alice@192.0.2.1",
        call_id: b"c1",
        user_agent: b"UA/1",
        ruid: b"uloc-1",
        received: b"",
        path: b"<sip:192.0.2.9;lr>",
        instance: b"<urn:uuid:1>",
    };

    #[test]
    fn texts_come_back_as_they_were_packed() {
        let binding = Binding::new(&TEXTS, Facts::default()).unwrap();
        assert_eq!(binding.texts(), TEXTS);
        assert_eq!(binding.contact(), TEXTS.contact);
        assert_eq!(binding.ruid(), TEXTS.ruid);
        assert_eq!(binding.instance(), TEXTS.instance);
    }

    #[test]
    fn the_unique_name_outlives_other_texts() {
        let mut binding = Binding::new(&TEXTS, Facts::default()).unwrap();
        let other = Texts {
            contact: b"sip:b@192.0.2.2",
            ruid: b"other",
            ..TEXTS
        };
        assert!(binding.set_texts(&other));
        assert_eq!(binding.contact(), b"sip:b@192.0.2.2");
        assert_eq!(binding.ruid(), b"uloc-1");
    }

    #[test]
    fn texts_beyond_64_kilobytes_are_refused() {
        let long = vec![b'x'; 70_000];
        let texts = Texts {
            path: &long,
            ..TEXTS
        };
        assert!(Binding::new(&texts, Facts::default()).is_none());
    }

    #[test]
    fn a_binding_takes_little_memory_besides_its_texts() {
        assert!(std::mem::size_of::<Binding>() <= 96);
    }
}
