//! Binding: which interfaces a client asks for, on what terms, and what the server makes of it.

use super::{Header, Order};
use crate::dcerpc::uuid::Uuid;
use crate::reader::{Malformed, Reader};

/// An interface or a way to marshal it, with its version: `uuid_t if_uuid; u16 major; u16 minor` (as one u32 with the minor
/// version on top).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dcerpc) struct Syntax {
    pub(in crate::dcerpc) uuid: Uuid,
    pub(in crate::dcerpc) major: u16,
    pub(in crate::dcerpc) minor: u16,
}

impl Syntax {
    fn read(order: Order, reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let uuid = Uuid::read(order, reader, "syntax")?;
        let version = order.u32(reader, "syntax")?;
        let (major, minor) = (version as u16, (version >> 16) as u16);
        Ok(Self { uuid, major, minor })
    }

    /// The features of a bind time feature negotiation, which poses as a transfer syntax ([MS-RPCE] 3.3.1.5.3).
    pub(in crate::dcerpc) fn features(self) -> Option<u64> {
        const PREFIX: Uuid = Uuid::parse("6cb71c2c-9812-4540-0000-000000000000");
        self.uuid.begins_as(PREFIX).then(|| self.uuid.tail())
    }
}

/// The head that `bind`, `alter_context` and their answers share: `u16 max_xmit_frag; u16 max_recv_frag; u32 assoc_group_id`.
#[derive(Clone, Copy, Debug)]
pub(in crate::dcerpc) struct Terms {
    pub(in crate::dcerpc) max_transmit: u16,
    pub(in crate::dcerpc) max_receive: u16,
    pub(in crate::dcerpc) group: u32,
}

impl Terms {
    fn read(order: Order, reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            max_transmit: order.u16(reader, "bind")?,
            max_receive: order.u16(reader, "bind")?,
            group: order.u32(reader, "bind")?,
        })
    }
}

/// One presentation context that a client offers.
#[derive(Clone, Copy, Debug)]
pub(in crate::dcerpc) struct Offer<'a> {
    pub(in crate::dcerpc) id: u16,
    pub(in crate::dcerpc) interface: Syntax,
    transfers: u8,
    order: Order,
    reader: Reader<'a>,
}

impl Offer<'_> {
    /// The transfer syntaxes it may be marshalled in.
    pub(in crate::dcerpc) fn transfers(&self) -> impl Iterator<Item = Syntax> {
        let mut reader = self.reader;
        let order = self.order;
        (0..self.transfers).map_while(move |_| Syntax::read(order, &mut reader).ok())
    }
}

/// `bind` and `alter_context` (C706 12.6.4.3).
///
/// ```text
/// terms; u8 n_context_elem; u8 reserved; u16 reserved2;
/// { u16 p_cont_id; u8 n_transfer_syn; u8 reserved; syntax abstract; syntax transfer[n] } [n]
/// ```
pub(in crate::dcerpc) struct Bind<'a> {
    pub(in crate::dcerpc) terms: Terms,
    count: u8,
    order: Order,
    reader: Reader<'a>,
}

impl<'a> Bind<'a> {
    pub(in crate::dcerpc) fn parse(header: &Header, pdu: &'a [u8]) -> Result<Self, Malformed> {
        let (order, mut reader) = (header.order(), header.body(pdu)?);
        let terms = Terms::read(order, &mut reader)?;
        let count = reader.u8("bind")?;
        reader.skip(3, "bind")?;
        Ok(Self {
            terms,
            count,
            order,
            reader,
        })
    }

    /// The contexts offered.
    pub(in crate::dcerpc) fn offers(&self) -> impl Iterator<Item = Offer<'a>> {
        let mut reader = self.reader;
        let order = self.order;
        (0..self.count).map_while(move |_| offer(order, &mut reader).ok())
    }
}

fn offer<'a>(order: Order, reader: &mut Reader<'a>) -> Result<Offer<'a>, Malformed> {
    let id = order.u16(reader, "context")?;
    let transfers = reader.u8("context")?;
    reader.skip(1, "context")?;
    let interface = Syntax::read(order, reader)?;
    let offer = Offer {
        id,
        interface,
        transfers,
        order,
        reader: *reader,
    };
    reader.skip(usize::from(transfers) * 20, "transfer syntaxes")?;
    Ok(offer)
}

/// What became of one offered context.
#[derive(Clone, Copy, Debug)]
pub(in crate::dcerpc) struct Verdict {
    pub(in crate::dcerpc) result: u16,
    pub(in crate::dcerpc) reason: u16,
    pub(in crate::dcerpc) transfer: Syntax,
}

/// `bind_ack` and `alter_context_resp` (C706 12.6.4.4).
///
/// ```text
/// terms; u16 length; char sec_addr[length]; align(4);
/// u8 n_results; u8 reserved; u16 reserved2; { u16 result; u16 reason; syntax transfer } [n]
/// ```
pub(in crate::dcerpc) struct BindAck<'a> {
    pub(in crate::dcerpc) terms: Terms,
    /// The endpoint's port or pipe, without its final NUL.
    pub(in crate::dcerpc) address: &'a [u8],
    count: u8,
    order: Order,
    reader: Reader<'a>,
}

impl<'a> BindAck<'a> {
    pub(in crate::dcerpc) fn parse(header: &Header, pdu: &'a [u8]) -> Result<Self, Malformed> {
        let (order, mut reader) = (header.order(), header.body(pdu)?);
        let terms = Terms::read(order, &mut reader)?;
        let length = order.u16(&mut reader, "secondary address")?;
        let address = reader.take(usize::from(length), "secondary address")?;
        reader.align(4);
        let count = reader.u8("results")?;
        reader.skip(3, "results")?;
        let address = address.strip_suffix(&[0]).unwrap_or(address);
        Ok(Self {
            terms,
            address,
            count,
            order,
            reader,
        })
    }

    /// What became of the contexts, in the order they were offered.
    pub(in crate::dcerpc) fn results(&self) -> impl Iterator<Item = Verdict> {
        let mut reader = self.reader;
        let order = self.order;
        (0..self.count).map_while(move |_| {
            Some(Verdict {
                result: order.u16(&mut reader, "result").ok()?,
                reason: order.u16(&mut reader, "result").ok()?,
                transfer: Syntax::read(order, &mut reader).ok()?,
            })
        })
    }
}

/// The reason of a `bind_nak`: `u16 provider_reject_reason; u8 n; { u8 major; u8 minor } [n]` (C706 12.6.4.5).
pub(in crate::dcerpc) fn reject_reason(header: &Header, pdu: &[u8]) -> Result<u16, Malformed> {
    header.order().u16(&mut header.body(pdu)?, "reject reason")
}
