//! The fields of a DNS message.

use domain::base::iana::{Opcode, Rcode, Rtype};
use domain::base::message::Section;

use super::record::{self, MAX_RECORDS};
use super::security::{self, Signature};
use super::wire::{self, Packet};
use crate::fields::{Fields, Value};
use crate::reader::Malformed;

/// Most questions of a message that are told one by one.
const MAX_QUESTIONS: usize = 16;

/// The message's name.
pub(super) fn name(packet: &Packet<'_>) -> &'static str {
    match (packet.opcode(), packet.is_response()) {
        (Opcode::NOTIFY, _) => "notify",
        (Opcode::UPDATE, true) => "update_response",
        (Opcode::UPDATE, false) => "update",
        (_, true) => "response",
        (_, false) => "query",
    }
}

/// Writes what the message says.
pub(super) fn write(packet: &Packet<'_>, fields: &mut Fields) {
    fields.set("id", packet.id());
    if packet.opcode() != Opcode::QUERY {
        fields.set("opcode", packet.opcode().to_int());
        fields.set_some("opcode_name", packet.opcode().to_mnemonic_str());
    }
    if packet.opcode() == Opcode::NOTIFY {
        fields.flag("response", packet.is_response());
    }
    fields.list("flags", packet.flags());
    questions(packet, fields);
    if let Err(Malformed(what)) = packet.question() {
        fields.set("malformed", what);
    }
    if packet.is_response() {
        rcode(packet.rcode(), fields);
    }
    for (name, section) in SECTIONS {
        fields.list(name, records(packet, section));
    }
    secured(packet, fields);
}

const SECTIONS: [(&str, Section); 3] = [
    ("answers", Section::Answer),
    ("authorities", Section::Authority),
    ("additionals", Section::Additional),
];

/// Writes `rcode` and its name (IANA DNS RCODEs).
pub(super) fn rcode(code: u8, fields: &mut Fields) {
    fields.set("rcode", code);
    fields.set_some("rcode_name", rcode_name(code));
}

/// The name of a response code.
pub(super) fn rcode_name(code: u8) -> Option<&'static str> {
    Rcode::checked_from_int(code).and_then(Rcode::to_mnemonic_str)
}

/// The first question by itself; where there are several, each of them too.
fn questions(packet: &Packet<'_>, fields: &mut Fields) {
    let mut questions = packet.questions();
    if let Some(question) = questions.next() {
        question_fields(&question, fields);
    }
    fields.list(
        "more_questions",
        questions.take(MAX_QUESTIONS).map(|question| {
            let mut fields = Fields::sized(3);
            question_fields(&question, &mut fields);
            fields
        }),
    );
}

fn question_fields(question: &wire::Question<'_>, fields: &mut Fields) {
    match wire::readable(&question.name) {
        Some(readable) => {
            fields.set("qname", readable);
            fields.set("qname_escaped", wire::name(&question.name));
        }
        None => fields.set("qname", wire::name(&question.name)),
    }
    fields.set("qtype", question.qtype.to_int());
    fields.set_some("qtype_name", question.qtype.to_mnemonic_str());
}

fn records(packet: &Packet<'_>, section: Section) -> Vec<Value> {
    packet
        .records()
        .filter(|(at, record)| *at == section && !matches!(record.rtype(), Rtype::OPT | Rtype::TSIG | Rtype::TKEY))
        .take(MAX_RECORDS)
        .map(|(_, record)| Value::Map(record::whole(&record)))
        .collect()
}

fn secured(packet: &Packet<'_>, fields: &mut Fields) {
    security::write_tkey(packet, fields);
    if let Some(signature) = Signature::of(packet) {
        signature.write(fields);
        signature.write_error(fields);
    }
}
