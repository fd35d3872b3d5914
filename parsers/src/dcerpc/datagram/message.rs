//! The fields of a connectionless PDU.

use super::wire::{Header, Ptype, Window, flags};
use crate::context::Context;
use crate::dcerpc::activity::{operation, protected};
use crate::dcerpc::names;
use crate::dcerpc::uuid::Uuid;
use crate::fields::Fields;
use crate::protocol::ProtocolId;

/// Says the PDU; `status` is that of a fault or rejection.
pub(super) fn write(header: &Header, datagram: &[u8], status: Option<u32>, context: &mut Context<'_>) {
    context.message(ProtocolId::Dcerpc, header.ptype.name(), |fields| {
        call(header, fields);
        semantics(header, fields);
        if let Some(code) = status {
            fields.set("fault_status", code);
            fields.set_some("fault_status_name", names::fault(code));
        }
        if let Ptype::Fack | Ptype::NoCall = header.ptype
            && let Ok(window) = Window::parse(header.order, header.body(datagram))
        {
            acknowledged(window, fields);
        }
        if let Some(protection) = header.protection(datagram) {
            protected(protection, fields);
        }
    });
}

fn call(header: &Header, fields: &mut Fields) {
    fields.set("activity_id", header.activity.text());
    fields.set("sequence_number", header.sequence);
    fields.set("serial_number", header.serial);
    if header.flags & flags::FRAGMENT != 0 {
        fields.set("fragment_number", header.fragment);
        fields.flag("last_fragment", header.ends());
    }
    let (interface, opnum) = header.operation();
    operation(Some(interface), Some(opnum), fields);
    let object = Some(header.object).filter(|object| !object.is_nil());
    fields.set_some("object", object.map(Uuid::text));
    fields.set_some("server_boot", Some(header.boot).filter(|boot| *boot != 0));
    if let Ptype::Request | Ptype::Response = header.ptype {
        fields.set("stub_size", header.length);
    }
}

fn semantics(header: &Header, fields: &mut Fields) {
    fields.flag("broadcast", header.flags & flags::BROADCAST != 0);
    fields.flag("idempotent", header.flags & flags::IDEMPOTENT != 0);
    fields.flag("maybe", header.flags & flags::MAYBE != 0);
    fields.flag("no_fack", header.flags & flags::NO_FACK != 0);
    fields.flag("cancel_pending", header.flags2 & flags::CANCEL_PENDING != 0);
}

fn acknowledged(window: Window, fields: &mut Fields) {
    fields.set("window_size", window.size);
    fields.set("max_tsdu", window.max_tsdu);
    fields.set("max_fragment", window.max_fragment);
    fields.set("acknowledged_serial", window.serial);
}
