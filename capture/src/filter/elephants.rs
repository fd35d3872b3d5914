//! Elephants: stretches of TCP streams that nobody reads, whose segments are cut to their headers in the kernel where `AF_XDP` runs.
//!
//! Which they are only the one who reads the stream can say: the rest of an SMB2 READ or WRITE, the inside of an encrypted message. He says
//! so for one direction of one flow and a range of sequence numbers ([`Key`], [`Stretch`]); a segment is cut if all of its payload is in the
//! range and neither SYN, FIN nor RST is set. So the header behind the stretch is never cut, whatever is late or sent again, and a stretch
//! that is forgotten does no harm: it is for other sequence numbers. The map is a `BPF_MAP_TYPE_LRU_HASH` with [`ENTRIES`] elements.

use std::net::IpAddr;

use super::extended::assembler::{Assembler, Label, Register, Source, When, Width};
use super::extended::load;
use super::program::Size;
use Register::{R0, R1, R2, R3, R6, R7, R8, R9, R10};

/// Elements of the map.
pub const ENTRIES: u32 = 4_096;
/// Bytes of the map's keys.
pub const KEY_BYTES: usize = 40;
/// Bytes of the map's values.
pub const VALUE_BYTES: usize = 8;

/// One direction of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Who sends.
    pub source: (IpAddr, u16),
    /// Who receives.
    pub destination: (IpAddr, u16),
}

impl Key {
    /// The map's key: `source(16) destination(16) source port(2) destination port(2) zero(4)`, network order, IPv4 mapped (RFC 4291 §2.5.5.2).
    #[must_use]
    pub fn bytes(&self) -> [u8; KEY_BYTES] {
        let mut bytes = [0; KEY_BYTES];
        let fields = [
            &octets(self.source.0)[..],
            &octets(self.destination.0),
            &self.source.1.to_be_bytes(),
            &self.destination.1.to_be_bytes(),
        ];
        for (place, byte) in bytes.iter_mut().zip(fields.into_iter().flatten()) {
            *place = *byte;
        }
        bytes
    }
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

/// What is not read: `length` bytes from the sequence number `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first byte's sequence number.
    pub from: u32,
    /// Bytes; at most 2³¹, half of the numbers there are.
    pub length: u32,
}

impl Stretch {
    /// The map's value: `from(4) length(4)`, the host's order.
    #[must_use]
    pub fn bytes(&self) -> [u8; VALUE_BYTES] {
        let mut bytes = [0; VALUE_BYTES];
        let fields = [self.from.to_ne_bytes(), self.length.to_ne_bytes()];
        for (place, byte) in bytes.iter_mut().zip(fields.as_flattened()) {
            *place = *byte;
        }
        bytes
    }

    /// Whether `bytes` of payload from `sequence` on are all in it.
    #[must_use]
    pub const fn holds(&self, sequence: u32, bytes: u32) -> bool {
        let behind = sequence.wrapping_sub(self.from) as u64;
        bytes > 0 && behind + bytes as u64 <= self.length as u64
    }
}

/// `enum bpf_func_id`: map_lookup_elem.
const LOOKUP: i32 = 1;

/// Where in the stack frame the key is.
const KEY: i16 = -(KEY_BYTES as i16);
const DESTINATION: i16 = KEY + 16;
const PORTS: i16 = KEY + 32;

// TCP (RFC 9293 §3.1).
const TCP: i32 = 6;
const FIN_SYN_RST: i32 = 7;

/// Behind the decision to keep the frame: `R0` = where its headers end if the flow's stretch holds its payload, and the function ends; else
/// `keep`. `R9` is where the IP header is.
pub(super) fn compile(asm: &mut Assembler, map: i32, keep: Label) {
    let [v4, tcp] = [(); 2].map(|()| asm.label());
    for at in (0..KEY_BYTES as i16).step_by(8) {
        asm.store_value(Width::Double, R10, KEY + at, 0);
    }
    asm.set_to(R8, R9);
    load(asm, Size::Byte, 0, keep);
    asm.right(R0, 4);
    asm.jump(When::Equal, R0, 4, v4);
    asm.jump(When::Different, R0, 6, keep);
    ipv6(asm, keep);
    asm.go(tcp);
    asm.place(v4);
    ipv4(asm, keep);
    asm.place(tcp);
    segment(asm, keep);
    ask(asm, map, keep);
}

/// RFC 791 §3.1. Leaves `R8` at TCP's header and in `R9` the bytes of the IP payload; fragments are kept.
fn ipv4(asm: &mut Assembler, keep: Label) {
    load(asm, Size::Half, 6, keep);
    asm.jump(When::Any, R0, 0x3fff, keep);
    load(asm, Size::Byte, 9, keep);
    asm.jump(When::Different, R0, TCP, keep);
    load(asm, Size::Half, 2, keep);
    asm.set_to(R9, R0);
    load(asm, Size::Word, 16, keep); // and R2 is good for all before
    let mapped = 0xffff_u32.to_be() as i32;
    for (field, place) in [(12, KEY), (16, DESTINATION)] {
        asm.store_value(Width::Word, R10, place + 8, mapped);
        asm.load(Width::Word, R0, R2, field);
        asm.store(Width::Word, R10, place + 12, R0);
    }
    load(asm, Size::Byte, 0, keep);
    asm.and(R0, 0xf);
    asm.left(R0, 2);
    asm.add(R8, Source::Register(R0));
    asm.subtract(R9, R0);
}

/// RFC 8200 §3; with extension headers the frame is kept.
fn ipv6(asm: &mut Assembler, keep: Label) {
    load(asm, Size::Byte, 6, keep);
    asm.jump(When::Different, R0, TCP, keep);
    load(asm, Size::Half, 4, keep);
    asm.set_to(R9, R0);
    load(asm, Size::Word, 36, keep);
    for word in 0..8 {
        asm.load(Width::Word, R0, R2, 8 + word * 4);
        asm.store(Width::Word, R10, KEY + word * 4, R0);
    }
    asm.add(R8, Source::Value(40));
}

/// Leaves the sequence number in `R6`, the bytes of payload in `R7`, in `R8` where the headers end.
fn segment(asm: &mut Assembler, keep: Label) {
    load(asm, Size::Byte, 13, keep);
    asm.jump(When::Any, R0, FIN_SYN_RST, keep);
    load(asm, Size::Word, 16, keep);
    asm.load(Width::Word, R0, R2, 0);
    asm.store(Width::Word, R10, PORTS, R0);
    asm.load(Width::Word, R3, R2, 4);
    asm.as_number(R3, Width::Word);
    asm.load(Width::Byte, R0, R2, 12);
    asm.right(R0, 4);
    asm.left(R0, 2);
    let plausible = asm.label();
    asm.jump(When::AtLeast, R0, 20, plausible);
    asm.go(keep);
    asm.place(plausible);
    asm.add(R8, Source::Register(R0));
    asm.set_to(R6, R3);
    asm.set_to(R7, R9);
    asm.subtract(R7, R0);
}

/// Asks the map, and decides.
fn ask(asm: &mut Assembler, map: i32, keep: Label) {
    asm.map(R1, map);
    asm.set_to(R2, R10);
    asm.add(R2, Source::Value(KEY.into()));
    asm.call(LOOKUP);
    asm.jump_double(When::Equal, R0, 0, keep);
    asm.load(Width::Word, R1, R0, 0);
    asm.load(Width::Word, R2, R0, 4);
    asm.subtract_word(R6, R1);
    // No payload, or a length that cannot be: as a number without sign it is too large.
    asm.jump_double(When::Equal, R7, 0, keep);
    asm.compare(When::Greater, R7, R2, keep);
    asm.add(R6, Source::Register(R7));
    asm.compare(When::Greater, R6, R2, keep);
    asm.set_to(R0, R8);
    asm.exit();
}

#[cfg(test)]
mod tests;
