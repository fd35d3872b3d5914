//! Calls over DCE/RPC: connection-oriented, one context, NDR20, little-endian (C706 §12.6.4, [MS-RPCE] 2.2.2).

use super::wire;

const NDR: &str = "8a885d04-1ceb-11c9-9fe8-08002b104860";

/// The arguments of a call, aligned as NDR20 has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stub(Vec<u8>);

impl Stub {
    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    pub(crate) fn u32(mut self, value: u32) -> Self {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self.raw(&value.to_le_bytes())
    }

    pub(crate) fn uuid(self, text: &str) -> Self {
        self.raw(&uuid(text))
    }

    /// RPC_UNICODE_STRING ([MS-DTYP] 2.3.10) and what it points at, with a null at its end.
    pub(crate) fn string(self, text: &str) -> Self {
        let octets: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let (length, units) = (octets.len() as u32, octets.len() as u32 / 2);
        let head = self.u32(length << 16 | length).u32(0x20004);
        head.u32(units).u32(0).u32(units).raw(&octets)
    }
}

/// A call and its answer.
pub(crate) struct Call {
    opnum: u16,
    asked: Stub,
    answer: Stub,
}

impl Call {
    pub(crate) const fn new(opnum: u16, asked: Stub, answer: Stub) -> Self {
        Self { opnum, asked, answer }
    }
}

/// A capture of a bind to the interface's version `major`.0, and the calls.
pub(crate) fn conversation(interface: &str, major: u32, calls: &[Call]) -> Vec<u8> {
    let mut said = vec![(true, bind(interface, major)), (false, bound())];
    for (call, id) in calls.iter().zip(2_u32..) {
        let hint = |stub: &Stub| (stub.0.len() as u32).to_le_bytes();
        let asked = [
            &hint(&call.asked)[..],
            &[0, 0],
            &call.opnum.to_le_bytes(),
            &call.asked.0,
        ]
        .concat();
        let answer = [&hint(&call.answer)[..], &[0; 4], &call.answer.0].concat();
        said.extend([(true, pdu(0, id, &asked)), (false, pdu(2, id, &answer))]);
    }
    wire::tcp(49_668, &said)
}

fn bind(interface: &str, major: u32) -> Vec<u8> {
    let (sizes, versions) = ([0xb8, 0x10, 0xb8, 0x10], [major.to_le_bytes(), 2_u32.to_le_bytes()]);
    let head = [&sizes[..], &[0; 4], &[1, 0, 0, 0], &[0, 0, 1, 0]].concat();
    let syntaxes = [&uuid(interface)[..], &versions[0], &uuid(NDR), &versions[1]].concat();
    pdu(11, 1, &[head, syntaxes].concat())
}

fn bound() -> Vec<u8> {
    let head = [&[0xb8, 0x10, 0xb8, 0x10][..], &[1, 0, 0, 0], &[6, 0], b"49668\0"].concat();
    let result = [&[1, 0, 0, 0][..], &[0; 4], &uuid(NDR), &2_u32.to_le_bytes()].concat();
    pdu(12, 1, &[head, result].concat())
}

fn pdu(kind: u8, call: u32, body: &[u8]) -> Vec<u8> {
    let length = (16 + body.len()) as u16;
    let head = [&[5, 0, kind, 3, 0x10, 0, 0, 0][..], &length.to_le_bytes(), &[0, 0]].concat();
    [&head[..], &call.to_le_bytes(), body].concat()
}

/// A UUID as it stands on a little-endian wire.
fn uuid(text: &str) -> [u8; 16] {
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    let mut octets = u128::from_str_radix(&digits, 16).unwrap().to_be_bytes();
    octets[..4].reverse();
    octets[4..6].reverse();
    octets[6..8].reverse();
    octets
}
