//! The pointer record of an address, UDP 53: what the DNS server believes (RFC 1035 §3.5). Asked last, since it is not the
//! host that answers, and the record may be old.

use std::net::IpAddr;

use compact_str::{CompactString, ToCompactString};
use domain::base::iana::{Rcode, Rtype};
use domain::base::{Message, MessageBuilder, Name, ToName};
use domain::rdata::Ptr;
use smallvec::SmallVec;

use super::exchange::Question;
use super::identity::{Identity, Reason};

/// Pointers of one address that are read.
const MAX_POINTERS: usize = 16;

/// The question for the name of an address.
#[derive(Clone, Debug)]
pub struct Pointer {
    id: u16,
    name: Name<Vec<u8>>,
    datagram: Vec<u8>,
}

impl Pointer {
    /// The DNS server knows, and there is none.
    pub const NONE: Reason = Reason::Unnamed("there is no pointer record");

    /// A question about `ip`, whose answers are told by `id`, which nobody else should be able to guess. None where it cannot be
    /// written, which no address brings about.
    #[must_use]
    pub fn new(id: u16, ip: IpAddr) -> Option<Self> {
        let name = Name::reverse_from_addr(ip).ok()?;
        let mut message = MessageBuilder::new_vec();
        let header = message.header_mut();
        header.set_id(id);
        header.set_rd(true);
        let mut question = message.question();
        question.push((&name, Rtype::PTR)).ok()?;
        Some(Self {
            id,
            datagram: question.finish(),
            name,
        })
    }
}

impl Question for Pointer {
    fn datagram(&self) -> &[u8] {
        &self.datagram
    }

    fn answer(&self, datagram: &[u8]) -> Option<Result<Identity, Reason>> {
        let Ok(message) = Message::from_slice(datagram) else {
            return Some(Err(Reason::Malformed("header cut short")));
        };
        let asked = || message.sole_question().ok();
        let is_answer = message.header().qr() && message.header().id() == self.id;
        if !is_answer || !asked().is_some_and(|asked| asked.qname().name_eq(&self.name) && asked.qtype() == Rtype::PTR)
        {
            return None;
        }
        let refusals = [
            (Rcode::NXDOMAIN, Self::NONE),
            (Rcode::REFUSED, Reason::Unnamed("the DNS server refuses the question")),
            (Rcode::SERVFAIL, Reason::Unnamed("the DNS server could not find out")),
        ];
        let rcode = message.header().rcode();
        if rcode == Rcode::NOERROR {
            return Some(identity(message));
        }
        let refusal = refusals.into_iter().find(|(code, _)| *code == rcode);
        let other = Reason::Unnamed("the DNS server reports an error");
        Some(Err(refusal.map_or(other, |(_, reason)| reason)))
    }
}

/// The one name that the pointers lead to, by way of aliases (RFC 2317) as well.
fn identity(message: &Message<[u8]>) -> Result<Identity, Reason> {
    let owner = message.canonical_name();
    let answers = message.answer().map_err(|_| Reason::Malformed("question"))?;
    let mut names = SmallVec::<[CompactString; 2]>::new();
    for record in answers.limit_to::<Ptr<_>>().take(MAX_POINTERS) {
        let record = record.map_err(|_| Reason::Malformed("record"))?;
        let name = record.data().ptrdname().to_compact_string().to_ascii_lowercase();
        if owner.as_ref().is_some_and(|owner| owner.name_eq(record.owner())) && !names.contains(&name) {
            names.push(name);
        }
    }
    match names.as_slice() {
        [] => Err(Pointer::NONE),
        [name] => Identity::of(name, None),
        _ => Err(Reason::Unnamed("its pointer records lead to several names")),
    }
}
