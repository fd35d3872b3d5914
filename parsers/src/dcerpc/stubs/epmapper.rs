//! The endpoint mapper: who asks where an interface is reached, and what the answer is (C706 appendix O, [MS-RPCE]
//! 2.2.1.2).
//!
//! Both stay `rpc_call`s. The ports that are answered are learnt: calls to them are of that interface even where their bind
//! was not seen.

#[cfg(test)]
mod tests;

use super::{Memory, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::endpoints::Endpoint;
use crate::dcerpc::interfaces::Interface;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::tower::Tower;
use crate::dcerpc::wire::Syntax;
use crate::fields::Value;
use crate::reader::Malformed;

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// `epmapper`.
pub(super) const STUBS: Stubs = Stubs::new(
    "e1af8308-5d1f-11c9-91a4-08002b14a0fa",
    &[
        call(2).request(lookup).response(looked_up),
        call(3).request(map).response(mapped),
        call(4),
    ],
);

/// `ept_map([in, ptr] uuid_p_t object, [in, ptr] twr_p_t map_tower, [in, out] ept_lookup_handle_t *, [in] unsigned32
/// max_towers, [out] unsigned32 *num_towers, [out, length_is(*num_towers), size_is(max_towers)] twr_p_t towers[], [out]
/// error_status_t *status)`.
fn map(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    object(ndr, told)?;
    if ndr.pointer("tower")? {
        let asked = Tower::parse(tower(ndr)?)?.fields();
        told.details.set("asked", asked);
    }
    Ok(())
}

fn mapped(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.handle("lookup handle")?;
    ndr.u32("towers")?;
    let count = ndr.varying(4, "towers")?;
    let mut present = 0;
    for _ in 0..count {
        present += usize::from(ndr.pointer("tower")?);
    }
    let mut endpoints: Vec<Value> = Vec::new();
    for _ in 0..present {
        let tower = Tower::parse(tower(ndr)?)?;
        learn(&tower, told);
        endpoints.push(tower.fields().into());
    }
    told.list("endpoints", endpoints);
    Ok(())
}

/// `ept_lookup(unsigned32 inquiry_type, [in, ptr] uuid_p_t object, [in, ptr] rpc_if_id_p_t interface_id, unsigned32
/// vers_option, …)`.
fn lookup(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("inquiry_type", ndr.u32("inquiry type")?);
    object(ndr, told)?;
    if ndr.pointer("interface")? {
        let (uuid, major, minor) = (ndr.guid("interface")?, ndr.u16("version")?, ndr.u16("version")?);
        let mut asked = crate::fields::Fields::sized(3);
        Interface::of(Syntax { uuid, major, minor }).write(&mut asked);
        told.details.set("asked", asked);
    }
    Ok(())
}

/// `[in, out] ept_lookup_handle_t *, …, [out] unsigned32 *num_ents, [out, length_is, size_is] ept_entry_t entries[]`, each
/// `{ uuid_t object; twr_p_t tower; [string] char annotation[64] }`. A whole map comes in hundreds of calls: their endpoints
/// are learnt and not told.
fn looked_up(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.handle("lookup handle")?;
    ndr.u32("entries")?;
    let count = ndr.varying(28, "entries")?;
    let mut present = 0;
    for _ in 0..count {
        ndr.align_pointer();
        ndr.guid("object")?;
        present += usize::from(ndr.pointer("tower")?);
        ndr.size("annotation")?;
        let length = usize::try_from(ndr.size("annotation")?).map_err(|_| Malformed("annotation"))?;
        ndr.skip(length, "annotation")?;
    }
    for _ in 0..present {
        learn(&Tower::parse(tower(ndr)?)?, told);
    }
    Ok(())
}

/// `[in, ptr] uuid_p_t object`: the nil UUID where any will do.
fn object(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    if ndr.pointer("object")? {
        let object = ndr.guid("object")?;
        told.details.set_some(
            "asked_object",
            Some(object)
                .filter(|object| !object.is_nil())
                .map(|object| object.text()),
        );
    }
    Ok(())
}

/// `twr_t { unsigned32 tower_length; [size_is(tower_length)] octet tower_octet_string[] }`.
fn tower<'a>(ndr: &mut Ndr<'a>) -> Result<&'a [u8], Malformed> {
    let count = ndr.conformance(1, "tower")?;
    ndr.u32("tower")?;
    ndr.octets(count, "tower")
}

fn learn(tower: &Tower<'_>, told: &mut Told) {
    if let (Some(interface), Some("ncacn_ip_tcp"), Some(port)) = (tower.interface, tower.sequence, tower.port) {
        told.learns(Endpoint {
            address: tower.host(),
            port,
            interface: Some(interface),
        });
    }
}
