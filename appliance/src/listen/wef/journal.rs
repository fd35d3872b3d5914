//! Where sources are, on disk: a line for each batch that was stored, synced before the batch is acknowledged.
//!
//! `wef-sources` in the spool's folder has a JSON object a line; the last of a source holds, and a torn one at the end is none. At the
//! start it is written anew, with what the spool's end tells of batches that were stored and not acknowledged.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use capture::Timestamp;
use compact_str::CompactString;
use parsers::wef::Bookmark;
use parsers::wef::bookmark::Position;
use prost::Message;
use serde::{Deserialize, Serialize};
use uplink::proto::Activity;

use super::marks::{Log, Mark, Marks, Seen};
use super::recent::{ANY, MAX_RECENT, Recent};

/// Its name, in the spool's folder.
const NAME: &str = "wef-sources";

/// Segments of the spool that are read: far more than what can be on its way.
const SEGMENTS: usize = 16;

/// From which size on it is written anew.
const LARGE: u64 = 32 << 20;

/// Octets of a line at most.
const MAX_LINE: usize = 16 << 20;

/// Sources at most; those that were heard last are kept.
pub(super) const MAX_SOURCES: usize = 16_384;

/// Where a source is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// As the source itself says it.
    pub(crate) bookmark: Bookmark,
    pub(super) marks: Marks,
    /// When its last batch was acknowledged.
    pub(crate) acknowledged: Option<Timestamp>,
}

/// What is known of all sources.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) sources: HashMap<CompactString, Place>,
    /// Of relays, their last events.
    pub(super) recents: HashMap<CompactString, Recent>,
    pub(super) seen: Seen,
}

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// Where a source is.
    Source {
        name: CompactString,
        /// Nanoseconds since 1970.
        acknowledged: Option<i64>,
        bookmark: Vec<(CompactString, u64, bool)>,
        marks: Vec<(Log, Mark)>,
    },
    /// More of a relay's last events, with their times. It stands before the line of where that is, which would say too much alone.
    Recent {
        name: CompactString,
        events: Vec<(Log, Vec<(u64, i64)>)>,
    },
    /// Events that are stored beyond what is acknowledged.
    Seen { log: Log, record_ids: Vec<u64> },
}

/// The file, open for more.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    size: u64,
    /// The last line may be half a line.
    torn: bool,
}

impl Place {
    /// The line that says it of source `name`.
    pub(super) fn line(&self, name: &CompactString) -> String {
        let bookmark = self.bookmark.0.iter();
        let line = Line::Source {
            name: name.clone(),
            acknowledged: self.acknowledged.map(|time| time.0),
            bookmark: bookmark
                .map(|position| (position.channel.clone(), position.record_id, position.current))
                .collect(),
            marks: self.marks.0.iter().map(|(log, mark)| (log.clone(), *mark)).collect(),
        };
        line.text()
    }
}

/// The line that says more of the last events of the relay `name`.
pub(super) fn recent_line(name: &CompactString, fresh: &Recent) -> String {
    let (name, events) = (name.clone(), fresh.runs());
    match events.is_empty() {
        true => String::new(),
        false => Line::Recent { name, events }.text(),
    }
}

impl Line {
    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

impl Places {
    /// What the file in `folder` says; nothing where there is none.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let mut places = Self::default();
        let file = match File::open(folder.join(NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(places),
            file => file?,
        };
        let mut lines = BufReader::new(file);
        let mut line = Vec::new();
        while next_line(&mut lines, &mut line)? {
            if let Ok(read) = serde_json::from_slice(&line) {
                places.take(read);
            }
        }
        places.shrink();
        Ok(places)
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Source {
                name,
                acknowledged,
                bookmark,
                marks,
            } => {
                let position = |(channel, record_id, current)| Position {
                    channel,
                    record_id,
                    current,
                };
                let place = Place {
                    bookmark: Bookmark(bookmark.into_iter().map(position).collect()),
                    marks: Marks(marks.into_iter().collect()),
                    acknowledged: acknowledged.map(Timestamp),
                };
                self.sources.insert(name, place);
            }
            Line::Recent { name, events } => {
                let recent = self.recents.entry(name).or_default();
                for (log, ids) in events {
                    ids.iter().for_each(|(id, time)| recent.push(&log, *id, *time));
                }
                while recent.len() > MAX_RECENT {
                    recent.pop();
                }
            }
            Line::Seen { log, record_ids } => {
                record_ids.iter().for_each(|record_id| self.seen.add(&log, *record_id));
            }
        }
    }

    /// Sources beyond the limit are forgotten, those first that have been silent for longest; so are events that marks are beyond.
    fn shrink(&mut self) {
        if self.sources.len() > MAX_SOURCES {
            let mut times: Vec<_> = self.sources.values().map(|place| place.acknowledged).collect();
            times.sort_unstable();
            let oldest = times.get(times.len() - MAX_SOURCES).copied().flatten();
            self.sources.retain(|_, place| place.acknowledged >= oldest);
        }
        self.recents.retain(|name, _| self.sources.contains_key(name));
        let in_order = self
            .sources
            .iter()
            .filter(|(name, _)| !self.recents.contains_key(*name));
        in_order.for_each(|(_, place)| self.seen.pass(&place.marks));
    }

    /// What the end of the spool in `folder` tells of batches that were stored and not acknowledged.
    fn remember(&mut self, folder: &Path) -> Result<(), uplink::SpoolError> {
        uplink::spool::latest(folder, SEGMENTS, |_, record| {
            for (log, record_id) in events(record) {
                self.stored(&log, record_id);
            }
        })?;
        self.shrink();
        Ok(())
    }

    /// The next event in the spool. What one relay alone sends is stored batch by batch: before an event that is acknowledged, all are.
    fn stored(&mut self, log: &Log, record_id: u64) {
        let relays = self.recents.values().filter(|recent| recent.knows(log));
        let (count, acknowledged) = relays.fold((0, false), |(count, acknowledged), recent| {
            (count + 1, acknowledged || recent.has(log, record_id, ANY))
        });
        match (acknowledged, count) {
            (true, 1) => self.seen.clear(log),
            (true, _) => {}
            (false, _) => self.seen.add(log, record_id),
        }
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let recents = self.recents.iter().map(|(name, recent)| recent_line(name, recent));
        let sources = self.sources.iter().map(|(name, place)| place.line(name));
        let seen = self.seen.logs();
        recents
            .chain(sources)
            .chain(seen.map(|(log, record_ids)| Line::Seen { log, record_ids }.text()))
    }
}

/// The events behind an activity in the spool.
fn events(record: &[u8]) -> Vec<(Log, u64)> {
    let Ok(activity) = Activity::decode(record) else {
        return Vec::new();
    };
    if !activity.details.contains("\"record_id\"") {
        return Vec::new();
    }
    let details: serde_json::Value = serde_json::from_str(&activity.details).unwrap_or_default();
    let events = details.get("events").and_then(serde_json::Value::as_array);
    let event = |event: &serde_json::Value| {
        let text = |name| event.get(name).and_then(serde_json::Value::as_str);
        let log = Log::new(text("computer")?, text("channel")?);
        Some((log, event.get("record_id")?.as_u64()?))
    };
    events.into_iter().flatten().filter_map(event).collect()
}

/// The next line, without its end; false at the end of the file. A line that is too long is passed over.
fn next_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let limit = MAX_LINE as u64;
    let read = io::Read::take(&mut *from, limit).read_until(b'\n', line)?;
    if read == MAX_LINE && line.last() != Some(&b'\n') {
        from.skip_until(b'\n')?;
        line.clear();
    }
    Ok(read > 0)
}

impl Journal {
    /// Reads what is known of sources, in `folder` and its spool, and writes it down anew.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Places)> {
        let mut places = Places::read(folder)?;
        if let Err(error) = places.remember(folder) {
            tracing::warn!("{error}; a batch of events that was stored and not acknowledged may be stored twice");
        }
        if places.seen.overflowed() {
            tracing::warn!(
                "the spool has more events beyond what was acknowledged than are remembered; some may be stored twice"
            );
        }
        let path = folder.join(NAME);
        let (file, size) = write(&path, &mut places.lines())?;
        let journal = Self {
            path,
            file,
            size,
            torn: false,
        };
        Ok((journal, places))
    }

    /// Appends `lines`, synced.
    pub(super) fn append(&mut self, lines: &[String]) -> io::Result<()> {
        // What failed half-way ends before the next line begins.
        let mut text = String::from(if std::mem::replace(&mut self.torn, true) {
            "\n"
        } else {
            ""
        });
        lines.iter().for_each(|line| text.push_str(line));
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()?;
        self.size += text.len() as u64;
        self.torn = false;
        Ok(())
    }

    /// Whether it is time to write it anew.
    pub(super) const fn is_large(&self) -> bool {
        self.size >= LARGE
    }

    /// Writes it anew, with all there is to say.
    pub(super) fn renew(&mut self, lines: Vec<String>) -> io::Result<()> {
        (self.file, self.size) = write(&self.path, &mut lines.into_iter())?;
        self.torn = false;
        Ok(())
    }
}

/// Writes the file anew, synced; the old one holds until the new one does.
fn write(path: &Path, lines: &mut dyn Iterator<Item = String>) -> io::Result<(File, u64)> {
    let new = path.with_extension("new");
    let mut file = BufWriter::new(File::create(&new)?);
    let mut size = 0;
    for line in lines {
        size += line.len() as u64;
        file.write_all(line.as_bytes())?;
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&new, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    let file = OpenOptions::new().append(true).open(path)?;
    Ok((file, size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uplink::{Spool, SpoolConfig};

    fn log(channel: &str) -> Log {
        Log::new("dc1.lab.example", channel)
    }

    fn place(record_id: u64) -> Place {
        let mark = Mark {
            record_id,
            time: 5,
            forgotten: None,
        };
        let position = Position {
            channel: "Security".into(),
            record_id,
            current: true,
        };
        Place {
            bookmark: Bookmark(vec![position]),
            marks: Marks([(log("Security"), mark)].into()),
            acknowledged: Some(Timestamp(7)),
        }
    }

    #[test]
    fn the_last_line_of_a_source_holds_and_a_torn_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, places) = Journal::open(folder.path()).unwrap();
        assert!(places.sources.is_empty());
        let name = CompactString::from("dc1.lab.example");
        journal.append(&[place(3).line(&name), place(4).line(&name)]).unwrap();
        let path = folder.path().join(NAME);
        let whole = fs::read(&path).unwrap();
        for cut in 1..60 {
            fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            let expected = place(if cut == 1 { 4 } else { 3 }); // without its end, a line is still one
            assert_eq!(Places::read(folder.path()).unwrap().sources[&name], expected, "{cut}");
        }
        // What was torn is mended at the next start, and more goes behind it.
        let (mut journal, _) = Journal::open(folder.path()).unwrap();
        journal.torn = true;
        journal.append(&[place(9).line(&name)]).unwrap();
        let (_, places) = Journal::open(folder.path()).unwrap();
        assert_eq!(places.sources[&name], place(9));
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1, "written anew");
    }

    #[test]
    fn the_spool_tells_what_was_stored_and_not_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        let name = CompactString::from("dc1.lab.example");
        let (mut journal, _) = Journal::open(folder.path()).unwrap();
        journal.append(&[place(3).line(&name)]).unwrap();
        let (mut appender, _reader) = Spool::open(&SpoolConfig::new(folder.path())).unwrap();
        for details in [
            "{\"events\":[{\"computer\":\"DC1.lab.example\",\"channel\":\"Security\",\"record_id\":3}]}",
            "{\"events\":[{\"computer\":\"DC1.lab.example\",\"channel\":\"Security\",\"record_id\":5},{\"channel\":\"x\",\"record_id\":1}]}",
            "{\"filter\":\"\\\"record_id\\\"\",\"record_id\":8}",
            "{\"events\":[{\"computer\":\"dc1.lab.example\",\"channel\":\"System\",\"record_id\":2}]}",
        ] {
            let activity = Activity {
                details: details.into(),
                ..Activity::default()
            };
            appender.append(|_, buffer| activity.encode(buffer).unwrap()).unwrap();
        }
        appender.sync().unwrap();
        let expected = || {
            let mut seen = Seen::default();
            seen.add(&log("Security"), 5);
            seen.add(&log("System"), 2);
            seen
        };
        let seen = || Journal::open(folder.path()).unwrap().1.seen.logs().collect::<Vec<_>>();
        let expected: Vec<_> = expected().logs().collect();
        assert_eq!(seen(), expected, "3 is not beyond the mark");
        // The spool's segments go when they are delivered; what they told stays.
        drop(appender);
        for entry in fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "segment") {
                fs::remove_file(path).unwrap();
            }
        }
        assert_eq!(seen(), expected);
    }

    /// Activities of these events of dc1's Security, as they lie in the spool.
    fn spool(folder: &Path, ids: &[u64]) {
        let (mut appender, _reader) = Spool::open(&SpoolConfig::new(folder)).unwrap();
        for id in ids {
            let details = format!(
                "{{\"events\":[{{\"computer\":\"dc1.lab.example\",\"channel\":\"Security\",\"record_id\":{id}}}]}}"
            );
            let activity = Activity {
                details,
                ..Activity::default()
            };
            appender.append(|_, buffer| activity.encode(buffer).unwrap()).unwrap();
        }
        appender.sync().unwrap();
    }

    #[test]
    fn what_a_kill_left_of_a_relay_is_known_whatever_its_number() {
        let (folder, name) = (tempfile::tempdir().unwrap(), CompactString::from("wec1.lab.example"));
        let (mut journal, _) = Journal::open(folder.path()).unwrap();
        let mut fresh = Recent::default();
        [90, 30].iter().for_each(|id| fresh.push(&log("Security"), *id, 5));
        let acknowledged = recent_line(&name, &fresh) + &place(90).line(&name);
        journal.append(&[acknowledged]).unwrap();
        // 7 was acknowledged long ago, 20 and 95 are of the batch that was not.
        spool(folder.path(), &[7, 90, 30, 20, 95]);
        let mut expected = Seen::default();
        [20, 95].iter().for_each(|id| expected.add(&log("Security"), *id));
        for _ in 0..2 {
            let places = Journal::open(folder.path()).unwrap().1;
            assert_eq!(
                (&places.seen.logs().collect::<Vec<_>>(), &places.recents[&name]),
                (&expected.logs().collect(), &fresh)
            );
        }
        // Half a line of the batch after it is none, and takes nothing with it.
        let mut more = Recent::default();
        more.push(&log("Security"), 20, 5);
        let torn = recent_line(&name, &more);
        journal = Journal::open(folder.path()).unwrap().0;
        journal.append(&[torn[..torn.len() / 2].to_owned()]).unwrap();
        assert_eq!(Journal::open(folder.path()).unwrap().1.recents[&name], fresh);
    }
}
