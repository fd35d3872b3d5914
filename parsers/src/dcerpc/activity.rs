//! A request joined with its response or fault: an `rpc_call`, or whatever kind its operation is of.

use capture::{Timestamp, Transport};

use super::auth::{Protection, Security};
use super::interfaces::Interface;
use super::names;
use super::objects::Peers;
use super::stubs::{MAX_STUB, Reading};
use super::uuid::Uuid;
use super::wire::{PRIVACY, Request};
use crate::activity::{Activity, Kind, Outcome, Status};
use crate::context::Context;
use crate::fields::Fields;
use crate::protocol::ProtocolId;

/// A call from its first fragment on.
#[derive(Debug)]
pub(super) struct Call {
    time: Timestamp,
    /// The request was seen.
    asked: bool,
    pub(super) interface: Option<Interface>,
    pub(super) opnum: Option<u16>,
    object: Option<Uuid>,
    pub(super) protection: Option<Protection>,
    /// Octets of the request's stub, of all its fragments.
    pub(super) stub_size: u64,
    /// What its stubs say, where somebody reads them.
    pub(super) reading: Option<Box<Reading>>,
}

impl Call {
    /// The first fragment of a request.
    pub(super) fn asked(
        request: &Request,
        interface: Option<Interface>,
        protection: Option<Protection>,
        stub_size: u64,
        context: &Context<'_>,
    ) -> Self {
        Self {
            time: context.time,
            asked: true,
            interface,
            opnum: Some(request.opnum),
            object: request.object,
            protection,
            stub_size,
            reading: None,
        }
    }

    /// Octets of its request that somebody reads.
    pub(super) fn read_size(&self) -> u64 {
        let read = self.reading.is_some();
        if read { self.stub_size.min(MAX_STUB as u64) } else { 0 }
    }

    /// An answer whose request was not seen.
    pub(super) fn unasked(interface: Option<Interface>, protection: Option<Protection>, context: &Context<'_>) -> Self {
        Self {
            time: context.time,
            asked: false,
            interface,
            opnum: None,
            object: None,
            protection,
            stub_size: 0,
            reading: None,
        }
    }

    /// A connectionless request, which names its interface and operation itself; its stub is not counted yet.
    pub(super) fn datagram(
        operation: (Interface, u16),
        object: Option<Uuid>,
        protection: Option<Protection>,
        context: &Context<'_>,
    ) -> Self {
        Self {
            asked: true,
            object,
            ..Self::unasked_datagram(operation, protection, context)
        }
    }

    /// A connectionless answer whose request was not seen: it names the operation too.
    pub(super) fn unasked_datagram(
        (interface, opnum): (Interface, u16),
        protection: Option<Protection>,
        context: &Context<'_>,
    ) -> Self {
        Self {
            opnum: Some(opnum),
            ..Self::unasked(Some(interface), protection, context)
        }
    }

    /// The answer is there in full.
    pub(super) fn answered(self, fault: Option<u32>, security: &Security, context: &mut Context<'_>) {
        let asked = self.asked;
        let (mut activity, result) = self.activity(security, context);
        if asked {
            activity.answered(context.time);
        }
        match (fault, result) {
            (Some(_), _) => activity.conclude(Outcome::Failure),
            (None, Some((outcome, status))) => {
                activity.conclude(outcome);
                activity.status = status;
            }
            (None, None) => activity.conclude(Outcome::Success),
        }
        if let Some(code) = fault {
            activity.status = Some(names::fault_status(code));
            activity.details.set("fault_status", code);
            activity.details.set_some("fault_status_name", names::fault(code));
        }
        context.emit(activity);
    }

    /// No answer came, or none was asked for.
    pub(super) fn unanswered(self, security: &Security, context: &mut Context<'_>) {
        let (activity, _) = self.activity(security, context);
        context.emit(activity);
    }

    /// Whether it changes something by its operation's name: where its stubs are read, their reader knows.
    fn names_a_change(&self) -> bool {
        let named = self.interface.zip(self.opnum);
        self.reading.is_none() && named.is_some_and(|(interface, opnum)| interface.changes(opnum))
    }

    /// The activity, and what its response says came of it: nothing where nobody reads responses.
    fn activity(
        self,
        security: &Security,
        context: &Context<'_>,
    ) -> (Box<Activity>, Option<(Outcome, Option<Status>)>) {
        let mut activity = context.activity(Kind::RpcCall, ProtocolId::Dcerpc);
        activity.time = self.time;
        let details = &mut activity.details;
        operation(self.interface, self.opnum, details);
        details.set_some("object", self.object.map(Uuid::text));
        let pipe = activity.carrier.0.iter().find_map(|layer| layer.strip_prefix("pipe:"));
        match (pipe, context.flow.transport) {
            (Some(pipe), _) => details.set("pipe", compact_str::CompactString::new(pipe)),
            (None, Transport::Tcp | Transport::Udp) => details.set("port", activity.server.port),
        }
        security.proxied.write(details);
        if let Some(protection) = self.protection {
            protected(protection, details);
        }
        if self.asked {
            details.set("stub_size", self.stub_size);
        }
        activity.changes = self.names_a_change();
        let id = self.protection.map(|protection| protection.id);
        let result = self.reading.and_then(|reading| reading.tell(&mut activity));
        if let Some(known) = self
            .object
            .and_then(|object| context.objects().get(Peers::of(context), object))
        {
            activity.details.append(known.details.clone());
        }
        security.identify(id, &mut activity);
        (activity, result)
    }
}

/// Writes the interface and, where it is known, the operation.
pub(super) fn operation(interface: Option<Interface>, opnum: Option<u16>, fields: &mut Fields) {
    if let Some(interface) = interface {
        interface.write(fields);
    }
    fields.set_some("opnum", opnum);
    fields.set_some("operation", interface.and_then(|interface| interface.operation(opnum?)));
}

/// Writes how it is protected, and whether the stub can be read at all.
pub(super) fn protected(protection: Protection, fields: &mut Fields) {
    fields.set("auth_type", protection.kind);
    fields.set_some("auth_type_name", names::auth_type(protection.kind));
    fields.set("auth_level", protection.level);
    fields.set_some("auth_level_name", names::auth_level(protection.level));
    fields.flag("sealed", protection.level == PRIVACY);
}
