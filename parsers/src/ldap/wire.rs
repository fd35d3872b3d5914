//! LDAPMessage as RFC 4511 defines it, decoded without copying: every operation, names and values as the bytes they are.
//!
//! What is not read here is not decoded: an entry's attributes, a filter, controls stay spans that [`super::filter`],
//! [`super::controls`] and [`super::attributes`] walk when somebody wants them. A message whose end is missing still yields
//! its [`Envelope`]. Microsoft's Sicily choices of AuthenticationChoice ([MS-ADTS] 5.1.1.1.3) are read as well.

use crate::asn1::{self, Element, Header, INTEGER, OCTET_STRING, SEQUENCE, SET, Walker};
use crate::reader::Malformed;

use super::request::{BindRequest, Change, Compare, ModifyDn, SearchRequest};
use super::response::{BindResponse, Entry, Extended, LdapResult};

/// The largest message whose length is believed. Servers limit requests to 10 MB ([MS-ADTS] 3.1.1.3.4.6 MaxReceiveBuffer);
/// answers may be longer.
const LARGEST: usize = 1 << 30;

macro_rules! operations {
    ($($tag:literal $variant:ident $name:literal $way:ident,)*) => {
        /// Which alternative of `protocolOp` a message is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Choice { $($variant,)* }

        impl Choice {
            /// By its identifier octet.
            pub(super) const fn of(tag: u8) -> Option<Self> {
                Some(match tag { $($tag => Self::$variant,)* _ => return None })
            }

            /// The name messages carry.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether clients send it; servers send the others.
            pub(super) const fn is_request(self) -> bool {
                matches!(match self { $(Self::$variant => Way::$way,)* }, Way::Request)
            }
        }
    };
}

enum Way {
    Request,
    Answer,
}

operations! {
    0x60 BindRequest "bindRequest" Request,
    0x61 BindResponse "bindResponse" Answer,
    0x42 UnbindRequest "unbindRequest" Request,
    0x63 SearchRequest "searchRequest" Request,
    0x64 SearchResultEntry "searchResEntry" Answer,
    0x65 SearchResultDone "searchResDone" Answer,
    0x73 SearchResultReference "searchResRef" Answer,
    0x66 ModifyRequest "modifyRequest" Request,
    0x67 ModifyResponse "modifyResponse" Answer,
    0x68 AddRequest "addRequest" Request,
    0x69 AddResponse "addResponse" Answer,
    0x4a DelRequest "delRequest" Request,
    0x6b DelResponse "delResponse" Answer,
    0x6c ModifyDnRequest "modDNRequest" Request,
    0x6d ModifyDnResponse "modDNResponse" Answer,
    0x6e CompareRequest "compareRequest" Request,
    0x6f CompareResponse "compareResponse" Answer,
    0x50 AbandonRequest "abandonRequest" Request,
    0x77 ExtendedRequest "extendedReq" Request,
    0x78 ExtendedResponse "extendedResp" Answer,
    0x79 IntermediateResponse "intermediateResponse" Answer,
}

/// How the first octets of a message read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// More octets are needed: so many in total.
    Need(usize),
    /// The message is told.
    Known(Opening),
}

/// The fixed part of a message: everything before the contents of its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    /// messageID.
    pub(super) message_id: i64,
    /// Identifier octet of protocolOp.
    pub(super) tag: u8,
    /// Where the contents of protocolOp begin, and where they end.
    pub(super) contents: (usize, usize),
    /// Octets of the whole message.
    pub(super) total: usize,
}

impl Opening {
    /// What is asked of bytes before a stream is believed to be LDAP: a known operation, a messageID of RFC 4511's range,
    /// and an operation that fills the message or leaves room for controls.
    pub(super) fn plausible(&self) -> Option<Choice> {
        let rest = self.total - self.contents.1;
        let fits = rest == 0 || rest >= 4;
        let ranged = (0..=i64::from(i32::MAX)).contains(&self.message_id);
        Choice::of(self.tag).filter(|_| fits && ranged)
    }
}

/// Reads the opening of a message.
///
/// ```text
/// LDAPMessage ::= SEQUENCE {
///      messageID       MessageID,               -- INTEGER (0 .. maxInt)
///      protocolOp      CHOICE { … },            -- [APPLICATION n]
///      controls       [0] Controls OPTIONAL }   -- RFC 4511 §4.1.1
/// ```
pub(super) fn start(head: &[u8]) -> Result<Start, Malformed> {
    let (first, value) = match header_at(head, 0)? {
        Stage::Need(count) => return Ok(Start::Need(count)),
        Stage::Read(SEQUENCE, first, value) => (first, value),
        Stage::Read(..) => return Err(Malformed("not LDAPMessage")),
    };
    if !(5..=LARGEST).contains(&value) {
        return Err(Malformed("length"));
    }
    let total = first + value;
    let (at, length) = match header_at(head, first)? {
        Stage::Need(count) => return Ok(Start::Need(count)),
        Stage::Read(INTEGER, at, length @ 1..=5) if at + length + 2 <= total => (at, length),
        Stage::Read(..) => return Err(Malformed("messageID")),
    };
    let operation = at + length;
    let Some(id) = head.get(at..operation) else {
        return Ok(Start::Need(operation + 2));
    };
    let message_id = Element {
        tag: INTEGER,
        value: id,
        whole: id,
    }
    .integer()?;
    match header_at(head, operation)? {
        Stage::Need(count) => Ok(Start::Need(count)),
        Stage::Read(tag, from, length) if tag & 0xc0 == 0x40 && from + length <= total => Ok(Start::Known(Opening {
            message_id,
            tag,
            contents: (from, from + length),
            total,
        })),
        Stage::Read(..) => Err(Malformed("protocolOp")),
    }
}

enum Stage {
    Need(usize),
    /// Identifier octet, where the contents begin, and how many octets they are.
    Read(u8, usize, usize),
}

fn header_at(head: &[u8], at: usize) -> Result<Stage, Malformed> {
    Ok(match asn1::header(head.get(at..).unwrap_or_default())? {
        Header::Need(count) => Stage::Need(at + count),
        Header::Known { tag, header, value } => Stage::Read(tag, at + header, value),
    })
}

/// A message around its operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'a> {
    /// messageID.
    pub(super) message_id: i64,
    /// Which operation.
    pub(super) choice: Choice,
    /// The operation's contents, as far as they are there.
    pub(super) contents: &'a [u8],
    /// How many octets the operation's contents have.
    pub(super) size: usize,
    /// Contents of `controls`; empty where there are none.
    pub(super) controls: &'a [u8],
    /// Nothing of the message is missing.
    pub(super) whole: bool,
}

impl<'a> Envelope<'a> {
    /// Opens the message at the start of `bytes`.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Start::Known(opening) = start(bytes)? else {
            return Err(Malformed("message cut short"));
        };
        let choice = Choice::of(opening.tag).ok_or(Malformed("protocolOp"))?;
        let (from, to) = opening.contents;
        let contents = bytes.get(from..to.min(bytes.len())).unwrap_or_default();
        let rest = bytes.get(to..opening.total).unwrap_or_default();
        Ok(Self {
            message_id: opening.message_id,
            choice,
            contents,
            size: to - from,
            controls: Walker::new(rest)
                .optional(asn1::context(0))
                .ok()
                .flatten()
                .map_or(&[], |controls| controls.value),
            whole: bytes.len() >= opening.total,
        })
    }

    /// Decodes a SearchResultEntry, as far as it is there.
    pub(super) fn entry(&self) -> Result<Entry<'a>, Malformed> {
        Entry::read(&mut Walker::new(self.contents))
    }

    /// Decodes the operation.
    pub(super) fn operation(&self) -> Result<Operation<'a>, Malformed> {
        let mut walker = Walker::new(self.contents);
        Ok(match self.choice {
            Choice::BindRequest => Operation::BindRequest(BindRequest::read(&mut walker)?),
            Choice::BindResponse => Operation::BindResponse(BindResponse::read(&mut walker)?),
            Choice::UnbindRequest => Operation::UnbindRequest,
            Choice::SearchRequest => Operation::SearchRequest(SearchRequest::read(&mut walker)?),
            Choice::SearchResultEntry => Operation::Entry(self.entry()?),
            Choice::SearchResultReference => Operation::Reference(self.contents),
            Choice::ModifyRequest => Operation::Modify(Change::read(&mut walker)?),
            Choice::AddRequest => Operation::Add(Change::read(&mut walker)?),
            Choice::DelRequest => Operation::Delete(self.contents),
            Choice::ModifyDnRequest => Operation::ModifyDn(ModifyDn::read(&mut walker)?),
            Choice::CompareRequest => Operation::Compare(Compare::read(&mut walker)?),
            Choice::AbandonRequest => Operation::Abandon(primitive(self.contents).integer()?),
            Choice::ExtendedRequest => Operation::ExtendedRequest(Extended::request(&mut walker)?),
            Choice::ExtendedResponse => Operation::ExtendedResponse(Extended::response(&mut walker)?),
            Choice::IntermediateResponse => Operation::Intermediate(Extended::intermediate(&mut walker)?),
            Choice::SearchResultDone
            | Choice::ModifyResponse
            | Choice::AddResponse
            | Choice::DelResponse
            | Choice::ModifyDnResponse
            | Choice::CompareResponse => Operation::Result(LdapResult::read(&mut walker)?),
        })
    }
}

const fn primitive(value: &[u8]) -> Element<'_> {
    Element {
        tag: INTEGER,
        value,
        whole: value,
    }
}

/// A decoded operation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation<'a> {
    BindRequest(BindRequest<'a>),
    BindResponse(BindResponse<'a>),
    UnbindRequest,
    SearchRequest(SearchRequest<'a>),
    Entry(Entry<'a>),
    /// Contents: a SEQUENCE OF URI.
    Reference(&'a [u8]),
    Modify(Change<'a>),
    Add(Change<'a>),
    /// The DN.
    Delete(&'a [u8]),
    ModifyDn(ModifyDn<'a>),
    Compare(Compare<'a>),
    /// The messageID to give up.
    Abandon(i64),
    ExtendedRequest(Extended<'a>),
    ExtendedResponse(Extended<'a>),
    Intermediate(Extended<'a>),
    /// Every answer that is an LDAPResult and nothing else.
    Result(LdapResult<'a>),
}

/// The octet strings of a list; ends at the first that is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strings<'a>(pub(super) Walker<'a>);

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0.optional(OCTET_STRING).ok()??;
        Some(text.value)
    }
}

/// One attribute and its values: PartialAttribute of RFC 4511 §4.1.7.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a [u8],
    pub(super) values: Strings<'a>,
}

impl<'a> Attribute<'a> {
    /// ```text
    /// PartialAttribute ::= SEQUENCE {
    ///      type       AttributeDescription,
    ///      vals       SET OF value AttributeValue }
    /// ```
    pub(super) fn read(element: Element<'a>) -> Result<Self, Malformed> {
        let mut walker = element.inside();
        Ok(Self {
            name: walker.expect(OCTET_STRING, "type")?.value,
            values: Strings(walker.expect(SET, "vals")?.inside()),
        })
    }

    /// How many values.
    pub(super) fn count(&self) -> usize {
        self.values.count()
    }
}
