//! Event logs of another machine: [MS-EVEN] and [MS-EVEN6].
//!
//! A handle's log is remembered. What is read from a log passes; that it is read, cleared, saved or switched off, and by which
//! query, is told. A file of another host makes the server log on there.

mod channels;
mod classic;
#[cfg(test)]
mod tests;
mod variant;

use super::{LISTED, Memory, Operation, Returns, Stubs, Subject, Told, bits, handles};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

const fn old(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::EventLog, Returns::NtStatus)
}

const fn new(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::EventLog, Returns::Win32)
}

/// `eventlog` ([MS-EVEN] 3.1.4).
pub(super) const EVENTLOG: Stubs = Stubs::new(
    "82273fdc-e32a-18c3-3f78-827929dc23ea",
    &[
        old(0).changes().request(classic::clear::<true>),
        old(1).changes().request(classic::backup::<true>),
        Operation::new(2, Kind::RpcCall, Returns::NtStatus)
            .request(on_log)
            .response(handles::gone),
        Operation::new(3, Kind::RpcCall, Returns::NtStatus)
            .request(on_log)
            .response(handles::gone),
        old(4).request(on_log).response(classic::record_count),
        old(5).request(on_log).response(classic::oldest_record),
        old(6).request(on_log),
        old(7).request(classic::open::<true>).response(opened),
        old(8).request(classic::open::<true>).response(opened),
        old(9).request(classic::open_backup::<true>).response(opened),
        old(10).request(classic::read),
        old(11).changes().request(classic::report::<true>),
        old(12).changes().request(classic::clear::<false>),
        old(13).changes().request(classic::backup::<false>),
        old(14).request(classic::open::<false>).response(opened),
        old(15).request(classic::open::<false>).response(opened),
        old(16).request(classic::open_backup::<false>).response(opened),
        old(17).request(classic::read),
        old(18).changes().request(classic::report::<false>),
        old(22).request(on_log).response(classic::information),
        old(24).changes().request(classic::report_of_source),
        old(25).changes().request(classic::report_ex::<true>),
        old(26).changes().request(classic::report_ex::<false>),
    ],
);

/// `eventlog6` ([MS-EVEN6] 3.1.4).
pub(super) const EVENTLOG6: Stubs = Stubs::new(
    "f6beaff7-1e19-4fbb-9f8f-b89e2018337c",
    &[
        new(0).request(channels::subscribe).response(channels::registered),
        new(1).request(on_log),
        new(2).request(on_log),
        new(3).request(on_log),
        new(5).request(channels::query).response(channels::registered),
        new(6).changes().request(channels::clear),
        new(7).changes().request(channels::export),
        new(8).changes().request(channels::localize),
        new(11).request(on_log),
        new(12).request(on_log),
        Operation::new(13, Kind::RpcCall, Returns::Win32)
            .request(on_log)
            .response(handles::gone),
        new(15).changes().request(channels::configured_of),
        new(16).changes().request(channels::configured_of),
        new(17).request(channels::open).response(opened),
        new(18).request(channels::property).response(channels::property_value),
        new(19).response(channels::listed::<true>),
        new(20).request(channels::channel).response(channels::configuration),
        new(21).changes().request(channels::configure),
        new(22).response(channels::listed::<false>),
        new(23).response(channels::listed::<false>),
        new(24).request(channels::publisher).response(channels::published),
        new(25).request(on_log),
        new(26).request(on_log),
        new(28).request(channels::channel),
    ],
);

/// `[out] handle`, first or alone.
fn opened(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.opened(ndr.handle("log")?, memory);
    Ok(())
}

/// Operations whose handle says all that is the same in every call of its kind.
fn on_log(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("log")?, memory);
    Ok(())
}
