//! Which interface a request is of when nobody saw its bind: by the object that it is made on, by what it is like, by the name
//! of its pipe, or by what the endpoint mapper said of its port. All of it is a guess, and told as one.
//!
//! A shape counts where one interface alone has it. The security provider of the secure channel protects calls of NETLOGON,
//! and over TCP two of LSARPC beside ([MS-NRPC] 3.3, [MS-LSAT] 3.1.4.5 and 3.1.4.9). An `ept_map` carries a tower, an activation a class. On the pipes of
//! the security authority EFSRPC alone has operations that begin with a UNC path. `RemQueryInterface` of an object begins with
//! ORPCTHIS, and two counts of it agree.

#[cfg(test)]
mod tests;

use super::auth::NETLOGON;
use super::interfaces::Interface;
use super::ndr::Transfer;
use super::objects::Peers;
use super::stubs::{Part, Stubs};
use super::uuid::Uuid;
use super::wire::{Request, Trailer};
use crate::context::Context;

const NETLOGON_RPC: Uuid = Uuid::parse("12345678-1234-abcd-ef00-01234567cffb");
const LSARPC: Uuid = Uuid::parse("12345778-1234-abcd-ef00-0123456789ab");
const EPMAPPER: Uuid = Uuid::parse("e1af8308-5d1f-11c9-91a4-08002b14a0fa");
/// EFSRPC as the pipes of the security authority have it ([MS-EFSR] 1.9).
const EFSRPC: Uuid = Uuid::parse("c681d488-d850-11d0-8c52-00c04fd90f7e");

/// LsarLookupSids3 and LsarLookupNames4: what LSARPC has of calls over a secure channel.
const LOOKUPS: [u16; 2] = [76, 77];

/// The endpoint mapper's port.
const EPMAP: u16 = 135;

/// `ept_map`.
const MAP: u16 = 3;

/// IRemoteSCMActivator ([MS-DCOM] 1.9), its `RemoteGetClassObject` and `RemoteCreateInstance`.
const ACTIVATOR: Uuid = Uuid::parse("000001a0-0000-0000-c000-000000000046");
const ACTIVATIONS: [u16; 2] = [3, 4];

/// IRemUnknown2 ([MS-DCOM] 1.9), which clients since version 5.6 bind.
const REM_UNKNOWN2: Uuid = Uuid::parse("00000143-0000-0000-c000-000000000046");

/// `RemQueryInterface`.
const QUERY_INTERFACE: u16 = 3;

/// Pipes behind which the security authority serves EFSRPC and others alike.
const AUTHORITY: [&str; 4] = ["lsarpc", "lsass", "netlogon", "samr"];

/// The interface that a request seems to be of, and how it is marshalled where its shape tells: that comes first, then the name
/// of its pipe, then its port.
pub(super) fn guessed(
    request: &Request,
    part: &Part<'_>,
    trailer: Option<&Trailer<'_>>,
    context: &mut Context<'_>,
) -> Option<(Interface, Option<Transfer>)> {
    let opnum = request.opnum;
    let pipe = context
        .carrier()
        .map(|name| name.strip_prefix("pipe:").unwrap_or_default());
    let port = context.flow.server.port;
    let shape = match pipe {
        Some(pipe) => unc_path(pipe, opnum, part),
        None => secure_channel(opnum, trailer)
            .or_else(|| tower(port, opnum, part))
            .or_else(|| activation(port, opnum, part))
            .or_else(|| query(request, part)),
    };
    if let Some((uuid, transfer)) = shape {
        return Some((Interface::of_shape(uuid), transfer));
    }
    let interface = match pipe {
        Some(pipe) => Interface::of_pipe(pipe),
        None => learnt(context),
    };
    interface.map(|interface| (interface, None))
}

/// The interface that its object was handed out with.
pub(super) fn of_object(request: &Request, context: &Context<'_>) -> Option<Interface> {
    let known = context.objects().get(Peers::of(context), request.object?)?;
    known.interface.map(Interface::of_shape)
}

/// Interfaces that share their port with others: the local security authority's, and in Samba the DNS server's. What else is
/// spoken there the answer to a question about one of them does not tell.
const SHARED: [Uuid; 9] = [
    NETLOGON_RPC,
    LSARPC,
    EFSRPC,
    Uuid::parse("df1941c5-fe89-4e79-bf10-463657acf44d"), // efsrpc on its own pipe
    Uuid::parse("12345778-1234-abcd-ef00-0123456789ac"), // samr
    Uuid::parse("e3514235-4b06-11d1-ab04-00c04fc2dcd2"), // drsuapi
    Uuid::parse("3919286a-b10c-11d0-9ba8-00c04fd92ef5"), // dssetup
    Uuid::parse("3dde7c30-165d-11d1-ab8f-00805f14db40"), // BackupKey
    Uuid::parse("50abc2a4-574d-40b3-9d66-ee4fd5fba076"), // dnsserver
];

/// What the endpoint mapper said of the port.
fn learnt(context: &mut Context<'_>) -> Option<Interface> {
    let (client, server) = (context.flow.client.ip, context.flow.server);
    let syntax = context.endpoints().interface(client, server.ip, server.port)?;
    let alone = !SHARED.contains(&syntax.uuid);
    alone.then(|| Interface::guessed(syntax))
}

/// Calls over TCP that the secure channel protects.
fn secure_channel(opnum: u16, trailer: Option<&Trailer<'_>>) -> Option<(Uuid, Option<Transfer>)> {
    trailer.filter(|trailer| trailer.kind == NETLOGON)?;
    if LOOKUPS.contains(&opnum) {
        return Some((LSARPC, None));
    }
    let known = Interface::of_shape(NETLOGON_RPC).operation(opnum);
    known.map(|_| (NETLOGON_RPC, None))
}

/// A question to the endpoint mapper.
fn tower(port: u16, opnum: u16, part: &Part<'_>) -> Option<(Uuid, Option<Transfer>)> {
    let asks = port == EPMAP && opnum == MAP;
    let transfer = asks.then(|| says(EPMAPPER, opnum, "asked", part))??;
    Some((EPMAPPER, Some(transfer)))
}

/// A request for an object of a class, which goes where the endpoint mapper is.
fn activation(port: u16, opnum: u16, part: &Part<'_>) -> Option<(Uuid, Option<Transfer>)> {
    let asks = port == EPMAP && ACTIVATIONS.contains(&opnum);
    let transfer = asks.then(|| says(ACTIVATOR, opnum, "clsid", part))??;
    Some((ACTIVATOR, Some(transfer)))
}

/// A question of an object exporter's own object for interfaces of another.
fn query(request: &Request, part: &Part<'_>) -> Option<(Uuid, Option<Transfer>)> {
    let asks = request.object.is_some() && request.opnum == QUERY_INTERFACE;
    let transfer = asks.then(|| says(REM_UNKNOWN2, request.opnum, "interfaces", part))??;
    Some((REM_UNKNOWN2, Some(transfer)))
}

/// A file of another host, on a pipe of the security authority.
fn unc_path(pipe: &str, opnum: u16, part: &Part<'_>) -> Option<(Uuid, Option<Transfer>)> {
    let served = AUTHORITY.contains(&pipe);
    let transfer = served.then(|| says(EFSRPC, opnum, "unc_path", part))??;
    Some((EFSRPC, Some(transfer)))
}

/// The one way of marshalling in which the stub is one of this operation and says `detail`.
fn says(interface: Uuid, opnum: u16, detail: &str, part: &Part<'_>) -> Option<Transfer> {
    let operation = Stubs::of(interface)?.operation(opnum)?;
    operation.says_of(detail, part.alone()?, part.order)
}
