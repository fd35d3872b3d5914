//! The stock kerberos-parser and ldap-parser as second decoders: both read a message, so both say the same of it.
//!
//! Only the classes that are told here may differ. Both crates are stricter than adtap about types (strings in UTF-8, numbers in
//! their ranges, every field that the RFC demands), so what they refuse and adtap reads is no finding. They are laxer about what
//! follows: they take the first of a field that comes twice, step over what stands behind the last field they know, and look at a
//! tag's number without its class; adtap takes fields by their tags, in any order. Nothing is compared unless it is [`tidy`].

use kerberos_parser::krb5;
use kerberos_parser::krb5_parser as theirs;
use ldap_parser::FromBer;
use ldap_parser::filter::Filter;
use ldap_parser::ldap::{LdapMessage, ProtocolOp};
use parsers::asn1::Walker;
use parsers::kerberos::wire;
use parsers::reader::Malformed;
use serde_json::Value;

use crate::read::Said;

/// Whether elements tile their parents down to the last octet, each may stand behind the one before it, and no number is without
/// octets (X.690 §8.3.1; zero to both crates).
fn tidy(data: &[u8], follows: fn(Option<u8>, u8) -> bool) -> bool {
    let mut open = vec![(Walker::new(data), None)];
    while let Some((walker, last)) = open.last_mut() {
        match walker.next() {
            Err(_) => return false,
            Ok(None) => drop(open.pop()),
            Ok(Some(element)) if !follows(*last, element.tag) => return false,
            Ok(Some(element)) if matches!(element.tag, 1 | 2 | 0x0a) && element.value.is_empty() => return false,
            Ok(Some(element)) => {
                *last = Some(element.tag);
                if element.tag & 0x20 != 0 && open.len() < 64 {
                    open.push((element.inside(), None));
                }
            }
        }
    }
    true
}

/// INTEGER, BIT STRING, OCTET STRING, GeneralizedTime, GeneralString, SEQUENCE, messages and tickets; fields, in order, among
/// fields.
const fn of_kerberos(last: Option<u8>, tag: u8) -> bool {
    match (last, tag) {
        (Some(last @ 0xa0..=0xad), tag) => tag > last && tag <= 0xad,
        (None, 0xa0..=0xad) => true,
        (_, tag) => matches!(tag, 2 | 3 | 4 | 0x18 | 0x1b | 0x30 | 0x61 | 0x6a..=0x6f | 0x74..=0x76 | 0x7e),
    }
}

/// BOOLEAN, INTEGER, OCTET STRING, ENUMERATED, SEQUENCE, SET; operations behind their message's number; choices, of which those
/// with a universal type's number stand first, behind `typesOnly` or among their like.
const fn of_ldap(last: Option<u8>, tag: u8) -> bool {
    match tag {
        0x42 | 0x4a | 0x50 | 0x60..=0x7f => matches!(last, Some(2)),
        0x81 | 0x82 | 0xa1 | 0xa2 | 0xa4 => matches!(last, None | Some(1 | 0x80..=0xbf)),
        0x8a => matches!(last, Some(4)),
        _ => {
            matches!(tag, 1 | 2 | 4 | 0x0a | 0x30 | 0x31 | 0x80 | 0x83 | 0x87 | 0x89 | 0x8b)
                || matches!(tag, 0xa0 | 0xa3 | 0xa5 | 0xa6 | 0xa8 | 0xa9)
        }
    }
}

/// Realm, names, etypes, nonce, tickets and error codes, where kerberos-parser reads the message to its end.
#[expect(
    deprecated,
    reason = "the trait that replaces the functions is of a crate that kerberos-parser does not re-export"
)]
pub(crate) fn kerberos(data: &[u8], ours: &Result<wire::Message<'_>, Malformed>) {
    if !tidy(data, of_kerberos) {
        return;
    }
    if let Ok(([], theirs)) = theirs::parse_as_req(data).or_else(|_| theirs::parse_tgs_req(data)) {
        match ours {
            Ok(wire::Message::AsReq(ours) | wire::Message::TgsReq(ours)) => same_body(&ours.body, &theirs.req_body),
            other => differs(other),
        }
    } else if let Ok(([], theirs)) = theirs::parse_as_rep(data).or_else(|_| theirs::parse_tgs_rep(data)) {
        match ours {
            Ok(wire::Message::AsRep(ours) | wire::Message::TgsRep(ours)) => same_reply(ours, &theirs),
            other => differs(other),
        }
    } else if let Ok(([], theirs)) = theirs::parse_ap_req(data) {
        match ours {
            Ok(wire::Message::ApReq(ours)) => {
                same_ticket(&ours.ticket, &theirs.ticket);
                same_sealed(ours.authenticator.as_ref(), &theirs.authenticator);
            }
            other => differs(other),
        }
    } else if let Ok(([], theirs)) = theirs::parse_krb_error(data) {
        match ours {
            Ok(wire::Message::Error(ours)) => same_error(ours, &theirs),
            other => differs(other),
        }
    }
}

/// A message that kerberos-parser reads, and adtap otherwise or not at all.
fn differs(ours: &Result<wire::Message<'_>, Malformed>) {
    let ours = ours.as_ref().map(wire::Message::name);
    assert!(ours.is_err(), "kerberos-parser reads another message: {ours:?}");
    assert!(ours.is_ok(), "a message that kerberos-parser reads: {ours:?}");
}

fn same_body(ours: &wire::KdcReqBody<'_>, theirs: &krb5::KdcReqBody<'_>) {
    assert_eq!(ours.realm, theirs.realm.0.as_bytes(), "realm");
    same_name(ours.cname.as_ref(), theirs.cname.as_ref(), "cname");
    same_name(ours.sname.as_ref(), theirs.sname.as_ref(), "sname");
    assert_eq!(ours.nonce.map(|nonce| nonce as u32), Some(theirs.nonce), "nonce");
    let etypes = theirs.etype.iter().map(|etype| etype.0);
    assert_eq!(ours.etypes().collect::<Vec<_>>(), etypes.collect::<Vec<_>>(), "etypes");
    let addresses = theirs.addresses.iter().map(|host| (host.addr_type.0, host.address));
    assert!(
        ours.addresses()
            .map(|host| (host.addr_type, host.address))
            .eq(addresses),
        "addresses: {:?}",
        theirs.addresses
    );
    let tickets: Vec<_> = ours.additional_tickets().collect();
    assert_eq!(tickets.len(), theirs.additional_tickets.len(), "additional tickets");
    for (ours, theirs) in tickets.iter().zip(&theirs.additional_tickets) {
        same_ticket(ours, theirs);
    }
}

fn same_reply(ours: &wire::KdcRep<'_>, theirs: &krb5::KdcRep<'_>) {
    assert_eq!(ours.crealm, theirs.crealm.0.as_bytes(), "crealm");
    same_name(ours.cname.as_ref(), Some(&theirs.cname), "cname");
    let ticket = ours.ticket.as_ref();
    assert!(ticket.is_some(), "a ticket that kerberos-parser reads");
    ticket.into_iter().for_each(|ours| same_ticket(ours, &theirs.ticket));
    same_sealed(ours.enc_part.as_ref(), &theirs.enc_part);
    let types = theirs.padata.iter().map(|padata| padata.padata_type.0);
    assert!(
        ours.padata().map(|padata| padata.padata_type).eq(types),
        "padata: {:?}",
        theirs.padata
    );
}

fn same_error(ours: &wire::KrbError<'_>, theirs: &krb5::KrbError<'_>) {
    assert_eq!(ours.error_code, theirs.error_code.0, "error-code");
    assert_eq!(ours.realm, theirs.realm.0.as_bytes(), "realm");
    same_name(ours.sname.as_ref(), Some(&theirs.sname), "sname");
    same_name(ours.cname.as_ref(), theirs.cname.as_ref(), "cname");
    assert_eq!(
        ours.crealm,
        theirs.crealm.as_ref().map(|realm| realm.0.as_bytes()),
        "crealm"
    );
    assert_eq!(ours.e_data, theirs.edata, "e-data");
}

fn same_ticket(ours: &wire::Ticket<'_>, theirs: &krb5::Ticket<'_>) {
    assert_eq!(ours.realm, theirs.realm.0.as_bytes(), "the ticket's realm");
    same_name(ours.sname.as_ref(), Some(&theirs.sname), "the ticket's sname");
    same_sealed(Some(&ours.enc_part), &theirs.enc_part);
}

fn same_sealed(ours: Option<&wire::EncryptedData<'_>>, theirs: &krb5::EncryptedData<'_>) {
    let ours = ours.map(|ours| (ours.etype, ours.kvno.map(|kvno| kvno as u32), ours.cipher));
    assert_eq!(
        ours,
        Some((theirs.etype.0, theirs.kvno, theirs.cipher)),
        "etype, kvno, cipher"
    );
}

fn same_name(ours: Option<&wire::PrincipalName<'_>>, theirs: Option<&krb5::PrincipalName>, what: &str) {
    let ours = ours.map(|name| (name.name_type, name.components().collect::<Vec<_>>()));
    let theirs = theirs.map(|name| {
        let parts = name.name_string.iter().map(|part| part.as_bytes());
        (name.name_type.0, parts.collect::<Vec<_>>())
    });
    assert_eq!(ours, theirs, "{what}");
}

/// Number, operation, name, scope, shape of the filter and result of the one message that `data` is to ldap-parser. What adtap
/// calls malformed is not compared: which class a number's tag must be of depends on where it stands, which [`tidy`] does not know.
pub(crate) fn ldap(data: &[u8], said: &Said) {
    let Ok(([], theirs)) = LdapMessage::from_ber(data) else {
        return;
    };
    if !tidy(data, of_ldap) || !said.malformed.is_empty() {
        return;
    }
    let line = said.messages.first().map(|line| serde_json::from_str::<Value>(line));
    let Some(Ok(ours)) = line else {
        assert!(line.is_some(), "a message that ldap-parser reads: {:?}", said.malformed);
        return;
    };
    let told = |field: &str| ours.get(field).unwrap_or(&Value::Null);
    assert_eq!(
        told("message_id").as_u64(),
        Some(theirs.message_id.0.into()),
        "messageID"
    );
    assert_eq!(told("message").as_str(), operation(&theirs.protocol_op), "protocolOp");
    if let Some(result) = theirs.protocol_op.result() {
        same_code(told("result_code"), result.result_code.0);
    }
    if let Some(name) = name(&theirs.protocol_op).filter(|name| plain(name)) {
        assert_eq!(told("dn").as_str().or_else(|| told("base").as_str()), Some(name), "dn");
    }
    if let ProtocolOp::SearchRequest(search) = &theirs.protocol_op {
        let scopes = ["base", "one", "sub", "subordinate"];
        if let Some(scope) = scopes.get(search.scope.0 as usize) {
            assert_eq!(told("scope").as_str(), Some(*scope), "scope");
        }
        assert_eq!(told("size_limit").as_u64(), Some(search.size_limit.into()), "sizeLimit");
        same_shape(told("filter").as_str().unwrap_or_default(), &search.filter);
    }
}

/// ldap-parser does not look at whether a choice is primitive or constructed: a filter that adtap prints with `(?)` is not
/// compared. It ends a list at the first part that it cannot read, and a `not` behind its first part, without a word: where octets are
/// escaped, or a filter [has other numbers of parts](has_its_parts) than RFC 4511 §4.5.1 gives it, adtap may have more.
fn same_shape(text: &str, filter: &Filter<'_>) {
    if text.contains(['…', '?']) {
        return;
    }
    let (ours, theirs) = (text.matches('(').count(), parts(filter));
    assert!(
        ours == theirs || ours > theirs && (text.contains('\\') || !has_its_parts(text)),
        "{theirs} parts: {text}"
    );
}

/// Whether every `not` has one part, and every `and` and `or` at least one.
fn has_its_parts(text: &str) -> bool {
    let mut open: Vec<(char, usize)> = Vec::new();
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => {
                if let Some((_, parts)) = open.last_mut() {
                    *parts += 1;
                }
                open.push((text[at + 1..].chars().next().unwrap_or_default(), 0));
            }
            ')' => match open.pop() {
                Some(('!', 1)) | Some(('&' | '|', 1..)) => {}
                Some(('!' | '&' | '|', _)) => return false,
                _ => {}
            },
            _ => {}
        }
    }
    true
}

#[test]
fn odd_filters_are_told_from_sound_ones() {
    for sound in ["(cn=*)", "(&(a=1)(!(b=2)))", "(|(&(a=1)))"] {
        assert!(has_its_parts(sound), "{sound}");
    }
    for odd in ["(!)", "(&(a=1)(&)(b=*))", "(!(a=1)(!(b=*)))", "(|(a=1)(|))"] {
        assert!(!has_its_parts(odd), "{odd}");
    }
}

/// ldap-parser reads an ENUMERATED as if it had no sign (X.690 §8.4 gives it one): what is negative is not compared.
fn same_code(ours: &Value, theirs: u32) {
    if ours.as_i64().is_none_or(|code| code >= 0) {
        assert_eq!(ours.as_u64(), Some(theirs.into()), "resultCode");
    }
}

/// The operation's name in RFC 4511 §4.2.
const fn operation(of: &ProtocolOp<'_>) -> Option<&'static str> {
    Some(match of {
        ProtocolOp::BindRequest(_) => "bindRequest",
        ProtocolOp::BindResponse(_) => "bindResponse",
        ProtocolOp::UnbindRequest => "unbindRequest",
        ProtocolOp::SearchRequest(_) => "searchRequest",
        ProtocolOp::SearchResultEntry(_) => "searchResEntry",
        ProtocolOp::SearchResultDone(_) => "searchResDone",
        ProtocolOp::SearchResultReference(_) => "searchResRef",
        ProtocolOp::ModifyRequest(_) => "modifyRequest",
        ProtocolOp::ModifyResponse(_) => "modifyResponse",
        ProtocolOp::AddRequest(_) => "addRequest",
        ProtocolOp::AddResponse(_) => "addResponse",
        ProtocolOp::DelRequest(_) => "delRequest",
        ProtocolOp::DelResponse(_) => "delResponse",
        ProtocolOp::ModDnRequest(_) => "modDNRequest",
        ProtocolOp::ModDnResponse(_) => "modDNResponse",
        ProtocolOp::CompareRequest(_) => "compareRequest",
        ProtocolOp::CompareResponse(_) => "compareResponse",
        ProtocolOp::AbandonRequest(_) => "abandonRequest",
        ProtocolOp::ExtendedRequest(_) => "extendedReq",
        ProtocolOp::ExtendedResponse(_) => "extendedResp",
        ProtocolOp::IntermediateResponse(_) => "intermediateResponse",
    })
}

/// The object that the operation names.
fn name<'a>(of: &'a ProtocolOp<'_>) -> Option<&'a str> {
    Some(match of {
        ProtocolOp::BindRequest(bind) => &bind.name.0,
        ProtocolOp::SearchRequest(search) => &search.base_object.0,
        ProtocolOp::SearchResultEntry(entry) => &entry.object_name.0,
        ProtocolOp::ModifyRequest(modify) => &modify.object.0,
        ProtocolOp::AddRequest(add) => &add.entry.0,
        ProtocolOp::DelRequest(dn) => &dn.0,
        ProtocolOp::ModDnRequest(modify) => &modify.entry.0,
        ProtocolOp::CompareRequest(compare) => &compare.entry.0,
        _ => return None,
    })
}

/// Whether a name is printed as it is.
fn plain(name: &str) -> bool {
    name.len() <= 128 && name.chars().all(|letter| letter == ' ' || letter.is_ascii_graphic())
}

fn parts(filter: &Filter<'_>) -> usize {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => 1 + filters.iter().map(parts).sum::<usize>(),
        Filter::Not(filter) => 1 + parts(filter),
        _ => 1,
    }
}
