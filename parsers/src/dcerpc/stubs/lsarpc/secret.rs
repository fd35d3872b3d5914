//! Secrets: their names.

use super::{Malformed, Memory, Ndr, Told, handles, policy};
use crate::dcerpc::ndr::Text;

/// `LsarCreateSecret`, `LsarOpenSecret([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_UNICODE_STRING SecretName, [in] ACCESS_MASK,
/// [out] LSAPR_HANDLE *)`.
pub(super) fn open(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let name = ndr.unicode_argument("secret")?;
    policy::opens(told, "secret_name", name.as_ref().map(Text::text));
    told.details.set("desired_access", ndr.u32("desired access")?);
    Ok(())
}

/// `LsarStorePrivateData`, `LsarRetrievePrivateData([in] LSAPR_HANDLE PolicyHandle, [in] PRPC_UNICODE_STRING KeyName, …)`.
pub(super) fn private_data(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::on(ndr, told, memory)?;
    let name = ndr.unicode_argument("secret")?;
    told.details.set_some("secret_name", name.as_ref().map(Text::text));
    Ok(())
}
