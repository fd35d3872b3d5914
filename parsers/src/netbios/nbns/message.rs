//! The fields of a message of the name service.

use super::wire::{Message, NB, NBSTAT};
use crate::fields::{Fields, Value};
use crate::netbios::name;
use crate::text;

/// Writes what the message says.
pub(super) fn write(message: &Message<'_>, fields: &mut Fields) {
    fields.set("id", message.id);
    fields.set("opcode", message.opcode());
    fields.set_some("opcode_name", opcode_name(message.opcode()));
    fields.list("flags", message.flag_names());
    subject(message, fields);
    if message.is_response() {
        fields.set("rcode", message.rcode());
        fields.set_some("rcode_name", rcode_name(message.rcode()));
    }
    fields.set_some("ttl", message.records.first().map(|record| record.ttl));
    answers("answers", message, fields);
}

/// Writes which name it is about, and the type.
pub(super) fn subject(message: &Message<'_>, fields: &mut Fields) {
    let Some((subject, qtype)) = message.subject() else {
        return;
    };
    let group = message
        .records
        .iter()
        .flat_map(|record| record.addresses())
        .any(|(flags, _)| name::is_group(flags));
    subject.write(group, fields);
    fields.set("qtype", qtype);
    fields.set_some("qtype_name", type_name(qtype));
}

/// Writes the addresses in its records under `field`, and a node's table.
pub(super) fn answers(field: &'static str, message: &Message<'_>, fields: &mut Fields) {
    let addresses = message.records.iter().flat_map(|record| record.addresses());
    fields.list(field, addresses.map(|(flags, address)| entry(flags, address)));
    let Some(table) = message.records.iter().find_map(|record| record.table()) else {
        return;
    };
    fields.list("names", table.names().map(|(name, flags)| registered(&name, flags)));
    let unit = table.unit.filter(|unit| *unit != [0; 6]);
    fields.set_some(
        "mac",
        unit.map(|unit| compact_str::format_compact!("{}", capture::Mac(unit))),
    );
}

fn entry(flags: u16, address: [u8; 4]) -> Value {
    let mut fields = Fields::sized(3);
    fields.set("address", text::dotted(address.map(u32::from)));
    fields.flag("group", name::is_group(flags));
    fields.set("node_type", name::node_type(flags));
    Value::Map(fields)
}

fn registered(name: &name::Name, flags: u16) -> Value {
    let mut fields = Fields::sized(6);
    let group = name::is_group(flags);
    name.write(group, &mut fields);
    fields.flag("group", group);
    fields.flag("conflict", flags & 0x0800 != 0);
    fields.flag("deregistering", flags & 0x1000 != 0);
    Value::Map(fields)
}

/// OPCODE (RFC 1002 §4.2.1.1; 15 is Microsoft's, [MS-NBTE] 2.2.2).
pub(super) const fn opcode_name(opcode: u8) -> Option<&'static str> {
    Some(match opcode {
        0 => "query",
        5 => "registration",
        6 => "release",
        7 => "WACK",
        8 | 9 => "refresh",
        15 => "multihomed registration",
        _ => return None,
    })
}

/// RCODE (RFC 1002 §4.2.6, §4.2.11, §4.2.14).
pub(super) const fn rcode_name(rcode: u8) -> Option<&'static str> {
    Some(match rcode {
        0 => "NOERROR",
        1 => "FMT_ERR",
        2 => "SRV_ERR",
        3 => "NAM_ERR",
        4 => "IMP_ERR",
        5 => "RFS_ERR",
        6 => "ACT_ERR",
        7 => "CFT_ERR",
        _ => return None,
    })
}

const fn type_name(qtype: u16) -> Option<&'static str> {
    Some(match qtype {
        0x01 => "A",
        0x02 => "NS",
        0x0a => "NULL",
        NB => "NB",
        NBSTAT => "NBSTAT",
        _ => return None,
    })
}
