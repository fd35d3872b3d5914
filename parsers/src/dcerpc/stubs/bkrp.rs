//! bkrp: the domain's backup of data protection keys ([MS-BKRP] 3.1.4): whoever has its private key opens what every user of
//! the domain protects.

use super::{Memory, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::uuid::Uuid;
use crate::reader::Malformed;

pub(super) const STUBS: Stubs = Stubs::new(
    "3dde7c30-165d-11d1-ab8f-00805f14db40",
    &[Operation::new(0, Kind::DpapiBackupKey, Returns::Win32)
        .action("Private Data retrieval")
        .request(backup_key)
        .response(backed_up)],
);

/// `BackuprKey(GUID *pguidActionAgent, [size_is(cbDataIn)] byte *pDataIn, DWORD cbDataIn, [out] byte **ppDataOut, [out] DWORD
/// *pcbDataOut, DWORD dwParam)` ([MS-BKRP] 3.1.4.1).
fn backup_key(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let agent = ndr.guid("action agent")?;
    told.details.set("action_agent", agent.text());
    told.details.set_some("backup_action", action(agent));
    told.details.set("data_size", ndr.conformance(1, "data")?);
    Ok(())
}

/// `[out, size_is(, *pcbDataOut)] byte **ppDataOut`: how much was returned.
fn backed_up(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("data")? {
        told.details.set("returned_size", ndr.conformance(1, "data")?);
    }
    Ok(())
}

/// What is asked for ([MS-BKRP] 3.1.4.1).
fn action(agent: Uuid) -> Option<&'static str> {
    const BACKUP: Uuid = Uuid::parse("7f752b10-178e-11d1-ab8f-00805f14db40");
    const RESTORE_WIN2K: Uuid = Uuid::parse("7fe94d50-178e-11d1-ab8f-00805f14db40");
    const RETRIEVE: Uuid = Uuid::parse("018ff48a-eaba-40c6-8f6d-72370240e967");
    const RESTORE: Uuid = Uuid::parse("47270c64-2fc7-499b-ac5b-0e37cdce899a");
    Some(match agent {
        BACKUP => "BACKUPKEY_BACKUP_GUID",
        RESTORE_WIN2K => "BACKUPKEY_RESTORE_GUID_WIN2K",
        RETRIEVE => "BACKUPKEY_RETRIEVE_BACKUP_KEY_GUID",
        RESTORE => "BACKUPKEY_RESTORE_GUID",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::dcerpc::stubs::testing::{Stub, Talk};

    const BKRP: &str = "3dde7c30-165d-11d1-ab8f-00805f14db40";

    #[test]
    fn the_domain_key_is_asked_for_by_its_action() {
        for wide in [false, true] {
            let retrieve = Stub::new(wide)
                .guid("8af48f01 baea c640 8f6d 72370240e967")
                .size(1)
                .raw(&[0])
                .u32(0)
                .u32(0)
                .done();
            let answer = Stub::new(wide)
                .pointer()
                .size(700)
                .raw(&[0x30; 700])
                .u32(700)
                .u32(0)
                .done();
            let activity = Talk::new(BKRP, wide).call(0, &retrieve, &answer).only();
            assert_eq!(activity["kind"], "dpapi_backup_key");
            assert_eq!(activity["action_type"], "Private Data retrieval");
            assert_eq!(
                activity["details"]["backup_action"],
                "BACKUPKEY_RETRIEVE_BACKUP_KEY_GUID"
            );
            assert_eq!(
                activity["details"]["action_agent"],
                "018ff48a-eaba-40c6-8f6d-72370240e967"
            );
            assert_eq!(activity["details"]["returned_size"], 700);
            assert_eq!(activity["outcome"], "success");
        }
    }

    #[test]
    fn what_is_sealed_is_told_by_its_size() {
        let activity = Talk::new(BKRP, false).sealed(0, &[1; 48], &[2; 720]).only();
        assert_eq!(activity["kind"], "dpapi_backup_key");
        assert_eq!(activity["details"]["sealed"], true);
        assert_eq!(activity["details"]["response_size"], 720);
    }
}
