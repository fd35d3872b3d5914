//! How the election of a domain's synchronizer stands: what health is told, and what `adtap directory status` prints.

use capture::Timestamp;
use serde::{Deserialize, Serialize};

use crate::health::moment;

/// What the sensor is to the domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Duty {
    /// The receiver has not answered yet.
    #[default]
    Waiting,
    /// It reads the domain for all.
    Synchronizer,
    /// It takes in what another reads.
    Follower,
    /// It reads the domain for itself.
    Alone,
    /// Nobody reads it.
    Unassigned,
}

/// How the election stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ElectionStatus {
    pub(crate) duty: Duty,
    /// The sensor that reads the domain for all, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) synchronizer: Option<String>,
    /// When its lease ends unless it asks again.
    #[serde(with = "moment::optional", skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Timestamp>,
    /// The last of what was published that is known here.
    pub(crate) sequence: u64,
    /// Why the sensor is alone, or nobody is there, or the last exchange failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

impl ElectionStatus {
    /// It in words.
    pub(crate) fn sentence(&self) -> String {
        let until = self.until.map(|time| format!(" until {time}")).unwrap_or_default();
        let why = self.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let sequence = self.sequence;
        match self.duty {
            Duty::Waiting => format!("waits for the receiver's answer{why}"),
            Duty::Synchronizer => format!("synchronizer{until}, published up to {sequence}{why}"),
            Duty::Follower => {
                let of = self.synchronizer.as_deref().unwrap_or("another sensor");
                format!("follower of {of}, which has it{until}, taken in up to {sequence}{why}")
            }
            Duty::Alone => format!("alone, reads for itself{why}"),
            Duty::Unassigned => format!("nobody synchronises it{why}"),
        }
    }
}
