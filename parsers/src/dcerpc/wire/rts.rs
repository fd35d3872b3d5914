//! RTS PDUs: how the channels of RPC over HTTP are set up, recycled and kept from flooding one another ([MS-RPCH] 2.2.3, 2.2.4).

use super::{Header, Order};
use crate::dcerpc::uuid::Uuid;
use crate::reader::{Malformed, Reader};

/// Most commands of a PDU that are read; those that are defined have at most seven.
const MOST_COMMANDS: usize = 16;

/// One RTS PDU.
///
/// ```text
/// common header; u16 Flags; u16 NumberOfCommands; Command[NumberOfCommands]   -- [MS-RPCH] 2.2.3.6.1
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::dcerpc) struct Rts<'a> {
    pub(in crate::dcerpc) flags: u16,
    count: usize,
    order: Order,
    commands: Reader<'a>,
}

/// A command ([MS-RPCH] 2.2.3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dcerpc) enum Command<'a> {
    /// Octets.
    ReceiveWindowSize(u32),
    FlowControlAck {
        /// Octets received so far.
        received: u32,
        /// Octets that the receiver still has room for.
        window: u32,
        /// The channel that is acknowledged.
        channel: Uuid,
    },
    /// Milliseconds.
    ConnectionTimeout(u32),
    Cookie(Uuid),
    /// Octets.
    ChannelLifetime(u32),
    /// Milliseconds.
    ClientKeepalive(u32),
    Version(u32),
    Empty,
    /// Octets.
    Padding(u32),
    NegativeAnce,
    Ance,
    /// Octets of an IPv4 or IPv6 address as they stand.
    ClientAddress(&'a [u8]),
    AssociationGroupId(Uuid),
    Destination(u32),
    /// Octets.
    PingTrafficSentNotify(u32),
}

impl<'a> Rts<'a> {
    pub(in crate::dcerpc) fn parse(header: &Header, pdu: &'a [u8]) -> Result<Self, Malformed> {
        let (order, mut commands) = (header.order(), header.body(pdu)?);
        Ok(Self {
            flags: order.u16(&mut commands, "rts")?,
            count: order.u16(&mut commands, "rts")?.into(),
            order,
            commands,
        })
    }

    /// The commands in order; ends at the first that is unknown or cut.
    pub(in crate::dcerpc) fn commands(&self) -> impl Iterator<Item = Command<'a>> {
        let (order, mut reader) = (self.order, self.commands);
        let read = move || Command::read(order, &mut reader).ok().flatten();
        std::iter::from_fn(read).take(self.count.min(MOST_COMMANDS))
    }

    /// The cookie of the virtual connection that a channel is set up for: whatever does that begins with a version, this cookie and
    /// the channel's own ([MS-RPCH] 2.2.4.2, 2.2.4.5, 2.2.4.10 and their like).
    pub(in crate::dcerpc) fn virtual_connection(&self) -> Option<Uuid> {
        let mut commands = self.commands();
        match (commands.next()?, commands.next()?, commands.next()?) {
            (Command::Version(_), Command::Cookie(connection), Command::Cookie(_)) => Some(connection),
            _ => None,
        }
    }
}

impl<'a> Command<'a> {
    /// None where the type is not defined.
    fn read(order: Order, reader: &mut Reader<'a>) -> Result<Option<Self>, Malformed> {
        const WHAT: &str = "rts command";
        let code = order.u32(reader, WHAT)?;
        Ok(Some(match code {
            0 => Self::ReceiveWindowSize(order.u32(reader, WHAT)?),
            1 => Self::FlowControlAck {
                received: order.u32(reader, WHAT)?,
                window: order.u32(reader, WHAT)?,
                channel: Uuid::read(order, reader, WHAT)?,
            },
            2 => Self::ConnectionTimeout(order.u32(reader, WHAT)?),
            3 => Self::Cookie(Uuid::read(order, reader, WHAT)?),
            4 => Self::ChannelLifetime(order.u32(reader, WHAT)?),
            5 => Self::ClientKeepalive(order.u32(reader, WHAT)?),
            6 => Self::Version(order.u32(reader, WHAT)?),
            7 => Self::Empty,
            8 => Self::padding(order, reader, WHAT)?,
            9 => Self::NegativeAnce,
            10 => Self::Ance,
            11 => Self::address(order, reader, WHAT)?,
            12 => Self::AssociationGroupId(Uuid::read(order, reader, WHAT)?),
            13 => Self::Destination(order.u32(reader, WHAT)?),
            14 => Self::PingTrafficSentNotify(order.u32(reader, WHAT)?),
            _ => return Ok(None),
        }))
    }

    fn padding(order: Order, reader: &mut Reader<'a>, what: &'static str) -> Result<Self, Malformed> {
        let size = order.u32(reader, what)?;
        reader.skip(size as usize, what)?;
        Ok(Self::Padding(size))
    }

    /// `u32 AddressType; byte ClientAddress[4 or 16]; byte Padding[12]` ([MS-RPCH] 2.2.3.2).
    fn address(order: Order, reader: &mut Reader<'a>, what: &'static str) -> Result<Self, Malformed> {
        let size = match order.u32(reader, what)? {
            0 => 4,
            1 => 16,
            _ => return Err(Malformed(what)),
        };
        let address = reader.take(size, what)?;
        reader.skip(12, what)?;
        Ok(Self::ClientAddress(address))
    }

    /// The command's type.
    pub(in crate::dcerpc) const fn code(&self) -> u8 {
        match self {
            Self::ReceiveWindowSize(_) => 0,
            Self::FlowControlAck { .. } => 1,
            Self::ConnectionTimeout(_) => 2,
            Self::Cookie(_) => 3,
            Self::ChannelLifetime(_) => 4,
            Self::ClientKeepalive(_) => 5,
            Self::Version(_) => 6,
            Self::Empty => 7,
            Self::Padding(_) => 8,
            Self::NegativeAnce => 9,
            Self::Ance => 10,
            Self::ClientAddress(_) => 11,
            Self::AssociationGroupId(_) => 12,
            Self::Destination(_) => 13,
            Self::PingTrafficSentNotify(_) => 14,
        }
    }
}
