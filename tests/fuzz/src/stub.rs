//! The stubs of one DCE/RPC interface: calls of its operations with arbitrary arguments, on a connection bound to it.

use capture::Direction;

use crate::script;

/// Transfer syntaxes as a bind names them: NDR 2.0, NDR64 1.0.
const NDR20: [u8; 20] = *b"\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\x00\x2b\x10\x48\x60\x02\0\0\0";
const NDR64: [u8; 20] = *b"\x33\x05\x71\x71\xba\xbe\x37\x49\x83\x19\xb5\xdb\xef\x9c\xcc\x36\x01\0\0\0";

/// The conversation that `wide(1) { operation(1) length(2) bytes(length) }*` stands for: requests and responses in turn.
pub(crate) fn calls(interface: u128, opnums: &[u16], data: &[u8]) -> Vec<u8> {
    let (wide, mut rest) = data.split_first().map_or((0, data), |(first, rest)| (first & 1, rest));
    let syntax = if wide == 1 { NDR64 } else { NDR20 };
    let bind = pdu(
        11,
        1,
        &[
            &[0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0][..],
            &uuid(interface),
            &[1, 0, 0, 0],
            &syntax,
        ]
        .concat(),
    );
    let mut pieces = vec![(Direction::Up, bind)];
    let mut call = 1_u32;
    while let &[operation, low, high, ref after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([low, high])).min(after.len());
        let (stub, after) = after.split_at(length);
        let stub = stub.get(..usize::from(u16::MAX - 64)).unwrap_or(stub);
        let (number, up) = (call / 2 + 1, call % 2 == 1);
        let opnum = opnums
            .get(usize::from(operation) % opnums.len().max(1))
            .copied()
            .unwrap_or_default();
        let size = u32::try_from(stub.len()).unwrap_or_default().to_le_bytes();
        let last = if up { opnum.to_le_bytes() } else { [0, 0] };
        let body = [&size[..], &[0, 0], &last, stub].concat();
        let way = if up { Direction::Up } else { Direction::Down };
        pieces.push((way, pdu(if up { 0 } else { 2 }, number, &body)));
        (call, rest) = (call + 1, after);
    }
    script::encode(false, pieces.iter().map(|(way, bytes)| (*way, bytes.as_slice())))
}

/// A PDU of one fragment, little-endian (C706 12.6.3.1).
fn pdu(kind: u8, call: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![5, 0, kind, 3, 0x10, 0, 0, 0];
    bytes.extend(u16::try_from(16 + body.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(call.to_le_bytes());
    bytes.extend(body);
    bytes
}

/// As it stands in a little-endian PDU.
fn uuid(number: u128) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, rest @ ..] = number.to_be_bytes();
    let [i, j, k, l, m, n, o, p] = rest;
    [d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p]
}
