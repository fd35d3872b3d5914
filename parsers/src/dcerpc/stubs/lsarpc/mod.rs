//! lsarpc: the local security authority's policy, names, rights, trusts and secrets ([MS-LSAD] 3.1.4, [MS-LSAT] 3.1.4).
//!
//! What a secret holds is never read: its name and what came of the call is all that is told.

mod information;
mod lookup;
mod policy;
mod rights;
mod secret;
#[cfg(test)]
pub(super) mod tests;
mod trust;

use super::{Memory, Ndr, Operation, Returns, Stubs, Subject, Told, handles};
use crate::activity::Kind;
use crate::reader::Malformed;

/// A secret is read.
const RETRIEVAL: &str = "Private Data retrieval";

pub(super) const STUBS: Stubs = Stubs::new(
    "12345778-1234-abcd-ef00-0123456789ab",
    &[
        Operation::new(0, Kind::RpcCall, Returns::NtStatus)
            .request(handles::close)
            .response(handles::closed),
        query(2).request(handles::on).response(rights::privileges),
        query(3).request(policy::security),
        change(4).request(policy::security),
        query(6).request(policy::open).response(handles::opened),
        query(7).request(policy::information).response(policy::is),
        change(8).request(policy::information),
        change(10).request(rights::open_account).response(handles::opened),
        query(11).request(handles::on).response(rights::accounts),
        change(12).request(trust::create).response(handles::opened),
        query(13).request(handles::on).response(trust::domains),
        query(14).request(lookup::names).response(lookup::sids_of_names),
        query(15).request(lookup::sids).response(lookup::names_of_sids),
        change(16).request(secret::open).response(handles::opened),
        query(17).request(rights::open_account).response(handles::opened),
        query(18).request(handles::on).response(rights::privileges_are),
        change(19).request(rights::add_privileges),
        change(20).request(rights::remove_privileges),
        query(23).request(handles::on).response(rights::system_access_is),
        change(24).request(rights::system_access),
        query(25).request(trust::open).response(handles::opened),
        query(26).request(information::asked).response(information::is),
        change(27).request(information::set),
        query(28).request(secret::open).response(handles::opened),
        change(29).request(handles::on),
        query(30).action(RETRIEVAL).request(handles::on),
        query(31).request(rights::privilege),
        query(32).request(handles::on).response(rights::privilege_is),
        query(33).request(rights::privilege),
        change(34).request(handles::on).response(handles::closed),
        query(35).request(rights::right).response(rights::holders),
        query(36).request(rights::account).response(rights::are),
        change(37).request(rights::add),
        change(38).request(rights::remove),
        query(39).request(information::asked_by_sid).response(information::is),
        change(40).request(information::set_by_sid),
        change(41).request(trust::delete),
        change(42).request(secret::private_data),
        query(43).action(RETRIEVAL).request(secret::private_data),
        query(44).request(policy::open2).response(handles::opened),
        query(45).response(lookup::user_name),
        query(46).request(policy::information).response(policy::is),
        change(47).request(policy::information),
        query(48).request(information::asked_by_name).response(information::is),
        change(49).request(information::set_by_name),
        query(50).request(handles::on).response(trust::domains_ex),
        change(51).request(trust::create_ex).response(handles::opened),
        query(53).request(policy::level).response(information::policy_is),
        change(54).request(information::set_policy),
        query(55).request(trust::open_by_name).response(handles::opened),
        query(57).request(lookup::sids).response(lookup::names_of_sids_ex),
        query(58).request(lookup::names).response(lookup::sids_of_names_ex),
        change(59).request(trust::create_ex).response(handles::opened),
        query(68).request(lookup::names).response(lookup::sids_of_names_ex2),
        query(73).request(trust::forest).response(information::forest_is),
        change(74).request(information::set_forest),
        query(76).request(lookup::sids3).response(lookup::names_of_sids_ex),
        query(77).request(lookup::names4).response(lookup::sids_of_names_ex2),
        change(129).request(trust::create_ex).response(handles::opened),
        query(130).request(policy::open2),
        query(132).request(trust::forest).response(information::forest_is),
        change(133).request(information::set_forest),
    ],
);

/// An operation that asks.
const fn query(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::LsarpcQuery, Returns::NtStatus)
}

/// An operation that changes something.
const fn change(opnum: u16) -> Operation {
    query(opnum).changes()
}
