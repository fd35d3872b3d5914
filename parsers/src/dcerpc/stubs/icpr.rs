//! icpr: certificates asked of an authority ([MS-ICPR] 3.2.4): by which template, and in whose name.

use compact_str::CompactString;

use super::{Memory, Operation, Returns, Stubs, Told, bits, secret};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::fields::Fields;
use crate::reader::Malformed;
use crate::text;

pub(super) const STUBS: Stubs = Stubs::new(
    "91ae6020-9e3c-11cf-8d7c-00aa00c091be",
    &[Operation::new(0, Kind::RpcCall, Returns::Hresult)
        .changes()
        .request(requested)
        .response(answered)],
);

/// Attributes of a request that are told.
const MAX_ATTRIBUTES: usize = 32;

/// `CertServerRequest(DWORD dwFlags, [in, unique, string] const wchar_t *pwszAuthority, [in, out] DWORD *pdwRequestId, [out]
/// DWORD *pdwDisposition, const CERTTRANSBLOB *pctbAttribs, const CERTTRANSBLOB *pctbRequest, …)` ([MS-ICPR] 3.2.4.1.1).
fn requested(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let flags = ndr.u32("flags")?;
    told.details.set("flags", flags);
    told.details.set_some("request_format", format(flags));
    told.details.list("flag_names", bits::names(flags, FLAGS));
    told.argument(ndr, "authority", "authority")?;
    let id = ndr.u32("request id")?;
    told.details.set_some("request_id", Some(id).filter(|id| *id != 0));
    attributes(&text(ndr.blob()?), told);
    told.details.set("request_size", ndr.blob()?.len());
    Ok(())
}

/// `[in, out] DWORD *pdwRequestId, [out] DWORD *pdwDisposition, [out] CERTTRANSBLOB *pctbCert, *pctbEncodedCert,
/// *pctbDispositionMessage`.
fn answered(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let id = ndr.u32("request id")?;
    if id != 0 {
        told.details.replace("request_id", id);
    }
    let disposition = ndr.u32("disposition")?;
    told.details.set("disposition", disposition);
    told.details.set_some("disposition_name", disposition_name(disposition));
    ndr.blob()?;
    told.details.set("certificate_size", ndr.blob()?.len());
    told.long("disposition_message", text(ndr.blob()?));
    Ok(())
}

/// Text in octets is UTF-16LE, whatever the byte order of the call ([MS-WCCE] 2.2.2.7.10).
fn text(octets: &[u8]) -> CompactString {
    CompactString::from(text::utf16(octets).trim_end_matches('\0'))
}

/// `name:value` lines ([MS-WCCE] 2.2.2.7.10), of which template and subject alternative name stand on their own.
fn attributes(lines: &str, told: &mut Told) {
    let lines = lines.lines().filter_map(|line| line.split_once(':'));
    let mut listed = Vec::new();
    for (name, value) in lines.map(|(name, value)| (name.trim(), value.trim())) {
        if name.eq_ignore_ascii_case("CertificateTemplate") && told.details.get("template").is_none() {
            told.long("template", value.into());
        }
        if name.eq_ignore_ascii_case("SAN") && told.details.get("san").is_none() {
            told.long("san", value.into());
        }
        if listed.len() >= MAX_ATTRIBUTES {
            told.limit = Some("dcerpc.listed");
            continue;
        }
        let mut attribute = Fields::sized(2);
        attribute.set("name", told.cut(name.into()));
        if !is_secret(name) {
            attribute.set("value", told.cut(value.into()));
        }
        listed.push(attribute);
    }
    told.details.list("attributes", listed);
}

/// A challenge is the password by which whoever enrolls is known (RFC 8894 §2.3).
fn is_secret(name: &str) -> bool {
    name.eq_ignore_ascii_case("challenge") || secret::sounds(name)
}

/// The format of the request, in the second octet of its flags ([MS-WCCE] 3.2.1.4.2.1.1).
const fn format(flags: u32) -> Option<&'static str> {
    Some(match flags >> 8 & 0xff {
        1 => "PKCS10",
        2 => "KEYGEN",
        3 => "PKCS7",
        4 => "CMC",
        _ => return None,
    })
}

/// What else the flags ask for ([MS-WCCE] 3.2.1.4.2.1.1).
const FLAGS: &[(u32, &str)] = &[
    (0x0002_0000, "CR_IN_RPC"),
    (0x0004_0000, "CR_IN_FULLRESPONSE"),
    (0x0008_0000, "CR_IN_CRLS"),
];

/// What became of the request ([MS-WCCE] 3.2.1.4.2.1.1.3).
const fn disposition_name(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "CR_DISP_INCOMPLETE",
        1 => "CR_DISP_ERROR",
        2 => "CR_DISP_DENIED",
        3 => "CR_DISP_ISSUED",
        4 => "CR_DISP_ISSUED_OUT_OF_BAND",
        5 => "CR_DISP_UNDER_SUBMISSION",
        6 => "CR_DISP_REVOKED",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::dcerpc::stubs::testing::{Stub, Talk};

    const ICPR: &str = "91ae6020-9e3c-11cf-8d7c-00aa00c091be";

    fn blob(stub: Stub, octets: &[u8]) -> Stub {
        let size = u32::try_from(octets.len()).unwrap();
        stub.structure().u32(size).pointer().size(size).octets(octets)
    }

    #[test]
    fn attributes_are_bounded_and_secrets_among_them_not_told() {
        let lines = format!(
            "challenge:S3cret\nPassword: S3cret\n{}SAN:upn=eve\n",
            "a:b\n".repeat(40)
        );
        let lines: Vec<u8> = lines.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let request = Stub::new(false).u32(0x100).null().u32(0);
        let request = blob(blob(request, &lines), &[0x30; 300]).done();
        let said = Talk::new(ICPR, false).call(0, &request, &[]).finish();
        let attributes = said.activities[0]["details"]["attributes"].as_array().unwrap();
        assert_eq!((attributes.len(), &attributes[0]), (32, &json!({"name": "challenge"})));
        assert_eq!(said.activities[0]["details"]["san"], "upn=eve", "wherever it stands");
        assert!(!said.activities[0].to_string().contains("S3cret"));
        assert_eq!(said.out.counters.limits(), [("dcerpc.listed", 1)]);
    }

    #[test]
    fn a_request_in_the_name_of_another_says_so() {
        for wide in [false, true] {
            let lines = "CertificateTemplate:User\nSAN:upn=administrator@lab.example\n\0";
            let lines: Vec<u8> = lines.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let request = Stub::new(wide).u32(0x100).wide_argument("LAB-CA").u32(0);
            let request = blob(blob(request, &lines), &[0x30; 300]).done();
            let message: Vec<u8> = "Issued\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
            let answer = Stub::new(wide).u32(17).u32(3);
            let answer = blob(blob(blob(answer, &[]), &[0x30; 900]), &message).u32(0).done();
            let activity = Talk::new(ICPR, wide).call(0, &request, &answer).only();
            let details = &activity["details"];
            assert_eq!(
                (&details["authority"], &details["template"]),
                (&json!("LAB-CA"), &json!("User"))
            );
            assert_eq!(details["san"], "upn=administrator@lab.example");
            assert_eq!(details["attributes"][1]["name"], "SAN");
            assert_eq!(
                (&details["request_format"], &details["request_size"]),
                (&json!("PKCS10"), &json!(300))
            );
            assert_eq!(
                (&details["request_id"], &details["disposition_name"]),
                (&json!(17), &json!("CR_DISP_ISSUED"))
            );
            assert_eq!(
                (&details["certificate_size"], &details["disposition_message"]),
                (&json!(900), &json!("Issued"))
            );
            assert_eq!(
                (&activity["kind"], &activity["outcome"]),
                (&json!("rpc_call"), &json!("success"))
            );
        }
    }
}
