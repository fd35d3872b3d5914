//! `dns_query` and `dns_update`: a question joined with its answer.

use capture::{Direction, Timestamp, Transport};
use compact_str::CompactString;
use domain::base::iana::{Class, Opcode, Rtype};
use domain::base::message::Section;

use super::message;
use super::record::{self, MAX_RECORDS};
use super::security::Signature;
use super::transfer::Transfer;
use super::wire::{self, Packet, Question};
use crate::activity::{Activity, Kind, Outcome, Status};
use crate::context::Context;
use crate::fields::{Fields, Value};
use crate::protocol::ProtocolId;

/// NXDOMAIN.
const NAME_ERROR: u8 = 3;

/// That a name does not exist is an answer to a query (RFC 2308 §2.1), though a refusal of an update.
fn outcome(kind: Kind, code: u8) -> Outcome {
    match (kind, code) {
        (_, 0) | (Kind::DnsQuery, NAME_ERROR) => Outcome::Success,
        _ => Outcome::Failure,
    }
}

/// A query or update, from the moment it was asked.
pub(super) struct Asked {
    protocol: ProtocolId,
    time: Timestamp,
    direction: Direction,
    /// Name and type of the question; an update's zone. Some refusals repeat none.
    question: Option<(CompactString, Rtype)>,
    what: What,
}

enum What {
    Query,
    /// AXFR or IXFR: goes on over several answers.
    Transfer(Transfer),
    Update(Box<Update>),
}

/// What an update asks for.
#[derive(Default)]
struct Update {
    prerequisites: Vec<Value>,
    added: Vec<Value>,
    deleted: Vec<Value>,
    signature: Option<Signature>,
}

impl Asked {
    /// What `packet` asks, or, for an answer, repeats of it.
    pub(super) fn new(
        protocol: ProtocolId,
        packet: &Packet<'_>,
        question: Option<&Question<'_>>,
        context: &mut Context<'_>,
    ) -> Self {
        let qtype = question.map(|question| question.qtype);
        Self {
            protocol,
            time: context.time,
            direction: match packet.is_response() {
                true => context.direction.reverse(),
                false => context.direction,
            },
            question: question.map(|question| (wire::name(&question.name), question.qtype)),
            what: match (packet.opcode(), qtype) {
                (Opcode::UPDATE, _) => What::Update(Box::new(Update::new(packet, context))),
                (_, Some(Rtype::AXFR | Rtype::IXFR)) => What::Transfer(Transfer::default()),
                _ => What::Query,
            },
        }
    }

    /// Whether `other` is the same question again.
    pub(super) fn asks_the_same(&self, other: &Self) -> bool {
        self.question == other.question && std::mem::discriminant(&self.what) == std::mem::discriminant(&other.what)
    }

    /// Whether the answer that repeats `question` is one to this: the same in any case, or none at all.
    pub(super) fn is_answered_by(&self, question: Option<&Question<'_>>) -> bool {
        match (&self.question, question) {
            (Some((name, qtype)), Some(question)) => *qtype == question.qtype && wire::reads(&question.name, name),
            _ => true,
        }
    }

    /// Whether more answers follow this one, as they do in a transfer over a stream.
    pub(super) fn continues(&mut self, packet: &Packet<'_>, total: u64, context: &Context<'_>) -> bool {
        match &mut self.what {
            What::Transfer(transfer) => !transfer.add(packet, total) && context.flow.transport == Transport::Tcp,
            _ => false,
        }
    }

    /// The answer is there.
    pub(super) fn answered(self, packet: &Packet<'_>, context: &mut Context<'_>) {
        let mut activity = self.activity(Some(packet), context);
        activity.answered(context.time);
        context.emit(activity);
    }

    /// An answer whose question was not seen: all there is to say.
    pub(super) fn unasked(mut self, packet: &Packet<'_>, total: u64, context: &mut Context<'_>) {
        self.continues(packet, total, context);
        let activity = self.activity(Some(packet), context);
        context.emit(activity);
    }

    /// An answer that nobody need have asked for: what it is about, its first record says.
    pub(super) fn announced(mut self, packet: &Packet<'_>, context: &mut Context<'_>) {
        let mut records = packet.answers().into_iter().flatten();
        self.question = match records.next() {
            Some(Ok(record)) => Some((wire::name(&record.owner()), record.rtype())),
            _ => None,
        };
        let activity = self.activity(Some(packet), context);
        context.emit(activity);
    }

    /// No answer came.
    pub(super) fn unanswered(self, context: &mut Context<'_>) {
        let activity = self.activity(None, context);
        context.emit(activity);
    }

    fn activity(self, answer: Option<&Packet<'_>>, context: &mut Context<'_>) -> Box<Activity> {
        let kind = match self.what {
            What::Update(_) => Kind::DnsUpdate,
            What::Query | What::Transfer(_) => Kind::DnsQuery,
        };
        let mut activity = context.activity(kind, self.protocol);
        activity.time = self.time;
        if self.direction == Direction::Down {
            std::mem::swap(&mut activity.client, &mut activity.server);
        }
        let code = answer.map(Packet::rcode).or_else(|| self.what.seen_so_far());
        if let Some(code) = code {
            activity.status = Some(Status::new(i64::from(code), message::rcode_name(code)));
            activity.conclude(outcome(activity.kind, code));
        }
        match self.what {
            What::Update(update) => update.write(self.question, answer, &mut activity),
            what => query(&what, self.question, answer, &mut activity, context),
        }
        if let Some(code) = code {
            message::rcode(code, &mut activity.details);
        }
        activity
    }
}

impl What {
    /// A transfer of which a part arrived is one that was granted, whatever came of the rest.
    fn seen_so_far(&self) -> Option<u8> {
        match self {
            Self::Transfer(transfer) if transfer.records > 0 => Some(0),
            _ => None,
        }
    }
}

/// Writes what a `dns_query` says.
fn query(
    what: &What,
    question: Option<(CompactString, Rtype)>,
    answer: Option<&Packet<'_>>,
    activity: &mut Activity,
    context: &mut Context<'_>,
) {
    activity.action_type = Some("DNS query");
    activity.details = Fields::sized(8);
    let details = &mut activity.details;
    if let Some((name, qtype)) = question {
        activity.observed.host = Some(name.clone()).filter(|name| !name.is_empty());
        details.set("qname", name);
        details.set("qtype", qtype.to_int());
        details.set_some("qtype_name", qtype.to_mnemonic_str());
    }
    match (what, answer) {
        (What::Transfer(transfer), _) => {
            details.set("records", transfer.records);
            details.set("bytes", transfer.bytes);
        }
        (_, Some(packet)) => details.list("answers", answers(packet, context)),
        _ => {}
    }
    details.flag("truncated", answer.is_some_and(Packet::is_truncated));
}

/// The answers, in the order of their text: servers rotate them, and what is otherwise the same shall fold.
fn answers(packet: &Packet<'_>, context: &mut Context<'_>) -> Vec<Value> {
    let Ok(section) = packet.answers() else {
        return Vec::new();
    };
    let mut records: Vec<_> = section
        .map_while(Result::ok)
        .filter(|record| record.rtype() != Rtype::TKEY)
        .take(MAX_RECORDS)
        .map(|record| record::answer(&record))
        .collect();
    if usize::from(packet.counts()[1]) > MAX_RECORDS {
        context.limit("dns.records");
    }
    records.sort_by(|one, other| one.get_text("data").cmp(&other.get_text("data")));
    records.into_iter().map(Value::Map).collect()
}

impl Update {
    fn new(packet: &Packet<'_>, context: &mut Context<'_>) -> Self {
        let mut update = Self {
            signature: Signature::of(packet),
            ..Self::default()
        };
        if packet
            .counts()
            .iter()
            .skip(1)
            .any(|count| usize::from(*count) > MAX_RECORDS)
        {
            context.limit("dns.records");
        }
        for (section, record) in packet.records() {
            let list = match (section, record.class()) {
                (Section::Answer, _) => &mut update.prerequisites,
                (Section::Authority, Class::NONE | Class::ANY) => &mut update.deleted,
                (Section::Authority, _) => &mut update.added,
                (Section::Additional, _) => continue,
            };
            if list.len() < MAX_RECORDS {
                list.push(Value::Map(record::updated(&record, section)));
            }
        }
        update
    }

    /// Writes what a `dns_update` says.
    fn write(self, question: Option<(CompactString, Rtype)>, answer: Option<&Packet<'_>>, activity: &mut Activity) {
        let host = [&self.added, &self.deleted]
            .into_iter()
            .flatten()
            .find_map(|record| match record {
                Value::Map(fields) => fields.get_text("name"),
                _ => None,
            });
        activity.observed.host = host.map(CompactString::new);
        let details = &mut activity.details;
        details.set_some("zone", question.map(|(name, _)| name));
        details.list("prerequisites", self.prerequisites);
        details.list("added", self.added);
        details.list("deleted", self.deleted);
        if let Some(signature) = &self.signature {
            signature.write(details);
        }
        if let Some(signature) = answer.and_then(Signature::of) {
            signature.write_error(details);
        }
    }
}
