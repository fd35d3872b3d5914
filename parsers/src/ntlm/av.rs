//! AV_PAIR lists: what the server says about itself in its challenge, and the client about its target in NTLMv2
//! ([MS-NLMP] 2.2.2.1).

use capture::Timestamp;
use compact_str::CompactString;

use super::response::zero;
use crate::fields::Fields;
use crate::text;

/// Pairs that are looked at: ten identifiers are defined, and none is meant to come twice.
const BUDGET: usize = 64;

/// A list of AV pairs that nobody has read yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pairs<'a>(&'a [u8]);

/// `AvId(2) AvLen(2) Value(AvLen)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// AvId.
    pub id: u16,
    /// Value.
    pub value: &'a [u8],
}

/// What a list says. A name that comes twice is taken the first time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Info<'a> {
    /// MsvAvNbComputerName.
    pub nb_computer: Option<&'a [u8]>,
    /// MsvAvNbDomainName.
    pub nb_domain: Option<&'a [u8]>,
    /// MsvAvDnsComputerName.
    pub dns_computer: Option<&'a [u8]>,
    /// MsvAvDnsDomainName.
    pub dns_domain: Option<&'a [u8]>,
    /// MsvAvDnsTreeName.
    pub dns_tree: Option<&'a [u8]>,
    /// MsvAvFlags.
    pub flags: Option<u32>,
    /// MsvAvTimestamp, FILETIME.
    pub time: Option<u64>,
    /// MachineID of MsvAvSingleHost ([MS-NLMP] 2.2.2.2): random, made when the client started.
    pub machine: Option<&'a [u8]>,
    /// MsvAvTargetName: the SPN the client means to log on to.
    pub target: Option<&'a [u8]>,
    /// MsvAvChannelBindings: whether the hash is more than zeros.
    pub bindings: Option<bool>,
}

impl<'a> Pairs<'a> {
    /// A list that begins with `bytes` and ends at MsvAvEOL, or with them.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The pairs before MsvAvEOL that are there whole.
    pub fn iter(self) -> impl Iterator<Item = Pair<'a>> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (&[a, b, c, d], tail) = rest.split_first_chunk::<4>()?;
            let (value, tail) = tail.split_at_checked(usize::from(u16::from_le_bytes([c, d])))?;
            rest = tail;
            let id = u16::from_le_bytes([a, b]);
            (id != 0).then_some(Pair { id, value })
        })
        .take(BUDGET)
    }

    /// Reads the list.
    #[must_use]
    pub fn info(self) -> Info<'a> {
        let mut info = Info::default();
        for Pair { id, value } in self.iter() {
            match id {
                1 => keep(&mut info.nb_computer, Some(value)),
                2 => keep(&mut info.nb_domain, Some(value)),
                3 => keep(&mut info.dns_computer, Some(value)),
                4 => keep(&mut info.dns_domain, Some(value)),
                5 => keep(&mut info.dns_tree, Some(value)),
                6 => keep(&mut info.flags, value.first_chunk().copied().map(u32::from_le_bytes)),
                7 => keep(&mut info.time, value.first_chunk().copied().map(u64::from_le_bytes)),
                8 => keep(&mut info.machine, value.get(16..48)),
                9 => keep(&mut info.target, Some(value)),
                10 => keep(&mut info.bindings, Some(!zero(value))),
                _ => {}
            }
        }
        info
    }
}

fn keep<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

impl Info<'_> {
    /// The MIC bit of MsvAvFlags: the client says that its AUTHENTICATE carries a MIC.
    pub const MIC: u32 = 2;

    /// The names of the bits of MsvAvFlags that are set ([MS-NLMP] 2.2.2.1).
    pub fn flag_names(&self) -> impl Iterator<Item = &'static str> {
        const NAMES: [(u32, &str); 3] = [(1, "constrained"), (Info::MIC, "mic"), (4, "untrusted_spn")];
        let flags = self.flags.unwrap_or_default();
        NAMES
            .into_iter()
            .filter(move |(flag, _)| flags & flag != 0)
            .map(|(_, name)| name)
    }

    /// The SPN the client means to log on to.
    #[must_use]
    pub fn spn(&self) -> Option<CompactString> {
        self.target.map(text::utf16).filter(|spn| !spn.is_empty())
    }

    /// The names the server gives itself.
    pub fn names(&self, fields: &mut Fields) {
        fields.set_some("nb_computer", self.nb_computer.map(text::utf16));
        fields.set_some("nb_domain", self.nb_domain.map(text::utf16));
        fields.set_some("dns_computer", self.dns_computer.map(text::utf16));
        fields.set_some("dns_domain", self.dns_domain.map(text::utf16));
        fields.set_some("dns_tree", self.dns_tree.map(text::utf16));
    }
}

/// A FILETIME ([MS-DTYP] 2.3.3): 100 ns since 1601; none where it lies outside what a [`Timestamp`] reaches.
#[must_use]
pub fn filetime(ticks: u64) -> Option<Timestamp> {
    const UNIX_EPOCH: i64 = 116_444_736_000_000_000;
    let since = i64::try_from(ticks).ok()?.checked_sub(UNIX_EPOCH)?;
    since.checked_mul(100).map(Timestamp)
}
