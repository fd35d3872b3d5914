//! Passwords change: whose, and by which operation. What they are is never read.

use super::{Malformed, Memory, Ndr, Told, handles};
use crate::dcerpc::ndr::Text;

/// The action of a changed password.
pub(super) const CHANGED: &str = "Account Password changed";

/// `SamrChangePasswordUser([in] SAMPR_HANDLE UserHandle, …)`.
pub(super) fn change(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.details.set("method", "samr_change");
    handles::on(ndr, told, memory)
}

/// `SamrOemChangePasswordUser2([in, unique] PRPC_STRING ServerName, [in] PRPC_STRING UserName, …)`.
pub(super) fn oem_change(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("method", "samr_change");
    if ndr.pointer("server name")? {
        let head = ndr.counted("server name")?;
        let server = ndr.counted_narrow(head, "server name")?;
        told.details.set_some("server_name", server.as_ref().map(Text::text));
    }
    let head = ndr.counted("user name")?;
    let user = ndr.counted_narrow(head, "user name")?;
    told.observed.target_account = user.as_ref().map(Text::text);
    Ok(())
}

/// `SamrUnicodeChangePasswordUser2`, `…3` and `…4`: `([in, unique] PRPC_UNICODE_STRING ServerName,
/// [in] PRPC_UNICODE_STRING UserName, …)`.
pub(super) fn unicode_change(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("method", "samr_change");
    if ndr.pointer("server name")? {
        let server = ndr.unicode_argument("server name")?;
        told.details.set_some("server_name", server.as_ref().map(Text::text));
    }
    let user = ndr.unicode_argument("user name")?;
    told.observed.target_account = user.as_ref().map(Text::text);
    Ok(())
}

/// `SamrSetDSRMPassword([in, unique] PRPC_UNICODE_STRING Unused, [in] DWORD UserId, …)`: that of the account that recovers
/// a domain controller.
pub(super) fn recovery(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.details.set("method", "samr_dsrm");
    if ndr.pointer("unused")? {
        ndr.unicode_argument("unused")?;
    }
    told.details.set("rid", ndr.u32("user id")?);
    Ok(())
}

/// `SamrValidatePassword([in] PASSWORD_POLICY_VALIDATION_TYPE ValidationType, …)`.
pub(super) fn validate(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let kind = ndr.enumeration("validation type")?;
    told.details.set("validation_type", kind);
    told.details.set_some(
        "validation_type_name",
        match kind {
            1 => Some("SamValidateAuthentication"),
            2 => Some("SamValidatePasswordChange"),
            3 => Some("SamValidatePasswordReset"),
            _ => None,
        },
    );
    Ok(())
}
