//! dssetup: what a computer is to its domain ([MS-DSSP] 3.2.5).

use super::{Memory, Ndr, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::ndr::Text;
use crate::reader::Malformed;

pub(super) const STUBS: Stubs = Stubs::new(
    "3919286a-b10c-11d0-9ba8-00c04fd92ef5",
    &[Operation::new(0, Kind::LsarpcQuery, Returns::Win32)
        .request(asked)
        .response(answered)],
);

/// `DsRolerGetPrimaryDomainInformation([in] DSROLE_PRIMARY_DOMAIN_INFO_LEVEL InfoLevel,
/// [out, switch_is(InfoLevel)] PDSROLER_PRIMARY_DOMAIN_INFORMATION *DomainInfo)`.
fn asked(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details
        .set("information_level", ndr.enumeration("information level")?);
    Ok(())
}

/// Level 1, DSROLER_PRIMARY_DOMAIN_INFO_BASIC (2.2.4).
///
/// ```text
/// enum MachineRole; u32 Flags; [string] wchar_t *DomainNameFlat, *DomainNameDns, *DomainForestName; GUID DomainGuid
/// ```
fn answered(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if !ndr.pointer("information")? {
        return Ok(());
    }
    ndr.union(8);
    let level = ndr.enumeration("information level")?;
    ndr.union(8);
    if level != 1 {
        return Ok(());
    }
    ndr.align_pointer();
    let role = ndr.enumeration("machine role")?;
    told.details.set("machine_role", role);
    told.details.set_some("machine_role_name", self::role(role));
    ndr.u32("flags")?;
    let present = [ndr.pointer("domain")?, ndr.pointer("domain")?, ndr.pointer("forest")?];
    let guid = ndr.guid("guid")?;
    for (name, present) in ["domain", "dns_domain", "dns_forest"].into_iter().zip(present) {
        let text = if present {
            Some(ndr.wide_string("domain")?)
        } else {
            None
        };
        told.details.set_some(name, text.as_ref().map(Text::text));
    }
    if !guid.is_nil() {
        told.details.set("domain_guid", guid.text());
    }
    Ok(())
}

/// DSROLE_MACHINE_ROLE (2.2.1).
const fn role(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "DsRole_RoleStandaloneWorkstation",
        1 => "DsRole_RoleMemberWorkstation",
        2 => "DsRole_RoleStandaloneServer",
        3 => "DsRole_RoleMemberServer",
        4 => "DsRole_RoleBackupDomainController",
        5 => "DsRole_RolePrimaryDomainController",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::dcerpc::stubs::testing::{Stub, Talk};

    const DSSETUP: &str = "3919286a-b10c-11d0-9ba8-00c04fd92ef5";

    #[test]
    fn a_controller_says_what_it_is_to_its_domain() {
        for wide in [false, true] {
            let asked = Stub::new(wide).enumeration(1).done();
            let information = Stub::new(wide).pointer().pad64(8).enumeration(1).pad64(8).structure();
            let fixed = information
                .enumeration(5)
                .u32(0x0100_0001)
                .pointer()
                .pointer()
                .pointer();
            let answered = fixed
                .guid("33221100554477668899aabbccddeeff")
                .wide_string("LAB")
                .structure()
                .wide_string("lab.example")
                .structure()
                .wide_string("forest.example")
                .u32(0)
                .done();
            let activity = Talk::new(DSSETUP, wide).call(0, &asked, &answered).only();
            assert_eq!(
                (&activity["kind"], &activity["outcome"]),
                (&json!("lsarpc_query"), &json!("success"))
            );
            let details = &activity["details"];
            assert_eq!(details["operation"], "DsRolerGetPrimaryDomainInformation");
            assert_eq!(
                (&details["information_level"], &details["machine_role_name"]),
                (&json!(1), &json!("DsRole_RolePrimaryDomainController"))
            );
            assert_eq!(
                (&details["domain"], &details["dns_domain"], &details["dns_forest"]),
                (&json!("LAB"), &json!("lab.example"), &json!("forest.example"))
            );
            assert_eq!(details["domain_guid"], "00112233-4455-6677-8899-aabbccddeeff");
        }
    }

    #[test]
    fn other_levels_and_refusals_say_no_more() {
        let asked = Stub::new(false).enumeration(2).done();
        let upgrade = Stub::new(false)
            .pointer()
            .enumeration(2)
            .align(4)
            .u32(0)
            .u32(0)
            .u32(0)
            .done();
        let activity = Talk::new(DSSETUP, false).call(0, &asked, &upgrade).only();
        assert_eq!(activity["details"].get("machine_role"), None);
        let refused = Stub::new(false).null().u32(5).done();
        let activity = Talk::new(DSSETUP, false).call(0, &asked, &refused).only();
        assert_eq!(
            (&activity["outcome"], &activity["status"]["name"]),
            (&json!("failure"), &json!("ERROR_ACCESS_DENIED"))
        );
    }
}
