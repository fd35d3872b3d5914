//! Where objects are reached, and as whom their server runs: DUALSTRINGARRAY ([MS-DCOM] 2.2.19).

use compact_str::CompactString;

use super::super::Told;
use crate::dcerpc::endpoints::Endpoint;
use crate::dcerpc::names;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::tower;
use crate::fields::{Fields, Value};
use crate::reader::Malformed;

/// The protocol identifier of `ncacn_ip_tcp`.
const TCP: u16 = 7;

/// `[out, ref] DUALSTRINGARRAY **`: says the bindings, and learns the ports.
pub(super) fn pointer(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    match ndr.pointer("bindings")? {
        true => bindings(ndr, told),
        false => Ok(()),
    }
}

/// `DUALSTRINGARRAY { unsigned short wNumEntries; unsigned short wSecurityOffset; [size_is(wNumEntries)] unsigned short
/// aStringArray[]; }`: string bindings, a zero, security bindings, a zero ([MS-DCOM] 2.2.19.1).
pub(super) fn bindings(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let count = ndr.conformance(2, "bindings")?;
    ndr.u16("bindings")?;
    let offset = usize::from(ndr.u16("bindings")?);
    let mut units = Vec::with_capacity(count);
    for _ in 0..count {
        units.push(ndr.u16("bindings")?);
    }
    let (strings, securities) = units.split_at_checked(offset).ok_or(Malformed("bindings"))?;
    let found: Vec<Fields> = split(strings, 1).map(|binding| string(binding, told)).collect();
    told.list("bindings", found);
    let found: Vec<Fields> = split(securities, 2).map(security).collect();
    told.list("security_bindings", found);
    Ok(())
}

/// The bindings of a list that ends with an empty one: numbers, of which the first is not zero, and text up to a zero.
fn split(units: &[u16], numbers: usize) -> impl Iterator<Item = &[u16]> {
    let mut rest = units;
    std::iter::from_fn(move || {
        rest.first().filter(|first| **first != 0)?;
        let length = rest.iter().skip(numbers).position(|unit| *unit == 0)? + numbers;
        let (one, after) = rest.split_at_checked(length)?;
        rest = after.get(1..).unwrap_or_default();
        Some(one)
    })
}

/// `STRINGBINDING { unsigned short wTowerId; unsigned short aNetworkAddr[]; }`: the endpoint stands in brackets behind the
/// address ([MS-DCOM] 2.2.19.3).
fn string(units: &[u16], told: &mut Told) -> Fields {
    let (tower, address) = units.split_first().unwrap_or((&0, &[]));
    let mut fields = Fields::sized(3);
    match tower::sequence(*tower) {
        Some(sequence) => fields.set("protocol_sequence", sequence),
        None => fields.set("tower", *tower),
    }
    let text = text(address);
    let (address, endpoint) = match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
        Some((address, endpoint)) => (address, Some(endpoint)),
        None => (text.as_str(), None),
    };
    fields.set("address", CompactString::new(address));
    match (endpoint, endpoint.and_then(|endpoint| endpoint.parse::<u16>().ok())) {
        (_, Some(port)) => {
            fields.set("port", port);
            if *tower == TCP {
                learn(port, told);
            }
        }
        (Some(endpoint), None) => fields.set("endpoint", CompactString::new(endpoint)),
        (None, None) => {}
    }
    fields
}

/// The exporter is a process of whoever answers, by whichever of its names and addresses.
fn learn(port: u16, told: &mut Told) {
    told.learns(Endpoint {
        address: None,
        port,
        interface: None,
    });
}

/// `SECURITYBINDING { unsigned short wAuthnSvc; unsigned short Reserved; unsigned short aPrincName[]; }`: the principal is whom
/// the server runs as ([MS-DCOM] 2.2.19.4).
fn security(units: &[u16]) -> Fields {
    let mut fields = Fields::sized(3);
    if let [service, _, principal @ ..] = units {
        fields.set("authn_service", *service);
        let name = u8::try_from(*service).ok().and_then(names::auth_type);
        fields.set_some("authn_service_name", name);
        fields.text("principal", text(principal));
    }
    fields
}

fn text(units: &[u16]) -> CompactString {
    char::decode_utf16(units.iter().copied())
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// `DWORD authnHint`: the least that the exporter asks for ([MS-RPCE] 2.2.1.1.8).
pub(super) fn hint(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let hint = ndr.u32("authn hint")?;
    told.details.replace("authn_hint", hint);
    if let Some(name) = u8::try_from(hint).ok().and_then(names::auth_level) {
        told.details.replace("authn_hint_name", Value::Name(name));
    }
    Ok(())
}

/// `COMVERSION { unsigned short MajorVersion; unsigned short MinorVersion; }` of the server.
pub(super) fn version(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let (major, minor) = (ndr.u16("com version")?, ndr.u16("com version")?);
    let version = crate::text::dotted([major.into(), minor.into()]);
    told.details.replace("com_version", version);
    Ok(())
}
