//! The domain controller locator's ping ([MS-ADTS] 6.3.3): what the filter asks, and the netlogon attribute that answers.

use compact_str::CompactString;

use crate::activity::Activity;
use crate::asn1::{Element, Walker};
use crate::fields::Fields;
use crate::reader::{Malformed, Reader};
use crate::text;

use super::request::SearchRequest;
use super::response::Entry;
use super::wire::Attribute;
use super::{filter, names};

/// The attribute that is asked for, and that answers.
const ATTRIBUTE: &[u8] = b"netlogon";

/// Most names that compression pointers may lead through.
const HOPS: usize = 8;

/// Whether a search is a ping.
pub(super) fn is_ping(request: &SearchRequest<'_>) -> bool {
    request.base.is_empty()
        && request
            .attributes
            .into_iter()
            .any(|name| name.eq_ignore_ascii_case(ATTRIBUTE))
}

/// The value of the netlogon attribute of an entry.
pub(super) fn value<'a>(entry: &Entry<'a>) -> Option<&'a [u8]> {
    let mut attributes = Walker::new(entry.attributes);
    while let Ok(Some(element)) = attributes.next() {
        let mut attribute = Attribute::read(element).ok()?;
        if attribute.name.eq_ignore_ascii_case(ATTRIBUTE) {
            return attribute.values.next();
        }
    }
    None
}

/// What the filter asks ([MS-ADTS] 6.3.3.1): `(&(DnsDomain=…)(Host=…)(User=…)(AAC=…)(DomainSid=…)(DomainGuid=…)(NtVer=…))`.
pub(super) fn ask(filter: Element<'_>, activity: &mut Activity) {
    for (name, value) in filter::equalities(filter) {
        let number = value.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        let details = &mut activity.details;
        match name.to_ascii_lowercase().as_slice() {
            b"dnsdomain" => {
                details.replace("dns_domain", names::text(value));
                activity.observed.domain = Some(names::text(value));
            }
            b"host" => {
                details.replace("host", names::text(value));
                activity.observed.workstation = Some(names::text(value));
            }
            b"dnshostname" => details.replace("dns_host_name", names::text(value)),
            b"user" => {
                details.replace("user", names::text(value));
                activity.observed.target_account = Some(names::text(value));
            }
            b"aac" => replace_some(details, "aac", number),
            b"ntver" => replace_some(details, "nt_ver", number),
            b"domainsid" => {
                activity.observed.sid = text::sid(value);
                details.replace("domain_sid", text::sid(value).unwrap_or_else(|| text::hex(value)));
            }
            b"domainguid" => {
                let guid = value.first_chunk().map(text::guid);
                details.replace("domain_guid", guid.unwrap_or_else(|| text::hex(value)));
            }
            _ => {}
        }
    }
}

fn replace_some(details: &mut Fields, name: &'static str, number: Option<u32>) {
    if let Some(number) = number {
        details.replace(name, number);
    }
}

/// Reads the answer into the activity's `details.answer`.
///
/// ```text
/// Opcode 2, then by opcode:
/// NETLOGON_SAM_LOGON_RESPONSE_EX     ([MS-ADTS] 6.3.1.9)    Opcodes 23, 24, 25
/// NETLOGON_SAM_LOGON_RESPONSE        ([MS-ADTS] 6.3.1.8)    Opcodes 19, 20, 21
/// NETLOGON_SAM_LOGON_RESPONSE_NT40   ([MS-ADTS] 6.3.1.7)    the same, without the middle part
/// ```
pub(super) fn answer(message: &[u8], activity: &mut Activity) -> Result<(), Malformed> {
    let mut reader = Reader::new(message);
    let opcode = reader.u16_le("Opcode")?;
    let mut fields = Fields::new();
    fields.set("opcode", opcode);
    fields.set_some("opcode_name", opcode_name(opcode));
    let read = response(opcode, message, &mut fields);
    activity.observed.host = fields
        .get_text("dc")
        .or_else(|| fields.get_text("netbios_dc"))
        .map(CompactString::new);
    activity.details.replace("answer", fields);
    read
}

/// Writes what an answer with this opcode says, behind the opcode.
pub(crate) fn response(opcode: u16, message: &[u8], fields: &mut Fields) -> Result<(), Malformed> {
    let mut reader = Reader::new(message);
    reader.skip(2, "Opcode")?;
    match opcode {
        23..=25 => extended(&mut reader, message, fields),
        19..=21 => version_5(&mut reader, message, fields),
        _ => Ok(()),
    }
}

/// The names of the operations ([MS-ADTS] 6.3.1.3).
pub(crate) const fn opcode_name(opcode: u16) -> Option<&'static str> {
    Some(match opcode {
        12 => "LOGON_PRIMARY_RESPONSE",
        19 => "LOGON_SAM_LOGON_RESPONSE",
        20 => "LOGON_SAM_PAUSE_RESPONSE",
        21 => "LOGON_SAM_USER_UNKNOWN",
        23 => "LOGON_SAM_LOGON_RESPONSE_EX",
        24 => "LOGON_SAM_PAUSE_RESPONSE_EX",
        25 => "LOGON_SAM_USER_UNKNOWN_EX",
        _ => return None,
    })
}

/// ```text
/// Sbz 2, Flags 4, DomainGuid 16, DnsForestName, DnsDomainName, DnsHostName, NetbiosDomainName, NetbiosComputerName, UserName,
/// DcSiteName, ClientSiteName (each compressed as RFC 1035 §4.1.4 does), [DcSockAddrSize 1, DcSockAddr], [NextClosestSiteName],
/// NtVersion 4, LmNtToken 2, Lm20Token 2
/// ```
fn extended(reader: &mut Reader<'_>, message: &[u8], fields: &mut Fields) -> Result<(), Malformed> {
    reader.skip(2, "Sbz")?;
    let flags = reader.u32_le("Flags")?;
    domain(reader, fields)?;
    for name in [
        "forest",
        "domain",
        "dc",
        "netbios_domain",
        "netbios_dc",
        "user",
        "dc_site",
        "client_site",
    ] {
        fields.text(name, compressed(reader, message)?);
    }
    ds_flags(flags, fields);
    version(message, fields)
}

/// ```text
/// UnicodeLogonServer, UnicodeUserName, UnicodeDomainName (each ended by a null), and not for NT 4.0: [ DomainGuid 16,
/// NullGuid 16, DnsForestName, DnsDomainName, DnsHostName, DcIpAddress 4, Flags 4, ] NtVersion 4, LmNtToken 2, Lm20Token 2
/// ```
fn version_5(reader: &mut Reader<'_>, message: &[u8], fields: &mut Fields) -> Result<(), Malformed> {
    for name in ["netbios_dc", "user", "netbios_domain"] {
        let text = terminated(reader)?;
        fields.text(name, CompactString::new(text.trim_start_matches('\\')));
    }
    if reader.remaining() > 8 {
        domain(reader, fields)?;
        reader.skip(16, "NullGuid")?;
        for name in ["forest", "domain", "dc"] {
            fields.text(name, compressed(reader, message)?);
        }
        reader.skip(4, "DcIpAddress")?;
        ds_flags(reader.u32_le("Flags")?, fields);
    }
    version(message, fields)
}

fn domain(reader: &mut Reader<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    let guid = reader.array::<16>("DomainGuid")?;
    fields.set("domain_guid", text::guid(&guid));
    Ok(())
}

/// Every form ends in NtVersion and the two tokens; the ends of optional fields before it need not be known.
fn version(message: &[u8], fields: &mut Fields) -> Result<(), Malformed> {
    let tail = message.last_chunk::<8>().ok_or(Malformed("NtVersion"))?;
    let &[a, b, c, d, ..] = tail;
    fields.set("nt_version", u32::from_le_bytes([a, b, c, d]));
    Ok(())
}

/// A UTF-16LE string up to its null.
fn terminated(reader: &mut Reader<'_>) -> Result<CompactString, Malformed> {
    let rest = reader.rest();
    let units = rest.chunks_exact(2).position(|unit| unit == [0, 0]);
    let length = units.ok_or(Malformed("unterminated name"))? * 2;
    let text = text::utf16(reader.take(length, "name")?);
    reader.skip(2, "name")?;
    Ok(text)
}

/// A name of labels with pointers to earlier ones (RFC 1035 §4.1.4), offsets from the start of the message. Pointers lead
/// backwards alone, and a bounded number of them, so that no name is a loop.
fn compressed(reader: &mut Reader<'_>, message: &[u8]) -> Result<CompactString, Malformed> {
    let mut name = CompactString::default();
    let mut at = reader.position();
    let mut end = None;
    for _ in 0..HOPS {
        let (next, pointer) = labels(message, at, &mut name)?;
        let after = *end.get_or_insert(next);
        match pointer {
            Some(target) if target < at => at = target,
            Some(_) => return Err(Malformed("name points forward")),
            None => {
                reader.seek(after, "name")?;
                return Ok(name);
            }
        }
    }
    Err(Malformed("name of too many parts"))
}

/// Appends the labels from `at` on; returns where they end, and where a pointer at their end leads.
fn labels(message: &[u8], mut at: usize, name: &mut CompactString) -> Result<(usize, Option<usize>), Malformed> {
    const LONGEST: usize = 255;
    loop {
        match *message.get(at..).unwrap_or_default() {
            [0, ..] => return Ok((at + 1, None)),
            [high @ 0xc0..=0xff, low, ..] => {
                return Ok((at + 2, Some(usize::from(high & 0x3f) << 8 | usize::from(low))));
            }
            [length @ 1..=0x3f, ref rest @ ..] => {
                let label = rest.get(..usize::from(length)).ok_or(Malformed("name cut short"))?;
                if name.len() > LONGEST {
                    return Err(Malformed("name too long"));
                }
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(&text::bytes(label));
                at += 1 + label.len();
            }
            _ => return Err(Malformed("name cut short")),
        }
    }
}

fn ds_flags(flags: u32, fields: &mut Fields) {
    fields.set("flags", flags);
    let set = FLAGS.iter().filter(|(flag, _)| flags & flag != 0);
    fields.list("flag_names", set.map(|(_, name)| *name));
}

/// DS_FLAG options bits ([MS-ADTS] 6.3.1.2), by the names of [MS-NRPC] 2.2.1.2.1 and the Windows headers.
const FLAGS: &[(u32, &str)] = &[
    (0x1, "DS_PDC_FLAG"),
    (0x4, "DS_GC_FLAG"),
    (0x8, "DS_LDAP_FLAG"),
    (0x10, "DS_DS_FLAG"),
    (0x20, "DS_KDC_FLAG"),
    (0x40, "DS_TIMESERV_FLAG"),
    (0x80, "DS_CLOSEST_FLAG"),
    (0x100, "DS_WRITABLE_FLAG"),
    (0x200, "DS_GOOD_TIMESERV_FLAG"),
    (0x400, "DS_NDNC_FLAG"),
    (0x800, "DS_SELECT_SECRET_DOMAIN_6_FLAG"),
    (0x1000, "DS_FULL_SECRET_DOMAIN_6_FLAG"),
    (0x2000, "DS_WS_FLAG"),
    (0x4000, "DS_DS_8_FLAG"),
    (0x8000, "DS_DS_9_FLAG"),
    (0x1_0000, "DS_DS_10_FLAG"),
    (0x2_0000, "DS_KEY_LIST_FLAG"),
    (0x2000_0000, "DS_DNS_CONTROLLER_FLAG"),
    (0x4000_0000, "DS_DNS_DOMAIN_FLAG"),
    (0x8000_0000, "DS_DNS_FOREST_FLAG"),
];
