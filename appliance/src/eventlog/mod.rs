//! Windows events in files, for a replay beside captures: `.evtx`, XML, JSON and what a syslog server wrote.
//!
//! What a file is, its first octets tell. Events stand in a file in the order of their record numbers at best, so all of them are
//! read and sorted by time before the first packet, up to [`MAX_EVENTS`].

mod evtx;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use capture::source::file::Damage;
use capture::{CaptureId, FrameId, Timestamp};
use parsers::event::{self, Arrival, Event, Reason};

/// The most events of one run that are kept: about 2 GB of activities.
const MAX_EVENTS: usize = 1 << 20;
/// The longest file of text: it is read whole.
const MAX_TEXT: u64 = 1 << 30;
/// How much of a file is looked at to tell what it is.
const HEAD: u64 = 8 << 10;

/// The kinds of files that hold events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An event log of Windows.
    Evtx,
    /// XML, JSON or lines.
    Text,
}

/// Whether the file at `path` can be one of events.
pub(crate) fn is_one(path: &Path) -> bool {
    kind(path).is_ok_and(|kind| kind.is_some())
}

fn kind(path: &Path) -> io::Result<Option<Kind>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    if head.starts_with(b"ElfFile\0") {
        return Ok(Some(Kind::Evtx));
    }
    Ok(is_text(&event::text(&head)).then_some(Kind::Text))
}

/// Whether text that begins so holds events: JSON and XML are written for much else, so one has to name a part of an event.
fn is_text(head: &str) -> bool {
    let head = head.trim_start();
    let line = head.lines().next().unwrap_or_default();
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    let marked = [
        "<Event>",
        "<Event ",
        "<Events",
        "\"EventID\"",
        "\"winlog\"",
        "\"event_data\"",
        "\"Authentication\"",
        "\"dsdbChange\"",
        "\"groupChange\"",
        "\"passwordChange\"",
    ];
    let lined = [
        "CEF:0|",
        "MSWinEventLog",
        "RsaSA",
        "EventCode=",
        "AgentDevice=",
        "<Event>",
        "<Event ",
        "\"type\": \"Authentication\"",
        "\"dsdbChange\"",
    ];
    head.starts_with(['<', '{', '[']) && has(head, &marked) || has(line, &lined)
}

/// What was made of the events of files, in order of time.
#[derive(Debug)]
pub(crate) struct EventLog<T> {
    items: VecDeque<(Timestamp, T)>,
    names: Vec<String>,
    /// Events read.
    pub(crate) read: u64,
    /// Events beyond [`MAX_EVENTS`].
    pub(crate) left_out: u64,
    /// What was no event, by reason.
    refused: [u64; Reason::ALL.len()],
    damages: Vec<Damage>,
}

impl<T> EventLog<T> {
    /// Reads `files`, whose captures are numbered from `first` on, and makes of each event what `make` says, if anything.
    pub(crate) fn read(files: &[PathBuf], first: usize, make: impl Fn(&Event, FrameId) -> Option<T>) -> Self {
        let mut log = Self {
            items: VecDeque::new(),
            names: files.iter().map(|file| file.display().to_string()).collect(),
            read: 0,
            left_out: 0,
            refused: [0; Reason::ALL.len()],
            damages: Vec::new(),
        };
        for (file, number) in files.iter().zip(first..) {
            let capture = CaptureId(u16::try_from(number).unwrap_or(u16::MAX));
            if let Err(what) = log.file(file, capture, &make) {
                log.damage(file, what);
            }
        }
        // Stable: of equal times, the file given first, and its own order.
        log.items.make_contiguous().sort_by_key(|(time, _)| *time);
        log
    }

    /// The files' names.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The next one, where its time is `time` or before.
    pub(crate) fn next_by(&mut self, time: Timestamp) -> Option<(Timestamp, T)> {
        self.items.pop_front_if(|(next, _)| *next <= time)
    }

    /// Files that could not be read to their ends.
    pub(crate) fn damages(&self) -> &[Damage] {
        &self.damages
    }

    /// What was read, and what was not and why.
    pub(crate) fn counters(&self) -> Vec<(&'static str, u64)> {
        let refused = Reason::ALL.iter().map(|reason| reason.name()).zip(self.refused);
        let read = [("read", self.read), ("left_out", self.left_out)];
        read.into_iter()
            .chain(refused)
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    fn file(
        &mut self,
        path: &Path,
        capture: CaptureId,
        make: &impl Fn(&Event, FrameId) -> Option<T>,
    ) -> Result<(), String> {
        let mut number = 0;
        let mut record = |log: &mut Self, record: &[u8]| {
            number += 1;
            log.record(record, FrameId { capture, number }, make);
        };
        match kind(path).map_err(|error| error.to_string())? {
            Some(Kind::Evtx) => evtx::records(path, |xml| record(self, xml.as_bytes())),
            _ => {
                let bytes = whole(path)?;
                for text in event::records(&event::text(&bytes)) {
                    record(self, text.as_bytes());
                }
                Ok(())
            }
        }
    }

    fn record(&mut self, record: &[u8], frame: FrameId, make: impl Fn(&Event, FrameId) -> Option<T>) {
        match event::read(record, &Arrival::default()) {
            Ok(event) => {
                self.read += 1;
                if self.items.len() >= MAX_EVENTS {
                    self.left_out += 1;
                } else if let Some(item) = make(&event, frame) {
                    self.items.push_back((event.time, item));
                }
            }
            Err(reason) => {
                if let Some(count) = self.refused.get_mut(reason.index()) {
                    *count += 1;
                }
            }
        }
    }

    fn damage(&mut self, file: &Path, what: String) {
        self.damages.push(Damage {
            file: file.display().to_string(),
            offset: 0,
            what,
        });
    }
}

/// The octets of a file of text.
fn whole(path: &Path) -> Result<Vec<u8>, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_TEXT {
        return Err(format!(
            "{size} bytes of text are more than the {MAX_TEXT} that are read; split it"
        ));
    }
    fs::read(path).map_err(|error| error.to_string())
}
