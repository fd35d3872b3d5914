//! Readers of messages that stand in others, held against a second decoder: what that reads, ours reads alike.

use parsers::asn1::Walker;
use parsers::kerberos::{edata::EData, keytab::Keys, padata, pkinit, wire};
use parsers::{base64, gss, ntlm};
use rasn_kerberos as kerberos;
use rasn_ldap as ldap;

use crate::read::{self, Said};
use crate::rusticata;
use crate::script;

/// Levels of nesting that the walk goes down.
const DEEPEST: usize = 64;

/// Elements tile what they stand in, and say the same of themselves wherever they are read.
pub(crate) fn asn1(data: &[u8]) {
    let (mut level, mut seen) = (vec![Walker::new(data)], 0_usize);
    while let Some(walker) = level.last_mut() {
        match walker.next() {
            Ok(Some(element)) => {
                seen += 1;
                assert!(element.value.len() < element.whole.len() && element.whole.ends_with(element.value));
                let _ = (element.integer(), element.bits());
                if element.tag & 0x20 != 0 && level.len() < DEEPEST {
                    level.push(element.inside());
                }
            }
            Ok(None) | Err(_) => drop(level.pop()),
        }
    }
    assert!(seen <= data.len() * DEEPEST, "{seen} elements in {} bytes", data.len());
}

/// Whatever rasn-kerberos reads of a request or an error is read alike here; what it wrote, likewise.
pub(crate) fn kerberos(data: &[u8]) {
    let ours = wire::Message::parse(data);
    let _ = wire::Message::parse_cut(data);
    rusticata::kerberos(data, &ours);
    let theirs = strictly::<kerberos::AsReq>(data).map(|request| request.0);
    let theirs = theirs.or_else(|| strictly::<kerberos::TgsReq>(data).map(|request| request.0));
    if let Some(theirs) = theirs {
        let Ok(wire::Message::AsReq(ours) | wire::Message::TgsReq(ours)) = &ours else {
            assert!(ours.is_ok(), "a request that rasn-kerberos reads: {:?}", ours.err());
            return;
        };
        same_body(&ours.body, &theirs.req_body);
    }
    if let Some(theirs) = strictly::<kerberos::KrbError>(data) {
        let Ok(wire::Message::Error(ours)) = &ours else {
            assert!(ours.is_ok(), "an error that rasn-kerberos reads: {:?}", ours.err());
            return;
        };
        assert_eq!(ours.error_code, theirs.error_code);
    }
}

/// What rasn reads and would write the same: it is laxer than DER.
fn strictly<T: rasn::Decode + rasn::Encode>(data: &[u8]) -> Option<T> {
    let read = rasn::der::decode::<T>(data).ok()?;
    (rasn::der::encode(&read).ok()? == data).then_some(read)
}

fn same_body(ours: &wire::KdcReqBody<'_>, theirs: &kerberos::KdcReqBody) {
    assert_eq!(ours.realm, theirs.realm.as_ref() as &[u8], "realm");
    let names = [(&ours.cname, &theirs.cname), (&ours.sname, &theirs.sname)];
    for (ours, theirs) in names {
        let ours: Option<Vec<&[u8]>> = ours.as_ref().map(|name| name.components().collect());
        let theirs = theirs
            .as_ref()
            .map(|name| name.string.iter().map(|part| part.as_ref() as &[u8]).collect());
        assert_eq!(ours, theirs, "name");
    }
}

/// What stands in padata and e-data, PKINIT and keytabs: no second decoder, so only that they end and do not panic.
pub(crate) fn padata(data: &[u8]) {
    let _ = padata::PaData::list(data).map(Iterator::count);
    let _ = padata::EtypeInfo::list(data).map(Iterator::count);
    let _ = (
        padata::timestamp_etype(data),
        padata::fast_armor(data),
        padata::pac_request(data),
    );
    let _ = (
        padata::ForUser::plain(data),
        padata::ForUser::x509(data),
        padata::pac_options(data),
    );
    let _ = (
        padata::supported_enctypes(data),
        padata::key_list(data).map(Iterator::count),
    );
    let _ = (
        pkinit::request(data),
        pkinit::reply(data),
        pkinit::Presented::read(data),
    );
    let edata = EData::read(data);
    assert!(edata.methods().count() + edata.typed().count() + edata.etype_info().count() <= 3 * data.len());
    let _ = Keys::read(data.to_vec());
}

/// A message that rasn-ldap reads is no damage here; a filter has as many parts in its text as in their tree, and whatever is in it,
/// every bracket of its text that opens closes.
pub(crate) fn ldap(data: &[u8]) {
    let said = ldap_up(data);
    let text = filter_of(&said).unwrap_or_default();
    let whole = !text.contains('…');
    if whole {
        assert_eq!(text.matches('(').count(), text.matches(')').count(), "{text}");
    }
    rusticata::ldap(data, &said);
    let Ok(theirs) = rasn::ber::decode::<ldap::LdapMessage>(data) else {
        return;
    };
    let ldap::ProtocolOp::SearchRequest(search) = &theirs.protocol_op else {
        return;
    };
    let Ok(again) = rasn::ber::encode(&theirs) else { return };
    // Only what is written the way that rasn writes it: it is laxer than LDAP's subset of BER.
    if again == data && !said.messages.is_empty() && said.malformed.is_empty() && whole {
        assert_eq!(text.matches('(').count(), parts(&search.filter), "{text}");
    }
}

/// The text of the filter in the first message.
fn filter_of(said: &Said) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(said.messages.first()?).ok()?;
    Some(line.get("filter")?.as_str()?.to_owned())
}

fn ldap_up(data: &[u8]) -> Said {
    let pieces = [(capture::Direction::Up, data)];
    read::conversation(&parsers::ldap::LDAP, &script::encode(false, pieces))
}

fn parts(filter: &ldap::Filter) -> usize {
    match filter {
        ldap::Filter::And(filters) | ldap::Filter::Or(filters) => {
            1 + filters.to_vec().into_iter().map(parts).sum::<usize>()
        }
        ldap::Filter::Not(filter) => 1 + parts(filter),
        _ => 1,
    }
}

/// A search whose filter is `data`.
pub(crate) fn filter(data: &[u8]) {
    let body = [
        &[4, 0, 0x0a, 1, 2, 0x0a, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0][..],
        data,
        &[0x30, 0],
    ]
    .concat();
    let search = tlv(0x63, &body);
    ldap(&tlv(0x30, &[&[2, 1, 1][..], &search].concat()));
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let mut bytes = vec![tag];
    match length {
        0..=0x7f => bytes.push(length as u8),
        0x80..=0xff => bytes.extend([0x81, length as u8]),
        _ => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend(value);
    bytes
}

/// A token and the mechanism's inside it; tokens in turn as an exchange has them, by the HTTP that carries them.
pub(crate) fn gss(data: &[u8]) {
    let _ = gss::wire::token(data);
    let _ = gss::wire::mech(data);
    let text = base64_of(data);
    let get = [
        b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Negotiate ",
        text.as_slice(),
        b"\r\n\r\n",
    ]
    .concat();
    let refused = [
        b"HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: Negotiate ",
        text.as_slice(),
        b"\r\n\r\n",
    ]
    .concat();
    let pieces = [
        (capture::Direction::Up, get.as_slice()),
        (capture::Direction::Down, refused.as_slice()),
    ];
    read::conversation(&parsers::http::REGISTRATION, &script::encode(false, pieces));
}

/// A message reads the same when bytes that nothing points at follow it.
pub(crate) fn ntlm(data: &[u8]) {
    let alone = format!(
        "{:?}",
        ntlm::wire::token(data, None).map(|token| std::mem::discriminant(&token))
    );
    let longer = [data, &[0; 24]].concat();
    let followed = ntlm::wire::token(&longer, None).map(|token| std::mem::discriminant(&token));
    if !alone.contains("Malformed") {
        assert_eq!(alone, format!("{followed:?}"));
    }
    gss(data);
}

/// What was encoded is decoded to the same bytes.
pub(crate) fn base64(data: &[u8]) {
    assert_eq!(base64::decode(&base64_of(data)).as_deref(), Some(data));
    if let Some(decoded) = base64::decode(data) {
        assert!(decoded.len() <= data.len());
    }
}

/// RFC 4648 §4.
fn base64_of(data: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::new();
    for chunk in data.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| {
            bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0))
        });
        for place in 0..4_usize {
            let letter = LETTERS.get((bits >> (18 - 6 * place)) as usize & 63).copied();
            text.push(letter.filter(|_| place <= chunk.len()).unwrap_or(b'='));
        }
    }
    text
}
