//! What Samba's controllers audit (`auth_json_audit`, `dsdb_json_audit` and its kin of smb.conf's `log level`), as JSON.
//!
//! ```text
//! {"timestamp": "2026-11-20T23:20:55.247039+0000", "type": "Authentication", "Authentication": {"eventId": 4624, …}}
//! ```
//! The record stands under its own name, which is taken for a channel of the provider `Samba`; its members are the data. Where it
//! names a Windows event (`eventId`) it is that event's, in Samba's words; `dsdbChange` names none. What becomes of an attribute is
//! a datum `attributes.NAME.ACTION` for each value. Of passwords Samba tells that they were changed and nothing else (`redacted`).

use capture::Timestamp;
use compact_str::{CompactString, format_compact};
use smallvec::SmallVec;

use super::Reason;
use super::model::{Draft, MAX_VALUE, cut};

/// Who tells.
pub(super) const PROVIDER: &str = "Samba";

/// What the data of an attribute begin with.
pub(super) const ATTRIBUTES: &str = "attributes.";

/// The most values of a change that are kept.
const MAX_VALUES: usize = 8;

/// Whether an object of the outermost one is a record of the audit (`type` says its name again).
pub(super) fn is_record(name: &str) -> bool {
    matches!(
        name,
        "Authentication"
            | "Authorization"
            | "KDC Authorization"
            | "dsdbChange"
            | "dsdbTransaction"
            | "groupChange"
            | "passwordChange"
            | "replicatedUpdate"
    )
}

/// The record called `name` begins.
pub(super) fn begin(draft: &mut Draft, name: &str) {
    draft.provider = CompactString::const_new(PROVIDER);
    draft.channel = name.into();
}

/// All was read; `stamp` is the time of the outermost object.
pub(super) fn finish(mut draft: Draft, stamp: Option<Timestamp>) -> Draft {
    if draft.provider == PROVIDER {
        draft.id = draft.id.or(Some(0));
        draft.time = draft.time.or(stamp);
    }
    draft
}

/// What becomes of an attribute, while it is read.
#[derive(Debug, Default)]
pub(super) struct Change {
    attribute: CompactString,
    action: CompactString,
    values: SmallVec<[CompactString; 2]>,
    /// All of them.
    count: u64,
    /// The value at hand is no text.
    binary: bool,
    /// There is a value at hand.
    valued: bool,
}

impl Change {
    /// Of the attribute called `name`.
    pub(super) fn of(name: &str) -> Self {
        Self {
            attribute: cut(name, 128).into(),
            ..Self::default()
        }
    }

    pub(super) fn member(&mut self, key: &str, text: &str) {
        match key {
            "action" => self.action = cut(text, 32).into(),
            "base64" => self.binary = text == "true",
            "value" => {
                self.count += 1;
                self.valued = self.values.len() < MAX_VALUES;
                if self.valued {
                    self.values.push(cut(text, MAX_VALUE).into());
                }
            }
            _ => {}
        }
    }

    /// The value at hand is complete.
    pub(super) fn end_value(&mut self) {
        if self.binary && self.valued {
            self.values.pop();
        }
        (self.binary, self.valued) = (false, false);
    }

    /// One action on the attribute is complete; another may follow.
    pub(super) fn end(&mut self, draft: &mut Draft) -> Result<(), Reason> {
        let Self { attribute, action, .. } = &*self;
        let name = format_compact!("{ATTRIBUTES}{attribute}.{action}");
        if self.values.is_empty() {
            draft.add(&name, "")?;
        }
        for value in &self.values {
            draft.add(&name, value)?;
        }
        if self.count > self.values.len() as u64 {
            draft.add(&format_compact!("{name}.count"), &format_compact!("{}", self.count))?;
        }
        *self = Self::of(attribute);
        Ok(())
    }
}
