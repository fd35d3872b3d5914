//! Where a source is in its channels (DSP0226 §10.2.6): what it sends with each batch, and is given back when it subscribes again.
//!
//! To WS-Management a bookmark may be anything; Windows' is a `BookmarkList`, which is read and written anew rather than repeated: what
//! one source sent is never XML of ours.

use std::fmt::Write as _;

use compact_str::CompactString;
use quick_xml::escape::escape;

/// Channels of a bookmark at most.
pub const MAX_CHANNELS: usize = 64;
/// Octets of a channel's name at most; Windows allows 255 characters.
pub const MAX_NAME: usize = 512;

/// How far a channel has been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// `Security`.
    pub channel: CompactString,
    /// EventRecordID of the last event.
    pub record_id: u64,
    /// Whether the last event of the batch is of this channel.
    pub current: bool,
}

/// The positions of a source; empty where it has sent nothing yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bookmark(pub Vec<Position>);

impl Bookmark {
    /// Whether it says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes it as Windows does.
    pub fn write(&self, xml: &mut String) {
        xml.push_str("<BookmarkList>");
        for Position {
            channel,
            record_id,
            current,
        } in &self.0
        {
            let channel = escape(channel.as_str());
            let _cannot_fail = write!(xml, "<Bookmark Channel=\"{channel}\" RecordId=\"{record_id}\"");
            xml.push_str(if *current { " IsCurrent=\"true\"/>" } else { "/>" });
        }
        xml.push_str("</BookmarkList>");
    }
}
