//! What a protocol is to the session that drives it: how its PDUs are framed, what one means, how its flows are recognised.

use capture::{Direction, Flow, Timestamp, Transport};

use crate::context::Context;

macro_rules! protocols {
    ($($variant:ident = $name:literal,)*) => {
        /// The protocols that have names in adtap's output.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the names are the documentation")]
        pub enum ProtocolId { $($variant,)* }

        impl ProtocolId {
            /// Every protocol, in the order of [`Self::index`].
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The protocol's name in messages and activities.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Position in [`Self::ALL`].
            #[must_use]
            pub const fn index(self) -> usize {
                self as usize
            }
        }
    };
}

protocols! {
    Kerberos = "kerberos",
    Kpasswd = "kpasswd",
    Spnego = "spnego",
    Ntlm = "ntlm",
    Ldap = "ldap",
    Cldap = "cldap",
    Smb1 = "smb1",
    Smb2 = "smb2",
    Dcerpc = "dcerpc",
    Dns = "dns",
    Mdns = "mdns",
    Llmnr = "llmnr",
    Nbns = "nbns",
    Http = "http",
    Tls = "tls",
    Radius = "radius",
    Rdp = "rdp",
    Dhcp = "dhcp",
    Ntp = "ntp",
    Netbios = "netbios",
    Tds = "tds",
    Smtp = "smtp",
    Imap = "imap",
    Pop3 = "pop3",
    WindowsEvent = "windows_event",
}

/// Where a PDU ends, judged from the first bytes of it that are there.
///
/// The answer must not change when more bytes are shown, other than from [`Self::Need`] to another: a stream cut elsewhere
/// gives the same PDUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Not to be told yet: show at least so many bytes in total.
    Need(usize),
    /// The PDU is so many bytes; deliver it whole.
    Whole(usize),
    /// The PDU is `total` bytes, of which the first `keep` are worth reading: the rest passes without being copied, and the
    /// packet that brings its last byte delivers the PDU.
    Head {
        /// Bytes delivered.
        keep: usize,
        /// Bytes the PDU has.
        total: u64,
    },
    /// From here on this direction cannot be read (encrypted); the reason is what its bytes are counted under.
    Opaque(&'static str),
    /// No PDU starts here: counted as malformed, then the stream is searched for the next [`Protocol::plausible`] header.
    Invalid(&'static str),
}

/// One PDU, or as much of it as there is.
#[derive(Clone, Copy, Debug)]
pub struct Pdu<'a> {
    /// Its bytes; fewer than `total` where it was cut by [`Framing::Head`] or by a gap.
    pub bytes: &'a [u8],
    /// How long it was on the wire.
    pub total: u64,
}

/// One protocol's state machine over one flow. No I/O, no clock: packets come in, messages and activities go out through
/// the [`Context`].
pub trait Protocol: Send {
    /// Which protocol.
    fn id(&self) -> ProtocolId;

    /// Where the PDU ends that starts at `head` (streams alone; a datagram is one PDU).
    fn frame(&self, direction: Direction, head: &[u8]) -> Framing;

    /// Whether a PDU may start at `head`, of which [`crate::inbox::LOOK`] bytes are shown: asked while searching after a
    /// gap or damage, so stricter than [`Self::frame`].
    fn plausible(&self, direction: Direction, head: &[u8]) -> bool;

    /// One PDU arrived; `context.gapped` says that a gap cut it.
    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>);

    /// So many bytes of `context.direction` were lost, after what was delivered so far.
    fn gap(&mut self, _missing: u64, _context: &mut Context<'_>) {}

    /// When [`Self::expire`] wants to be called next: the time of the oldest unanswered request plus its timeout.
    fn deadline(&self) -> Option<Timestamp> {
        None
    }

    /// `context.time` has passed the deadline: emit what was not answered.
    fn expire(&mut self, _context: &mut Context<'_>) {}

    /// The flow ended: emit whatever still waits.
    fn finish(&mut self, _context: &mut Context<'_>) {}
}

/// Which end sends what was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Only a client sends this.
    Client,
    /// Only a server sends this.
    Server,
    /// Either does.
    Either,
}

/// What a protocol thinks of the first bytes of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not mine.
    No,
    /// Show at least so many bytes in total (at most [`crate::session::PROBE`]).
    Need(usize),
    /// Mine if the port says so too.
    Weak(Sender),
    /// Mine on any port.
    Sure(Sender),
}

/// The first bytes of a direction, shown for recognition.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
    /// The bytes; for UDP the whole datagram.
    pub bytes: &'a [u8],
    /// Who sent them, as far as is known.
    pub direction: Direction,
    /// TCP or UDP.
    pub transport: Transport,
}

/// A row of the table of protocols.
#[derive(Clone, Copy)]
pub struct Registration {
    /// Which protocol.
    pub id: ProtocolId,
    /// Its TCP ports.
    pub tcp: &'static [u16],
    /// Its UDP ports.
    pub udp: &'static [u16],
    /// Judges the first bytes.
    pub recognise: fn(&Probe<'_>) -> Verdict,
    /// Starts its state machine on a flow.
    pub open: fn(&Flow) -> Box<dyn Protocol>,
}

impl Registration {
    /// Whether `port` is one of its own.
    #[must_use]
    pub fn owns(&self, transport: Transport, port: u16) -> bool {
        let ports = match transport {
            Transport::Tcp => self.tcp,
            Transport::Udp => self.udp,
        };
        ports.contains(&port)
    }
}
