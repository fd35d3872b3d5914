//! Looking for a domain controller by mailslot ([MS-ADTS] 6.3.5): the requests, and the answers that CLDAP knows too.

use crate::fields::Fields;
use crate::ldap::netlogon;
use crate::reader::{Malformed, Reader};
use crate::smb::smb1::wire::string;
use crate::text;

const WHAT: &str = "netlogon message";

/// Writes what a message says; what is cut short says what it has.
pub(super) fn fields(data: &[u8], fields: &mut Fields) {
    let mut reader = Reader::new(data);
    let Ok(opcode) = reader.u16_le(WHAT) else {
        return;
    };
    fields.set("netlogon_opcode", opcode);
    fields.set_some("netlogon_opcode_name", opcode_name(opcode));
    // Of a message that is cut short, what was read stands.
    let _ = match opcode {
        7 => query(&mut reader, fields),
        12 => primary(&mut reader, fields),
        18 => request(&mut reader, fields),
        19..=25 => netlogon::response(opcode, data, fields),
        _ => return,
    };
    if matches!(opcode, 7 | 12 | 18) {
        version(data, fields);
    }
}

/// NETLOGON_LOGON_QUERY ([MS-ADTS] 6.3.1.4): `ComputerName MailslotName`, of bytes, `UnicodeComputerName`, each ended by a null.
fn query(reader: &mut Reader<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    let name = string(reader, false);
    fields.text("answer_to", string(reader, false));
    let wide = string(reader, true);
    fields.text("computer", if wide.is_empty() { name } else { wide });
    Ok(())
}

/// NETLOGON_PRIMARY_RESPONSE ([MS-ADTS] 6.3.1.5): `PrimaryDCName`, of bytes, `UnicodePrimaryDCName UnicodeDomainName`.
fn primary(reader: &mut Reader<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    let name = string(reader, false);
    let wide = string(reader, true);
    fields.text("netbios_dc", if wide.is_empty() { name } else { wide });
    fields.text("netbios_domain", string(reader, true));
    Ok(())
}

/// NETLOGON_SAM_LOGON_REQUEST ([MS-ADTS] 6.3.1.6).
///
/// ```text
/// RequestCount(2) UnicodeComputerName UnicodeUserName MailslotName AllowableAccountControlBits(4) DomainSidSize(4) DomainSid …
/// ```
fn request(reader: &mut Reader<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    fields.set("request_count", reader.u16_le(WHAT)?);
    fields.text("computer", string(reader, true));
    fields.text("user", string(reader, true));
    fields.text("answer_to", string(reader, false));
    fields.set("aac", reader.u32_le(WHAT)?);
    let size = reader.u32_le(WHAT)? as usize;
    if size > 0 {
        reader.align(4);
        let sid = reader.take(size, WHAT)?;
        fields.set("domain_sid", text::sid(sid).unwrap_or_else(|| text::hex(sid)));
    }
    Ok(())
}

/// Every form ends in `NtVersion(4) LmNtToken(2) Lm20Token(2)`.
fn version(data: &[u8], fields: &mut Fields) {
    let number = data
        .last_chunk::<8>()
        .map(|[a, b, c, d, ..]| u32::from_le_bytes([*a, *b, *c, *d]));
    fields.set_some("nt_version", number);
}

/// The operations of [MS-ADTS] 6.3.1.3; 0 and 6 are Lan Manager's.
fn opcode_name(opcode: u16) -> Option<&'static str> {
    Some(match opcode {
        0 => "LOGON_REQUEST",
        6 => "LOGON_RESPONSE",
        7 => "LOGON_PRIMARY_QUERY",
        18 => "LOGON_SAM_LOGON_REQUEST",
        _ => netlogon::opcode_name(opcode)?,
    })
}
