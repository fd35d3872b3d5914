//! Keys and signatures of DNS: TKEY (RFC 2930), its GSS-API mode (RFC 3645) and TSIG (RFC 8945).
//!
//! A signature says by name which key signed; its bytes never leave this file. A TKEY token is an authentication of its
//! own, whose verdict is the answer's error code.

use compact_str::CompactString;
use domain::base::iana::{Rtype, TsigRcode};
use domain::base::name::ParsedName;
use domain::base::rdata::{ParseRecordData, RecordData};
use domain::base::wire::ParseError;
use domain::dep::octseq::Parser;
use domain::rdata::Tsig;

use super::wire::{self, Packet};
use crate::activity::Status;
use crate::context::Context;
use crate::fields::Fields;
use crate::gss::wire::{Mech, NegState, Token};
use crate::gss::{self, Answer, Exchange};

/// Keys of one flow that are negotiated at the same time.
const MAX_KEYS: usize = 8;

/// TKEY mode: GSS-API negotiation (RFC 2930 §2.5).
const GSS_API: u16 = 3;

/// The data of a TKEY record.
///
/// ```text
/// name algorithm; u32 inception; u32 expiration; u16 mode; u16 error; u16 key size; key data; u16 other size; other data
/// ```
struct Tkey<'a> {
    algorithm: ParsedName<&'a [u8]>,
    mode: u16,
    error: u16,
    token: &'a [u8],
}

impl RecordData for Tkey<'_> {
    fn rtype(&self) -> Rtype {
        Rtype::TKEY
    }
}

impl<'a> ParseRecordData<'a, [u8]> for Tkey<'a> {
    fn parse_rdata(rtype: Rtype, parser: &mut Parser<'a, [u8]>) -> Result<Option<Self>, ParseError> {
        if rtype != Rtype::TKEY {
            return Ok(None);
        }
        let algorithm = ParsedName::parse(parser)?;
        parser.advance(8)?;
        let (mode, error) = (parser.parse_u16_be()?, parser.parse_u16_be()?);
        let size = usize::from(parser.parse_u16_be()?);
        let token = parser.parse_octets(size)?;
        parser.advance(parser.remaining())?; // the other data: what is left over would cost the record
        Ok(Some(Self {
            algorithm,
            mode,
            error,
            token,
        }))
    }
}

/// The TKEY record of a message and the name of its key.
fn tkey<'a>(packet: &Packet<'a>) -> Option<(CompactString, Tkey<'a>)> {
    packet.records().find_map(|(_, record)| {
        let tkey = record.to_record::<Tkey<'_>>().ok()??.into_data();
        Some((wire::name(&record.owner()), tkey))
    })
}

/// Who signed a message, and what the other side thought of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    key: CompactString,
    algorithm: CompactString,
    error: u16,
}

impl Signature {
    /// The TSIG record of a message.
    pub(super) fn of(packet: &Packet<'_>) -> Option<Self> {
        packet.records().find_map(|(_, record)| {
            let tsig = record.to_record::<Tsig<_, ParsedName<&[u8]>>>().ok()??.into_data();
            Some(Self {
                key: wire::name(&record.owner()),
                algorithm: wire::name(tsig.algorithm()),
                error: tsig.error().to_int(),
            })
        })
    }

    /// Writes `tsig_algorithm` and `tsig_key`.
    pub(super) fn write(&self, fields: &mut Fields) {
        fields.text("tsig_algorithm", self.algorithm.clone());
        fields.text("tsig_key", self.key.clone());
    }

    /// Writes the signing side's error, where there is one: an answer's tells what was wrong with the request.
    pub(super) fn write_error(&self, fields: &mut Fields) {
        if self.error != 0 {
            fields.set("tsig_error", self.error);
            fields.set_some("tsig_error_name", error_name(self.error));
        }
    }
}

/// The name of a TSIG or TKEY error (IANA DNS RCODEs).
fn error_name(code: u16) -> Option<&'static str> {
    TsigRcode::from_int(code).to_mnemonic_str()
}

/// Writes what a message's TKEY record says, but for its key data.
pub(super) fn write_tkey(packet: &Packet<'_>, fields: &mut Fields) {
    let Some((key, tkey)) = tkey(packet) else { return };
    fields.text("tkey_key", key);
    fields.text("tkey_algorithm", wire::name(&tkey.algorithm));
    fields.set("tkey_mode", tkey.mode);
    fields.set("tkey_error", tkey.error);
    fields.set_some("tkey_error_name", error_name(tkey.error));
}

/// The authentications that one flow carries in TKEY records, by key name.
#[derive(Debug, Default)]
pub(super) struct Keys {
    waiting: Vec<(CompactString, Exchange)>,
}

impl Keys {
    /// A message about a TKEY: its token goes to the exchange of its key, and an answer's error decides.
    pub(super) fn message(&mut self, packet: &Packet<'_>, context: &mut Context<'_>) {
        let Some((key, tkey)) = tkey(packet) else {
            return self.refused(packet, context);
        };
        if tkey.mode != GSS_API {
            return;
        }
        let mut exchange = self.take(&key, context);
        let mut inside = context.within("dns");
        if !tkey.token.is_empty() {
            exchange.token(tkey.token, &mut inside);
        }
        if packet.is_response() {
            let verdict = verdict(&tkey, packet.rcode());
            exchange.answer(&verdict, &mut inside);
            if !matches!(verdict, Answer::Continue(_)) {
                return;
            }
        }
        self.waiting.push((key, exchange));
    }

    /// An answer that lacks a TKEY record refuses the key that its question names.
    fn refused(&mut self, packet: &Packet<'_>, context: &mut Context<'_>) {
        let question = packet
            .question()
            .ok()
            .flatten()
            .map(|question| wire::name(&question.name));
        let at = self.waiting.iter().position(|(key, _)| Some(key) == question.as_ref());
        if let (true, Some(at)) = (packet.is_response() && packet.rcode() != 0, at) {
            let (_, mut exchange) = self.waiting.remove(at);
            let answer = Answer::Failure(status(u16::from(packet.rcode())));
            exchange.answer(&answer, &mut context.within("dns"));
        }
    }

    /// The exchange of `key`, new where there is none; the oldest gives way to it when there are too many.
    fn take(&mut self, key: &CompactString, context: &mut Context<'_>) -> Exchange {
        if let Some(at) = self.waiting.iter().position(|(known, _)| known == key) {
            return self.waiting.remove(at).1;
        }
        if self.waiting.len() >= MAX_KEYS {
            context.limit("dns.keys");
            self.waiting.remove(0).1.finish(&mut context.within("dns"));
        }
        Exchange::default()
    }

    /// The flow ended.
    pub(super) fn finish(&mut self, context: &mut Context<'_>) {
        for (_, mut exchange) in self.waiting.drain(..) {
            exchange.finish(&mut context.within("dns"));
        }
    }
}

fn status(code: u16) -> Status {
    Status::new(i64::from(code), error_name(code))
}

/// The error decides; a token that asks for another leg does so where there is none (RFC 3645 §3.1.3).
fn verdict(tkey: &Tkey<'_>, rcode: u8) -> Answer {
    match (tkey.error, rcode) {
        (0, 0) if asks_for_more(tkey.token) => Answer::Continue(status(0)),
        (0, 0) => Answer::Success,
        (0, rcode) => Answer::Failure(status(u16::from(rcode))),
        (error, _) => Answer::Failure(status(error)),
    }
}

fn asks_for_more(token: &[u8]) -> bool {
    match gss::wire::token(token) {
        Ok(Token::Resp(resp)) => resp.state.is_some_and(|state| state != NegState::ACCEPT_COMPLETED),
        Ok(Token::Mech(Mech::Ntlm(_))) => true,
        _ => false,
    }
}
