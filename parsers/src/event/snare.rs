//! Snare's `MSWinEventLog`: fields apart by tabs, the message in one line.
//!
//! | field | |
//! |---|---|
//! | 0 | `MSWinEventLog` |
//! | 1 | criticality |
//! | 2 | channel |
//! | 3 | counter |
//! | 4 | time, without a zone: `Thu Mar 26 13:31:21 2020` |
//! | 5 | EventID |
//! | 6 | provider |
//! | 7, 8, 9 | user, kind of SID, kind of event |
//! | 10 | computer |
//! | 11, 12 | category, data |
//! | 13 | message |

use super::Reason;
use super::model::Draft;
use super::time::{self, Arrival};

pub(super) fn read(text: &str, arrival: &Arrival) -> Result<Draft, Reason> {
    let mut fields = text.splitn(14, '\t').map(str::trim);
    let mut field = |skip: usize| fields.nth(skip).ok_or(Reason::Truncated);
    let mut draft = Draft {
        channel: field(2)?.into(),
        ..Draft::default()
    };
    draft.time = time::any(field(1)?, arrival.utc_offset);
    draft.identify(field(0)?);
    draft.provider = field(0)?.into();
    draft.computer = field(3)?.into();
    let rest = field(2)?;
    // Behind the message may stand a counter or a checksum.
    draft.message = rest.split('\t').max_by_key(|part| part.len()).map(str::to_owned);
    Ok(draft)
}
