//! Fragments: where in which datagram a piece of IP payload belongs.

use etherparse::{LaxIpPayloadSlice, LaxNetSlice};

use super::{
    DESTINATION_OPTIONS, FRAGMENT, Fragment, GRE, HOP_BY_HOP, IPV4_IN_IP, IPV6_IN_IP, MPLS_IN_IP, Path, ROUTING,
    Refusal, TCP, UDP, other,
};

/// The fragment in `payload`, which is part of `data`; refused when a whole one would not be read either.
pub(super) fn fragment<'a>(
    net: &LaxNetSlice<'a>,
    payload: &LaxIpPayloadSlice<'a>,
    path: Path,
    data: &'a [u8],
) -> Result<Fragment<'a>, Refusal> {
    if payload.incomplete {
        return Err(Refusal::Snapped);
    }
    let fragment = match net {
        LaxNetSlice::Ipv4(v4) => {
            let header = v4.header();
            Fragment {
                path,
                identification: u32::from(header.identification()),
                protocol: header.protocol().0,
                offset: u32::from(header.fragments_offset().value()) * 8,
                more: header.more_fragments(),
                data: payload.payload,
            }
        }
        LaxNetSlice::Ipv6(v6) => {
            let extensions = v6.extensions();
            // etherparse goes on to read extension headers behind the fragment header, where a later fragment has data.
            let length = extensions.slice().len() + payload.payload.len();
            let start = (extensions.slice().as_ptr() as usize).saturating_sub(data.as_ptr() as usize);
            let area = data
                .get(start..)
                .and_then(|rest| rest.get(..length))
                .ok_or(Refusal::BadIpExtension)?;
            fragment_v6(v6.header().next_header().0, area, path)?
        }
        LaxNetSlice::Arp(_) => return Err(Refusal::Arp),
    };
    match fragment.protocol {
        TCP | UDP | GRE | IPV4_IN_IP | IPV6_IN_IP | MPLS_IN_IP | ROUTING | DESTINATION_OPTIONS => Ok(fragment),
        protocol => Err(other(protocol)),
    }
}

/// RFC 8200 §4.5: `next(1) reserved(1) offset(13 bits, in 8 bytes) reserved(2 bits) more(1 bit) identification(4)`, behind the headers that
/// routers look at (§4.1), each `next(1) length(1, in 8 bytes, the first not counted) …`.
fn fragment_v6(mut next: u8, mut area: &[u8], path: Path) -> Result<Fragment<'_>, Refusal> {
    while let HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS = next {
        let &[following, length, ..] = area else {
            return Err(Refusal::BadIpExtension);
        };
        area = area
            .get((usize::from(length) + 1) * 8..)
            .ok_or(Refusal::BadIpExtension)?;
        next = following;
    }
    let (&[protocol, _, high, low, a, b, c, d], data) = match next {
        FRAGMENT => area.split_first_chunk().ok_or(Refusal::BadIpExtension)?,
        _ => return Err(Refusal::BadIpExtension),
    };
    Ok(Fragment {
        path,
        identification: u32::from_be_bytes([a, b, c, d]),
        protocol,
        offset: u32::from(u16::from_be_bytes([high, low]) & !7),
        more: low & 1 == 1,
        data,
    })
}
