//! fsrvp: shadow copies of a file server's shares ([MS-FSRVP] 3.1.4), by which ShadowCoerce makes a server log on elsewhere.

use super::{Memory, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

pub(super) const STUBS: Stubs = Stubs::new(
    "a8e0653c-2744-4389-a61d-7373df8b2292",
    &[
        share(3).request(share_of_set),
        share(8).request(share_alone),
        share(9).request(share_alone),
        share(10).request(share_of_set),
        share(11).request(share_of_set),
    ],
);

/// An operation that carries the UNC path of a share.
const fn share(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::AuthenticationCoercion, Returns::Hresult)
}

/// `IsPathSupported([in, string] LPWSTR ShareName, …)`, `IsPathShadowCopied` alike ([MS-FSRVP] 3.1.4.9, 3.1.4.10).
fn share_alone(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.path(ndr.wide_string("share name")?.text());
    Ok(())
}

/// `AddToShadowCopySet(GUID ClientShadowCopyId, GUID ShadowCopySetId, [in, string] LPWSTR ShareName, …)`,
/// `GetShareMapping`, `DeleteShareMapping` alike: two GUIDs, then the share ([MS-FSRVP] 3.1.4.4, 3.1.4.11, 3.1.4.12).
fn share_of_set(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    ndr.guid("shadow copy")?;
    ndr.guid("shadow copy set")?;
    share_alone(ndr, told, memory)
}

#[cfg(test)]
mod tests {
    use crate::dcerpc::stubs::testing::{Stub, Talk};

    #[test]
    fn a_share_of_another_host_is_named() {
        for wide in [false, true] {
            let alone = Stub::new(wide).wide_string(r"\\attacker\NETLOGON\").done();
            let of_set = Stub::new(wide)
                .raw(&[7; 32])
                .wide_string(r"\\attacker\NETLOGON\")
                .done();
            for (opnum, stub) in [(8, &alone), (9, &alone), (3, &of_set), (10, &of_set)] {
                let activity = Talk::new("a8e0653c-2744-4389-a61d-7373df8b2292", wide)
                    .call(opnum, stub, &0x8007_0005_u32.to_le_bytes())
                    .only();
                assert_eq!(activity["kind"], "authentication_coercion");
                assert_eq!(activity["observed"]["host"], "attacker");
                assert_eq!(activity["status"]["name"], "ERROR_ACCESS_DENIED");
            }
        }
    }
}
