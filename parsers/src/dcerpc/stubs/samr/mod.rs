//! samr: the security account manager's accounts, groups and passwords ([MS-SAMR] 3.1.5).
//!
//! Users, groups and aliases are known by their domain's SID and their RID; their names come from the lookups and
//! enumerations that a client makes before it opens them, and are said wherever a call is made on their handle.
//! Passwords, in whatever encryption, are never read.

mod change;
mod group;
mod information;
mod lookup;
mod membership;
mod open;
mod password;
#[cfg(test)]
mod tests;
mod user;

use compact_str::CompactString;

use super::{Memory, Ndr, Operation, Returns, Stubs, Subject, Told, handles};
use crate::activity::Kind;
use crate::reader::Malformed;

const MEMBERSHIP: &str = "Group Membership changed";
const CREATED: &str = "Security Principal created";
const DELETED: &str = "Security Principal deleted changed";

pub(super) const STUBS: Stubs = Stubs::new(
    "12345778-1234-abcd-ef00-0123456789ac",
    &[
        query(0).request(open::connect).response(handles::opened),
        Operation::new(1, Kind::RpcCall, Returns::NtStatus)
            .request(handles::close)
            .response(handles::closed),
        change(2, None).request(information::security),
        query(3).request(information::security),
        query(5).request(lookup::domain).response(lookup::found_domain),
        query(6).request(lookup::enumerate).response(lookup::domains),
        query(7).request(open::domain).response(handles::opened),
        query(8).request(information::domain).response(information::domain_is),
        change(9, None).request(information::domain),
        change(10, Some(CREATED))
            .request(change::create_group)
            .response(change::created),
        query(11).request(lookup::enumerate).response(lookup::entries),
        change(12, Some(CREATED))
            .request(change::create_user)
            .response(change::created),
        query(13).request(lookup::enumerate_users).response(lookup::entries),
        change(14, Some(CREATED))
            .request(change::create_alias)
            .response(change::created),
        query(15).request(lookup::enumerate).response(lookup::entries),
        query(16).request(membership::aliases_of).response(membership::aliases),
        query(17).request(lookup::names).response(lookup::found_names),
        query(18).request(lookup::ids).response(lookup::found_ids),
        query(19).request(open::group).response(handles::opened),
        query(20).request(group::asked).response(group::group_is),
        change(21, None).request(group::set_group),
        change(22, Some(MEMBERSHIP)).request(change::add_member),
        change(23, Some(DELETED))
            .request(change::delete)
            .response(handles::closed),
        change(24, Some(MEMBERSHIP)).request(change::remove_member),
        query(25).request(handles::on).response(membership::members_of_group),
        change(26, Some(MEMBERSHIP)).request(change::attributes_of_member),
        query(27).request(open::alias).response(handles::opened),
        query(28).request(group::asked_alias).response(group::alias_is),
        change(29, None).request(group::set_alias),
        change(30, Some(DELETED))
            .request(change::delete)
            .response(handles::closed),
        change(31, Some(MEMBERSHIP)).request(change::add_sid),
        change(32, Some(MEMBERSHIP)).request(change::remove_sid),
        query(33).request(handles::on).response(membership::members_of_alias),
        query(34).request(open::user).response(handles::opened),
        change(35, Some(DELETED))
            .request(change::delete)
            .response(handles::closed),
        query(36).request(information::level).response(user::is),
        change(37, None).request(user::set),
        password(38).request(password::change),
        query(39).request(handles::on).response(membership::groups),
        query(40).request(information::display).response(information::displayed),
        query(41).request(information::level),
        query(44).request(handles::on).response(information::password_policy),
        change(45, Some(MEMBERSHIP)).request(change::remove_foreign),
        query(46).request(information::domain).response(information::domain_is),
        query(47).request(information::level).response(user::is),
        query(48).request(information::display).response(information::displayed),
        query(49).request(information::level),
        change(50, Some(CREATED))
            .request(change::create_user2)
            .response(change::created2),
        query(51).request(information::display).response(information::displayed),
        change(52, Some(MEMBERSHIP)).request(change::add_sids),
        change(53, Some(MEMBERSHIP)).request(change::remove_sids),
        password(54).request(password::oem_change),
        password(55).request(password::unicode_change),
        query(56).response(information::password_policy),
        query(57).request(open::connect2).response(handles::opened),
        change(58, None).request(user::set),
        query(62).request(open::connect4).response(handles::opened),
        password(63).request(password::unicode_change),
        query(64).request(open::connect5).response(open::connected5),
        query(65).request(lookup::rid).response(lookup::found_sid),
        password(66).request(password::recovery),
        query(67).request(password::validate),
        password(73).request(password::unicode_change),
        query(74).request(lookup::reuse).response(lookup::may_reuse),
        query(77).request(lookup::managed).response(lookup::is_managed),
    ],
);

/// An operation that asks.
const fn query(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::SamrQuery, Returns::NtStatus).action("SAMR query")
}

/// An operation that changes something.
const fn change(opnum: u16, action: Option<&'static str>) -> Operation {
    let operation = Operation::new(opnum, Kind::SamrQuery, Returns::NtStatus).changes();
    match action {
        Some(action) => operation.action(action),
        None => operation,
    }
}

/// An operation that changes a password.
const fn password(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::PasswordChange, Returns::NtStatus).action(password::CHANGED)
}

/// The SID of what has `rid` in the domain of `sid`.
fn member(sid: &str, rid: u32) -> CompactString {
    compact_str::format_compact!("{sid}-{rid}")
}
