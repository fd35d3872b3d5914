//! samr: the security account manager's accounts, groups and passwords ([MS-SAMR] 3.1.5).
//!
//! Users, groups and aliases are known by their domain's SID and their RID; their names come from the lookups and
//! enumerations that a client makes before it opens them, and are said wherever a call is made on their handle.

mod lookup;
mod open;
#[cfg(test)]
mod tests;

use compact_str::CompactString;

use super::{Memory, Ndr, Operation, Returns, Stubs, Subject, Told};
use crate::activity::Kind;
use crate::reader::Malformed;

pub(super) const STUBS: Stubs = Stubs::new(
    "12345778-1234-abcd-ef00-0123456789ac",
    &[
        query(0).request(open::connect).response(open::opened),
        Operation::new(1, Kind::RpcCall, Returns::NtStatus)
            .request(open::close)
            .response(open::closed),
        query(5).request(lookup::domain).response(lookup::found_domain),
        query(6).request(lookup::enumerate).response(lookup::domains),
        query(7).request(open::domain).response(open::opened),
        query(11).request(lookup::enumerate).response(lookup::groups),
        query(13).request(lookup::enumerate_users).response(lookup::users),
        query(15).request(lookup::enumerate).response(lookup::aliases),
        query(17).request(lookup::names).response(lookup::found_names),
        query(18).request(lookup::ids).response(lookup::found_ids),
        query(19).request(open::group).response(open::opened),
        query(27).request(open::alias).response(open::opened),
        query(34).request(open::user).response(open::opened),
        query(57).request(open::connect2).response(open::opened),
        query(62).request(open::connect4).response(open::opened),
        query(64).request(open::connect5).response(open::connected5),
    ],
);

/// An operation that asks.
const fn query(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::SamrQuery, Returns::NtStatus).action("SAMR query")
}

/// The SID of what has `rid` in the domain of `sid`.
fn member(sid: &str, rid: u32) -> CompactString {
    compact_str::format_compact!("{sid}-{rid}")
}
