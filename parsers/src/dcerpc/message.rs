//! The fields of an RPC PDU.

use super::activity::{operation, protected};
use super::interfaces::Interface;
use super::names;
use super::rts;
use super::uuid::Uuid;
use super::wire::{Bind, BindAck, Header, Offer, Ptype, Request, Rts, SecureChannel, Syntax, Terms, Trailer, Verdict};
use crate::context::Context;
use crate::fields::{Fields, Value};
use crate::protocol::ProtocolId;
use crate::text;

/// Most presentation contexts of a PDU that are told one by one.
const MAX_CONTEXTS: usize = 32;

/// What a PDU says beside its header and trailer.
pub(super) enum Said<'a> {
    /// `bind`, `alter_context`.
    Bind(&'a Bind<'a>),
    /// `bind_ack`, `alter_context_resp`.
    BindAck(&'a BindAck<'a>),
    /// `bind_nak` and its reason.
    BindNak(u16),
    /// `request` on an interface, and the octets of its stub.
    Request(&'a Request, Option<Interface>, u64),
    /// `response` or `fault`.
    Answer {
        /// Operation and interface of the request.
        asked: Option<(u16, Interface)>,
        /// The interface of the answer's own context.
        interface: Option<Interface>,
        /// A fault's status.
        fault: Option<u32>,
    },
    /// What sets up, recycles or throttles a channel.
    Rts(&'a Rts<'a>),
    /// A PDU without a body of its own.
    Nothing,
}

/// Says the PDU.
pub(super) fn write(header: &Header, said: &Said<'_>, trailer: Option<&Trailer<'_>>, context: &mut Context<'_>) {
    context.message(ProtocolId::Dcerpc, header.ptype.name(), |fields| {
        fields.set("call_id", header.call_id);
        if let Some(fragment) = fragment(header) {
            fields.set("fragment", fragment);
        }
        body(said, fields);
        if let Some(trailer) = trailer {
            protected(trailer.into(), fields);
            fields.set("auth_context_id", trailer.context_id);
            secure_channel(header, trailer, fields);
        }
    });
}

/// Which part of its message it is, where that is cut into several.
const fn fragment(header: &Header) -> Option<&'static str> {
    match (header.ptype, header.ends()) {
        (Ptype::Request | Ptype::Response, (true, false)) => Some("first"),
        (Ptype::Request | Ptype::Response, (false, false)) => Some("middle"),
        (Ptype::Request | Ptype::Response, (false, true)) => Some("last"),
        _ => None,
    }
}

fn body(said: &Said<'_>, fields: &mut Fields) {
    match said {
        Said::Bind(bind) => {
            if let Some(offer) = bind.offers().next() {
                Interface::of(offer.interface).write(fields);
            }
            fields.list("contexts", bind.offers().take(MAX_CONTEXTS).map(offered));
            terms(bind.terms, fields);
        }
        Said::BindAck(ack) => {
            fields.text("secondary_address", text::bytes(ack.address));
            fields.list("results", ack.results().take(MAX_CONTEXTS).map(judged));
            terms(ack.terms, fields);
        }
        Said::BindNak(reason) => {
            fields.set("reject_reason", *reason);
            fields.set_some("reject_reason_name", names::reject(*reason));
        }
        Said::Request(request, interface, stub) => {
            operation(*interface, Some(request.opnum), fields);
            fields.set("context_id", request.context_id);
            fields.set_some("object", request.object.map(Uuid::text));
            fields.set("stub_size", *stub);
        }
        Said::Answer {
            asked,
            interface,
            fault,
        } => {
            operation(
                asked.map(|(_, asked)| asked).or(*interface),
                asked.map(|(opnum, _)| opnum),
                fields,
            );
            if let Some(code) = *fault {
                fields.set("fault_status", code);
                fields.set_some("fault_status_name", names::fault(code));
            }
        }
        Said::Rts(rts) => rts::write(rts, fields),
        Said::Nothing => {}
    }
}

fn terms(terms: Terms, fields: &mut Fields) {
    fields.set("max_transmit", terms.max_transmit);
    fields.set("max_receive", terms.max_receive);
    fields.set("association_group", terms.group);
}

fn offered(offer: Offer<'_>) -> Fields {
    let mut fields = Fields::sized(5);
    fields.set("context_id", offer.id);
    Interface::of(offer.interface).write(&mut fields);
    fields.list("transfer_syntaxes", offer.transfers().map(transfer_syntax));
    fields
}

fn judged(verdict: Verdict) -> Fields {
    let mut fields = Fields::sized(5);
    fields.set("result", verdict.result);
    fields.set_some("result_name", names::result(verdict.result));
    match verdict.result {
        0 => fields.set("transfer_syntax", transfer_syntax(verdict.transfer)),
        1 | 2 => {
            fields.set("reason", verdict.reason);
            fields.set_some("reason_name", names::reason(verdict.reason));
        }
        // The reason holds the features that the server agrees to ([MS-RPCE] 2.2.2.4).
        _ => fields.set("features", verdict.reason),
    }
    fields
}

/// By name, else by UUID.
fn transfer_syntax(syntax: Syntax) -> Value {
    match names::transfer_syntax(syntax) {
        Some(name) => Value::Name(name),
        None => Value::Text(syntax.uuid.text()),
    }
}

/// Whose secure channel a `bind` asks for.
fn secure_channel(header: &Header, trailer: &Trailer<'_>, fields: &mut Fields) {
    if !matches!(header.ptype, Ptype::Bind | Ptype::AlterContext) || trailer.kind != 68 {
        return;
    }
    if let Ok(channel) = SecureChannel::parse(trailer.token) {
        fields.set_some("domain", channel.domain.map(text::bytes));
        fields.set_some("workstation", channel.computer.map(text::bytes));
    }
}
