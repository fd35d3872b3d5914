//! Information about groups and aliases, asked for and set ([MS-SAMR] 2.2.4, 2.2.5).

use super::{Malformed, Memory, Ndr, Told, handles};
use crate::dcerpc::ndr::Text;

/// `SamrQueryInformationGroup([in] SAMPR_HANDLE GroupHandle, [in] GROUP_INFORMATION_CLASS, …)` ([MS-SAMR] 2.2.4.6).
pub(super) fn asked(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::level(ndr, told, memory, |level| match level {
        1 => Some("GroupGeneralInformation"),
        2 => Some("GroupNameInformation"),
        3 => Some("GroupAttributeInformation"),
        4 => Some("GroupAdminCommentInformation"),
        5 => Some("GroupReplicationInformation"),
        _ => None,
    })
}

/// `SamrQueryInformationAlias([in] SAMPR_HANDLE AliasHandle, [in] ALIAS_INFORMATION_CLASS, …)` ([MS-SAMR] 2.2.5.5).
pub(super) fn asked_alias(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    handles::level(ndr, told, memory, |level| match level {
        1 => Some("AliasGeneralInformation"),
        2 => Some("AliasNameInformation"),
        3 => Some("AliasAdminCommentInformation"),
        _ => None,
    })
}

/// `[out, switch_is(GroupInformationClass)] PSAMPR_GROUP_INFO_BUFFER *Buffer`.
pub(super) fn group_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("information")? {
        true => group(ndr, told),
        false => Ok(()),
    }
}

/// `SamrSetInformationGroup([in] SAMPR_HANDLE, [in] GROUP_INFORMATION_CLASS, [in, switch_is] PSAMPR_GROUP_INFO_BUFFER)`.
pub(super) fn set_group(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    asked(ndr, told, memory)?;
    group(ndr, told)
}

/// `[out, switch_is(AliasInformationClass)] PSAMPR_ALIAS_INFO_BUFFER *Buffer`.
pub(super) fn alias_is(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("information")? {
        true => alias(ndr, told),
        false => Ok(()),
    }
}

/// `SamrSetInformationAlias([in] SAMPR_HANDLE, [in] ALIAS_INFORMATION_CLASS, [in, switch_is] PSAMPR_ALIAS_INFO_BUFFER)`.
pub(super) fn set_alias(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    asked_alias(ndr, told, memory)?;
    alias(ndr, told)
}

/// SAMPR_GROUP_INFO_BUFFER: general and replication information are `RPC_UNICODE_STRING Name; ULONG Attributes, MemberCount;
/// RPC_UNICODE_STRING AdminComment`, the others one of these ([MS-SAMR] 2.2.4.7).
fn group(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    match class(ndr)? {
        1 | 5 => {
            let name = ndr.counted("name")?;
            told.details.set("attributes", ndr.u32("attributes")?);
            told.details.set("member_count", ndr.u32("members")?);
            let comment = ndr.counted("comment")?;
            let name = ndr.counted_wide(name, "name")?;
            let comment = ndr.counted_wide(comment, "comment")?;
            told_text(told, "group", name);
            told_text(told, "comment", comment);
        }
        2 => told_text(told, "group", ndr.unicode_argument("name")?),
        3 => told.details.set("attributes", ndr.u32("attributes")?),
        4 => told_text(told, "comment", ndr.unicode_argument("comment")?),
        _ => {}
    }
    Ok(())
}

/// SAMPR_ALIAS_INFO_BUFFER: general information is `RPC_UNICODE_STRING Name; ULONG MemberCount; RPC_UNICODE_STRING
/// AdminComment`, the others one of these ([MS-SAMR] 2.2.5.6).
fn alias(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    match class(ndr)? {
        1 => {
            let name = ndr.counted("name")?;
            told.details.set("member_count", ndr.u32("members")?);
            let comment = ndr.counted("comment")?;
            let name = ndr.counted_wide(name, "name")?;
            let comment = ndr.counted_wide(comment, "comment")?;
            told_text(told, "alias", name);
            told_text(told, "comment", comment);
        }
        2 => told_text(told, "alias", ndr.unicode_argument("name")?),
        3 => told_text(told, "comment", ndr.unicode_argument("comment")?),
        _ => {}
    }
    Ok(())
}

/// The discriminant of an information buffer.
fn class(ndr: &mut Ndr<'_>) -> Result<u32, Malformed> {
    ndr.union(8);
    let class = ndr.enumeration("information level")?;
    ndr.union(8);
    Ok(class)
}

fn told_text(told: &mut Told, name: &'static str, text: Option<Text<'_>>) {
    if let Some(text) = text {
        told.long(name, text.text());
    }
}
