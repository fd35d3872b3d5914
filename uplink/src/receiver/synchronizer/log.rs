//! What was published of a domain, on disk: a file for each publication.
//!
//! ```text
//! file := { length u32, CRC-32 of the message u32, message }      little-endian; message as adtap.v1.PublishMessage on the wire
//! ```
//! A file comes into its place whole. The latest whole and every difference after it are kept, and some before it for whoever is a
//! little behind. Where differences have a hole, what comes after it does not count.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use prost::Message;

use crate::durable;
use crate::proto::PublishMessage;
use crate::sender::session::MAX_MESSAGE;

/// Differences before the whole that are kept.
const TAIL: u64 = 256;
/// Differences after the whole, and their bytes where the whole has fewer, from which on another whole is wanted.
const WANTED: (usize, u64) = (1_024, 16 << 20);
/// How many times that may be kept; further differences are refused.
const FULL: usize = 4;
/// Bytes of a publication at most.
const MAX_PUBLICATION: u64 = 1 << 30;

const WHOLE: &str = "whole";
const DIFFERENCE: &str = "difference";

/// A domain's log.
#[derive(Debug)]
pub(super) struct Log {
    folder: PathBuf,
    /// 16 hexadecimal digits.
    identity: String,
    /// Sequence number and bytes of the latest whole.
    whole: Option<(u64, u64)>,
    /// Bytes of each difference, by sequence number.
    differences: BTreeMap<u64, u64>,
}

/// A publication that lies in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) sequence: u64,
    pub(super) whole: bool,
    pub(super) path: PathBuf,
}

impl Log {
    /// The log `identity` in `folder`; what belongs to none is deleted.
    pub(super) fn open(folder: &Path, identity: String) -> io::Result<Self> {
        let mut log = Self::begun(folder, identity);
        let mut wholes = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let (path, bytes) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?.len())))?;
            let sequence = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
            match (sequence, path.extension().and_then(|kind| kind.to_str())) {
                (Some(sequence), Some(WHOLE)) => drop(wholes.insert(sequence, bytes)),
                (Some(sequence), Some(DIFFERENCE)) => drop(log.differences.insert(sequence, bytes)),
                (_, Some("json")) => {}
                _ => fs::remove_file(path)?,
            }
        }
        log.whole = wholes.last_key_value().map(|(sequence, bytes)| (*sequence, *bytes));
        for sequence in wholes.into_keys().rev().skip(1) {
            fs::remove_file(log.path(sequence, true))?;
        }
        log.prune()?;
        Ok(log)
    }

    /// An empty one.
    pub(super) fn begun(folder: &Path, identity: String) -> Self {
        Self {
            folder: folder.to_owned(),
            identity,
            whole: None,
            differences: BTreeMap::new(),
        }
    }

    /// Which log it is.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// Sequence number of the last publication; 0 for none.
    pub(super) fn last(&self) -> u64 {
        let Some((whole, _)) = self.whole else { return 0 };
        let after = self.differences.range(whole + 1..).map(|(sequence, _)| *sequence);
        let run = after.zip(whole + 1..).take_while(|(own, wanted)| own == wanted);
        run.last().map_or(whole, |(sequence, _)| sequence)
    }

    /// Whether a publication of this sequence number may come now.
    pub(super) fn expects(&self, sequence: u64, whole: bool) -> bool {
        let last = self.last();
        sequence == last + 1 && (whole || last > 0) || whole && last > 0 && sequence == last
    }

    /// Whether it should be told as a whole again.
    pub(super) fn wants_whole(&self) -> bool {
        self.has_grown(1)
    }

    /// Whether there is no room for another difference.
    pub(super) fn is_full(&self) -> bool {
        self.has_grown(FULL)
    }

    fn has_grown(&self, times: usize) -> bool {
        let (whole, size) = self.whole.unwrap_or_default();
        let after = || self.differences.range(whole + 1..).map(|(_, bytes)| bytes);
        after().count() >= WANTED.0 * times || after().sum::<u64>() >= WANTED.1.max(size) * times as u64
    }

    /// Everything after `sequence` of the log called so; where not all of that is here, from the whole on.
    pub(super) fn after(&self, log: &str, sequence: u64) -> Vec<Kept> {
        let last = self.last();
        let known = log == self.identity && sequence > 0 && sequence <= last;
        let kept = |sequence, whole| Kept {
            sequence,
            whole,
            path: self.path(sequence, whole),
        };
        if known && (sequence + 1..=last).all(|next| self.differences.contains_key(&next)) {
            return (sequence + 1..=last).map(|next| kept(next, false)).collect();
        }
        let Some((whole, _)) = self.whole else {
            return Vec::new();
        };
        let first = std::iter::once(kept(whole, true));
        first.chain((whole + 1..=last).map(|next| kept(next, false))).collect()
    }

    /// Puts what has come into its place: from then on it is published.
    pub(super) fn take(&mut self, incoming: Incoming, sequence: u64, whole: bool) -> io::Result<()> {
        let (path, bytes) = incoming.finish()?;
        fs::rename(path, self.path(sequence, whole))?;
        durable::sync_folder(&self.folder)?;
        if !whole {
            self.differences.insert(sequence, bytes);
            return Ok(());
        }
        let before = self
            .whole
            .replace((sequence, bytes))
            .filter(|(before, _)| *before != sequence);
        if let Some((before, _)) = before {
            fs::remove_file(self.path(before, true))?;
        }
        self.prune()
    }

    /// Deletes every publication, damaged as it is, and begins another log.
    pub(super) fn begin_anew(&mut self) -> io::Result<()> {
        for kept in self.after("", 0) {
            fs::remove_file(kept.path)?;
        }
        *self = Self::begun(&self.folder, identity());
        self.prune()
    }

    /// Deletes differences that nobody will ask for.
    fn prune(&mut self) -> io::Result<()> {
        let (whole, last) = (self.whole.map_or(0, |(whole, _)| whole), self.last());
        let oldest = whole.saturating_sub(TAIL) + 1;
        let out: Vec<u64> = self
            .differences
            .keys()
            .copied()
            .filter(|sequence| *sequence < oldest || *sequence > last)
            .collect();
        for sequence in out {
            fs::remove_file(self.path(sequence, false))?;
            self.differences.remove(&sequence);
        }
        Ok(())
    }

    fn path(&self, sequence: u64, whole: bool) -> PathBuf {
        let kind = if whole { WHOLE } else { DIFFERENCE };
        self.folder.join(format!("{sequence:020}.{kind}"))
    }
}

/// A log's identity, made at random.
pub(super) fn identity() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// A publication that comes.
#[derive(Debug)]
pub(super) struct Incoming {
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl Incoming {
    /// A file beside the log's.
    pub(super) fn new(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
            bytes: 0,
        })
    }

    /// Appends a message; false where that is more than a publication may have.
    pub(super) fn push(&mut self, message: &PublishMessage) -> io::Result<bool> {
        let bytes = message.encode_to_vec();
        self.bytes += 8 + bytes.len() as u64;
        if self.bytes > MAX_PUBLICATION {
            return Ok(false);
        }
        self.file.write_all(&(bytes.len() as u32).to_le_bytes())?;
        self.file.write_all(&crc32fast::hash(&bytes).to_le_bytes())?;
        self.file.write_all(&bytes)?;
        Ok(true)
    }

    fn finish(mut self) -> io::Result<(PathBuf, u64)> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok((std::mem::take(&mut self.path), self.bytes))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            // Else the next start deletes it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The messages of a publication, one after the other.
#[derive(Debug)]
pub(super) struct Pages(BufReader<File>);

impl Pages {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(BufReader::new(File::open(path)?)))
    }

    /// The next message; none at the end.
    ///
    /// # Errors
    /// `InvalidData` or `UnexpectedEof` where it is damaged.
    pub(super) fn next(&mut self) -> io::Result<Option<PublishMessage>> {
        if io::BufRead::fill_buf(&mut self.0)?.is_empty() {
            return Ok(None);
        }
        let mut number = || {
            let mut bytes = [0; 4];
            self.0.read_exact(&mut bytes).map(|()| u32::from_le_bytes(bytes))
        };
        let (length, sum) = (number()? as usize, number()?);
        if length > MAX_MESSAGE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes)?;
        if crc32fast::hash(&bytes) != sum {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Some(PublishMessage::decode(bytes.as_slice())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(log: &mut Log, sequence: u64, whole: bool) {
        assert!(log.expects(sequence, whole), "{sequence}");
        let mut incoming = Incoming::new(log.folder.join("incoming")).unwrap();
        assert!(incoming.push(&PublishMessage::default()).unwrap());
        log.take(incoming, sequence, whole).unwrap();
    }

    fn sequences(log: &Log, name: &str, after: u64) -> Vec<(u64, bool)> {
        let kept = log.after(name, after);
        assert!(kept.iter().all(|kept| kept.path.exists()));
        kept.iter().map(|kept| (kept.sequence, kept.whole)).collect()
    }

    #[test]
    fn differences_follow_a_whole_and_survive_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::begun(folder.path(), "a".to_owned());
        assert_eq!((log.last(), log.after("a", 0).len()), (0, 0));
        assert!(!log.expects(1, false) && !log.expects(2, true));
        publish(&mut log, 1, true);
        publish(&mut log, 2, false);
        publish(&mut log, 3, false);
        assert!(!log.expects(3, false) && !log.expects(5, false) && !log.expects(5, true));
        let log = Log::open(folder.path(), "a".to_owned()).unwrap();
        assert_eq!(log.last(), 3);
        assert_eq!(sequences(&log, "a", 1), [(2, false), (3, false)]);
        assert_eq!(sequences(&log, "a", 3), []);
        for (name, after) in [("a", 0), ("b", 2), ("a", 4)] {
            assert_eq!(sequences(&log, name, after), [(1, true), (2, false), (3, false)]);
        }
    }

    #[test]
    fn a_whole_replaces_what_was_and_keeps_a_tail() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::begun(folder.path(), "a".to_owned());
        publish(&mut log, 1, true);
        (2..=TAIL + 10).for_each(|sequence| publish(&mut log, sequence, false));
        publish(&mut log, TAIL + 10, true);
        assert_eq!(
            sequences(&log, "a", TAIL + 8).len(),
            2,
            "who is a little behind gets differences"
        );
        assert_eq!(sequences(&log, "a", 5), [(TAIL + 10, true)]);
        publish(&mut log, TAIL + 11, true); // says something else
        assert_eq!(sequences(&log, "a", TAIL + 10), [(TAIL + 11, true)]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count() as u64, TAIL);
    }

    #[test]
    fn a_hole_leads_to_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::begun(folder.path(), "a".to_owned());
        publish(&mut log, 1, true);
        (2..=5).for_each(|sequence| publish(&mut log, sequence, false));
        fs::remove_file(log.path(3, false)).unwrap();
        let log = Log::open(folder.path(), "a".to_owned()).unwrap();
        assert_eq!((log.last(), sequences(&log, "a", 2)), (2, vec![]));
        assert_eq!(sequences(&log, "a", 4), [(1, true), (2, false)]);
    }

    #[test]
    fn it_says_when_it_has_grown() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::begun(folder.path(), "a".to_owned());
        publish(&mut log, 1, true);
        log.differences.insert(2, WANTED.1 - 1);
        assert!(!log.wants_whole());
        log.differences.insert(3, 1);
        assert!(log.wants_whole() && !log.is_full());
        log.differences.insert(4, WANTED.1 * 3);
        assert!(log.is_full());
    }

    #[test]
    fn damage_is_noticed_wherever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut incoming = Incoming::new(path.clone()).unwrap();
        incoming
            .push(&PublishMessage {
                message: Some(crate::proto::publish_message::Message::Head(Default::default())),
            })
            .unwrap();
        incoming.finish().unwrap();
        let good = fs::read(&path).unwrap();
        let mut pages = Pages::open(&path).unwrap();
        assert!(pages.next().unwrap().is_some() && pages.next().unwrap().is_none());
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 0x40;
            fs::write(&path, &bad).unwrap();
            assert!(Pages::open(&path).unwrap().next().is_err(), "{place}");
            fs::write(&path, &good[..place.max(1)]).unwrap();
            assert!(Pages::open(&path).unwrap().next().is_err(), "cut at {place}");
        }
    }
}
