//! DNS messages held against simple-dns: what both read, both read alike.
//!
//! simple-dns refuses a whole message for any record it cannot read, and names of more than 255 octets; adtap tells the records in
//! front of the first that is broken. So a message that simple-dns refuses is not compared. Names are, where they are printed as they stand.

use capture::Direction;
use serde_json::Value;
use simple_dns::rdata::RData;
use simple_dns::{Name, OPCODE, Packet, PacketFlag, QTYPE, ResourceRecord};

use crate::{read, script};

/// Most that adtap tells of a section, one by one.
const MAX_RECORDS: usize = 64;

/// Number, flags, question and records of a datagram.
pub(crate) fn message(data: &[u8]) {
    let pieces = [(Direction::Up, data)];
    let said = read::conversation(&parsers::dns::DNS, &script::encode(true, pieces));
    let Some(ours) = said.messages.first() else { return };
    let ours: Value = serde_json::from_str(ours).unwrap_or_default();
    let Ok(theirs) = Packet::parse(data) else { return };
    assert!(
        ours.get("malformed").is_none(),
        "a message that simple-dns reads: {ours}"
    );
    let told = |field: &str| ours.get(field).unwrap_or(&Value::Null);
    assert_eq!(told("id").as_u64(), Some(theirs.id().into()), "id");
    assert_eq!(
        told("rcode").is_null(),
        !theirs.has_flags(PacketFlag::RESPONSE),
        "a response has its code"
    );
    assert_eq!(flags(told("flags")), set(&theirs), "flags");
    if theirs.opcode() == OPCODE::StandardQuery {
        assert!(told("opcode").is_null(), "a query is what needs no word");
    }
    if let Some(question) = theirs.questions.first() {
        same_name(told("qname"), &question.qname);
        if let QTYPE::TYPE(qtype) = question.qtype {
            assert_eq!(told("qtype").as_u64(), Some(u16::from(qtype).into()), "qtype");
        }
    }
    same_records(told("answers"), &theirs.answers);
    same_records(told("authorities"), &theirs.name_servers);
    same_records(told("additionals"), &theirs.additional_records);
}

fn flags(told: &Value) -> Vec<&str> {
    told.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn set(theirs: &Packet<'_>) -> Vec<&'static str> {
    let flags = [
        ("aa", PacketFlag::AUTHORITATIVE_ANSWER),
        ("tc", PacketFlag::TRUNCATION),
        ("rd", PacketFlag::RECURSION_DESIRED),
        ("ra", PacketFlag::RECURSION_AVAILABLE),
        ("ad", PacketFlag::AUTHENTIC_DATA),
        ("cd", PacketFlag::CHECKING_DISABLED),
    ];
    flags
        .into_iter()
        .filter(|(_, flag)| theirs.has_flags(*flag))
        .map(|(name, _)| name)
        .collect()
}

/// OPT, TSIG and TKEY are told apart.
fn same_records(ours: &Value, theirs: &[ResourceRecord<'_>]) {
    let apart = |record: &&ResourceRecord<'_>| !matches!(u16::from(record.rdata.type_code()), 41 | 249 | 250);
    let theirs: Vec<_> = theirs.iter().filter(apart).take(MAX_RECORDS).collect();
    let ours = ours.as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(ours.len(), theirs.len(), "records: {ours:?}, {theirs:?}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        same_record(ours, theirs);
    }
}

/// simple-dns takes data that is longer than its type has it, of which adtap tells nothing.
fn same_record(ours: &Value, theirs: &ResourceRecord<'_>) {
    let told = |field: &str| ours.get(field).unwrap_or(&Value::Null);
    same_name(told("name"), &theirs.name);
    assert_eq!(told("ttl").as_u64(), Some(theirs.ttl.into()), "ttl");
    let data = told("data");
    if data.is_null() {
        return;
    }
    match &theirs.rdata {
        RData::A(address) => assert_eq!(
            data.as_str(),
            Some(&*std::net::Ipv4Addr::from(address.address).to_string())
        ),
        RData::AAAA(address) => assert_eq!(
            data.as_str(),
            Some(&*std::net::Ipv6Addr::from(address.address).to_string())
        ),
        RData::CNAME(name) => same_name(data, &name.0),
        RData::NS(name) => same_name(data, &name.0),
        RData::PTR(name) => same_name(data, &name.0),
        RData::SRV(service) => {
            let mut words = data.as_str().unwrap_or_default().splitn(4, ' ');
            let mut number = || words.next().and_then(|word| word.parse::<u16>().ok());
            let numbers = [number(), number(), number()];
            assert_eq!(
                numbers,
                [service.priority, service.weight, service.port].map(Some),
                "SRV"
            );
            same_name(&Value::from(words.next().unwrap_or_default()), &service.target);
        }
        _ => {}
    }
}

/// A label whose octets need an escape, in either's way of writing, is not compared.
fn same_name(ours: &Value, theirs: &Name<'_>) {
    let labels: Vec<&[u8]> = theirs.get_labels().iter().map(AsRef::as_ref).collect();
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    if labels.iter().all(|label| label.iter().all(plain)) {
        let text = labels.join(&b"."[..]);
        assert_eq!(ours.as_str().unwrap_or_default().as_bytes(), text, "name"); // the root is no text
    }
}
