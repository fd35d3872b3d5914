//! One direction of a dialogue in lines.

use std::borrow::Cow;

/// The longest line that is kept: a Kerberos token in Base64 takes the 12,288 octets that RFC 4954 §4 allows.
const MAX_LINE: usize = 32 * 1024;

/// What a direction's next octets belong to.
#[derive(Debug, Default)]
pub(super) struct Lane {
    kept: Vec<u8>,
    /// The rest of a line is dropped: its beginning was lost, or it is too long.
    dropping: bool,
}

/// What came next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<'d> {
    /// A line, without its end.
    Line(Cow<'d, [u8]>),
    /// A line that is too long.
    Long,
    /// Nothing yet.
    Part,
}

impl Lane {
    /// Something was lost: lines begin again after the next line end.
    pub(super) fn lose(&mut self) {
        self.kept.clear();
        self.dropping = true;
    }

    /// Takes a line from the front of `data`, or all of it.
    pub(super) fn next<'d>(&mut self, data: &mut &'d [u8]) -> Next<'d> {
        let room = MAX_LINE.saturating_sub(self.kept.len());
        let shown = data.get(..room).unwrap_or(data);
        let end = shown.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(shown.len(), |end| end + 1);
        let (line, rest) = data.split_at_checked(taken).unwrap_or((data, &[]));
        *data = rest;
        match (end, self.dropping) {
            (Some(_), true) => {
                self.dropping = false;
                Next::Part
            }
            (None, true) => Next::Part,
            (Some(_), false) if self.kept.is_empty() => Next::Line(Cow::Borrowed(line.trim_ascii_end())),
            (Some(_), false) => {
                self.kept.extend_from_slice(line);
                let whole = std::mem::take(&mut self.kept);
                Next::Line(Cow::Owned(whole.trim_ascii_end().to_vec()))
            }
            (None, false) => {
                self.kept.extend_from_slice(line);
                if self.kept.len() < MAX_LINE {
                    return Next::Part;
                }
                self.lose();
                Next::Long
            }
        }
    }
}
