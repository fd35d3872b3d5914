//! RSA Security Analytics: nine fields behind one another, apart by a line feed or by the two characters `\n`. What the last
//! three say is documented of who authenticates; of other events they tell neither who did it nor whom it happened to.

use super::Reason;
use super::model::Draft;
use super::time::{self, Arrival};

/// `RsaSA`, time, EventID, provider, channel, computer, user, source host, result code.
pub(super) fn read(text: &str, arrival: &Arrival) -> Result<Draft, Reason> {
    let apart = if text.contains('\n') { "\n" } else { "\\n" };
    let mut fields = text.split(apart).map(str::trim).skip(1);
    let mut field = || fields.next().ok_or(Reason::Truncated);
    let mut draft = Draft {
        time: time::any(field()?, arrival.utc_offset),
        ..Draft::default()
    };
    draft.identify(field()?);
    draft.provider = field()?.into();
    let channel = field()?;
    // The documented sample has `Security\host` where `Security\nhost` is meant.
    let (channel, computer) = match channel.split_once('\\') {
        Some((channel, computer)) => (channel, computer),
        None => (channel, field()?),
    };
    (draft.channel, draft.computer) = (channel.into(), computer.into());
    let (account, host, status) = (field()?, field()?, field()?);
    let names = match draft.id {
        Some(4_776) => ["TargetUserName", "Workstation", "Status"],
        Some(4_624 | 4_625) => ["TargetUserName", "WorkstationName", "Status"],
        _ => ["User", "Host", "Result"],
    };
    for (name, value) in names.into_iter().zip([account, host, status]) {
        draft.add(name, value)?;
    }
    Ok(draft)
}
