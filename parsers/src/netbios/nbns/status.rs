//! A node's table of names, for whoever asked for it (RFC 1002 §4.2.18).

use compact_str::CompactString;

use super::wire::{Message, NBSTAT};
use crate::netbios::name::is_group;
use crate::reader::Malformed;

/// ACT: the name is in use; DRG and CNF: it is being given up, or is somebody else's (RFC 1002 §4.2.18).
const ACTIVE: u16 = 0x0400;
const DEREGISTERED_OR_IN_CONFLICT: u16 = 0x1800;

/// A NODE STATUS RESPONSE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStatus {
    /// NAME_TRN_ID: that of the request.
    pub id: u16,
    /// The names that the node holds, in its order; at most 255.
    pub names: Vec<NodeName>,
}

/// A name of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeName {
    /// Without its padding; in the node's OEM code page, of which what is no ASCII stays visible.
    pub text: CompactString,
    /// What service it is: 0x00 the workstation's or the domain's, 0x20 the file server's.
    pub suffix: u8,
    /// Shared by several nodes: a domain's or a workgroup's.
    pub group: bool,
}

impl NodeStatus {
    /// Reads the datagram.
    ///
    /// # Errors
    /// It is no answer of this kind, or its table is cut short.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let message = Message::parse(bytes)?;
        if !message.is_response() {
            return Err(Malformed("no response"));
        }
        let record = message.records.iter().find(|record| record.rtype == NBSTAT);
        let table = record.and_then(super::wire::Record::table);
        let table = table.ok_or(Malformed(message.broken.unwrap_or("node status")))?;
        let held = table
            .names()
            .filter(|(_, flags)| flags & ACTIVE != 0 && flags & DEREGISTERED_OR_IN_CONFLICT == 0);
        let names = held.map(|(name, flags)| NodeName {
            text: name.text,
            suffix: name.suffix,
            group: is_group(flags),
        });
        Ok(Self {
            id: message.id,
            names: names.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unhex;

    #[test]
    fn names_that_are_not_held_do_not_count() {
        let mut bytes = unhex(
            "1423 8400 0000 0001 0000 0000 20 434b414141414141414141414141414141414141414141414141414141414141 00 0021 0001 00000000 0037 03",
        );
        for (name, suffix, flags) in [("WS01", 0, 0x0400_u16), ("WS02", 0, 0x0c00), ("LAB", 0, 0x8400)] {
            bytes.extend_from_slice(format!("{name:15}").as_bytes());
            bytes.push(suffix);
            bytes.extend_from_slice(&flags.to_be_bytes());
        }
        let status = NodeStatus::read(&bytes).unwrap();
        let told: Vec<_> = status
            .names
            .iter()
            .map(|name| (name.text.as_str(), name.group))
            .collect();
        assert_eq!((status.id, told), (0x1423, vec![("WS01", false), ("LAB", true)]));
        assert!(NodeStatus::read(&bytes[..bytes.len() - 1]).is_err());
        bytes[2] = 0;
        assert_eq!(NodeStatus::read(&bytes), Err(Malformed("no response")));
    }
}
