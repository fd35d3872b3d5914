//! Requests that earlier runs have stored: a kill between storing and answering makes a client ask again, and what it asks for is
//! stored once.
//!
//! The end of the spool tells of the run before; but its segments go once they are delivered, and the client may ask only after
//! the next kill. So what is remembered at a start is written down before anything is sent: `radius-requests`, a line for each:
//! request_id, time, and of what it reports report_id, status_type, delay_time and whether it has an event_time.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use capture::Timestamp;
use parsers::activity::Kind;
use parsers::radius::server::{Report, Request};
use prost::Message;
use uplink::proto::Activity;

/// Segments of the spool that are read; whoever got no answer asks again soon.
const SEGMENTS: usize = 4;

/// Where they are written down, in the spool's folder.
const NAME: &str = "radius-requests";

/// The largest such file that is read.
const MAX_SIZE: u64 = 8 << 20;

/// For how long before the latest request others are of interest.
const HORIZON: Duration = Duration::from_secs(300);

/// A request that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remembered {
    pub(super) request: Request,
    /// What its session tells of the event that it reports.
    told: Option<Told>,
    pub(super) time: Timestamp,
}

/// An event, as sessions tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    report: String,
    status: u32,
    delay: u32,
    dated: bool,
}

impl Remembered {
    /// One of which no event is known.
    #[cfg(test)]
    pub(super) const fn bare(request: Request, time: Timestamp) -> Self {
        Self {
            request,
            told: None,
            time,
        }
    }

    /// The event that it reports.
    pub(super) fn report(&self) -> Option<Report> {
        let told = self.told.as_ref()?;
        Report::stored(&told.report, told.status, told.delay, told.dated, self.time)
    }
}

/// The requests that the spool in `directory` and the note beside it tell of, oldest first; from now on the note has them all.
pub(super) fn remembered(directory: &Path) -> Vec<Remembered> {
    let of = |one: Remembered| (one.request, one);
    let mut found: HashMap<_, _> = noted(directory).into_iter().map(of).collect();
    let read = uplink::spool::latest(directory, SEGMENTS, |_, record| found.extend(request(record).map(of)));
    let latest = found.values().map(|one| one.time).max().unwrap_or_default();
    found.retain(|_, one| latest.since(one.time) < HORIZON);
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_unstable_by_key(|one| (one.time, one.request));
    let noted = if found.is_empty() {
        Ok(())
    } else {
        note(directory, &found)
    };
    if let Err(error) = read
        .map_err(|error| error.to_string())
        .and(noted.map_err(|error| error.to_string()))
    {
        tracing::warn!("{error}; a RADIUS client that asks again may have a session stored twice");
    }
    found
}

/// What the note says; lines that say nothing are left out.
fn noted(directory: &Path) -> Vec<Remembered> {
    let path = directory.join(NAME);
    if fs::metadata(&path).map_or(0, |metadata| metadata.len()) > MAX_SIZE {
        return Vec::new();
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = |line: &str| {
        let mut words = line.split(' ');
        Some(Remembered {
            request: Request::parse(words.next()?)?,
            time: Timestamp(words.next()?.parse().ok()?),
            told: told(&mut words),
        })
    };
    text.lines().filter_map(line).collect()
}

fn told<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Told> {
    Some(Told {
        report: words.next()?.to_owned(),
        status: words.next()?.parse().ok()?,
        delay: words.next()?.parse().ok()?,
        dated: words.next()? == "1",
    })
}

/// Writes the note anew, synced; the old one holds until the new one does.
fn note(directory: &Path, requests: &[Remembered]) -> io::Result<()> {
    let mut text = String::new();
    for one in requests {
        let _cannot_fail = write!(text, "{} {}", one.request.id(), one.time.0);
        if let Some(told) = &one.told {
            let dated = u8::from(told.dated);
            let _cannot_fail = write!(text, " {} {} {} {dated}", told.report, told.status, told.delay);
        }
        text.push('\n');
    }
    let (path, new) = (directory.join(NAME), directory.join("radius-requests.new"));
    let mut file = File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, path)?;
    File::open(directory)?.sync_all()
}

fn request(record: &[u8]) -> Option<Remembered> {
    let kind = Kind::VpnConnection.name().as_bytes();
    record.windows(kind.len()).any(|window| window == kind).then_some(())?;
    let activity = Activity::decode(record).ok()?;
    let details: serde_json::Value = serde_json::from_str(&activity.details).ok()?;
    let number = |name: &str| u32::try_from(details.get(name)?.as_u64()?).ok();
    let report = details.get("report_id").and_then(serde_json::Value::as_str);
    let told = report.map(|report| Told {
        report: report.to_owned(),
        status: number("status_type").unwrap_or_default(),
        delay: number("delay_time").unwrap_or_default(),
        dated: details.get("event_time").is_some(),
    });
    Some(Remembered {
        request: Request::parse(details.get("request_id")?.as_str()?)?,
        told: told.filter(|told| !told.report.contains(char::is_whitespace)),
        time: Timestamp(activity.time),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uplink::{Spool, SpoolConfig};

    #[test]
    fn the_end_of_the_spool_tells_of_its_requests() {
        let folder = tempfile::tempdir().unwrap();
        assert!(remembered(folder.path()).is_empty(), "there is no spool yet");
        let (mut appender, _reader) = Spool::open(&SpoolConfig::new(folder.path())).unwrap();
        for (kind, details) in [
            (
                "vpn_connection",
                "{\"user\":\"alice\",\"request_id\":\"00000000000000a1\"}",
            ),
            ("vpn_connection", "{\"user\":\"alice\"}"),
            ("vpn_connection", "{\"request_id\":\"not one\"}"),
            ("ldap_search", "{\"filter\":\"vpn_connection\",\"request_id\":7}"),
            (
                "vpn_connection",
                "{\"request_id\":\"00000000000000a2\",\"report_id\":\"00000000000000b2\",\"status_type\":3,\"delay_time\":9,\"event_time\":\"then\"}",
            ),
        ] {
            let activity = Activity {
                kind: kind.into(),
                details: details.into(),
                time: 5,
                ..Activity::default()
            };
            appender.append(|_, buffer| activity.encode(buffer).unwrap()).unwrap();
        }
        appender.sync().unwrap();
        let told = Told {
            report: "00000000000000b2".into(),
            status: 3,
            delay: 9,
            dated: true,
        };
        let expected = [("00000000000000a1", None), ("00000000000000a2", Some(told))].map(|(id, told)| Remembered {
            request: Request::parse(id).unwrap(),
            told,
            time: Timestamp(5),
        });
        assert!(expected[0].report().is_none() && expected[1].report().is_some());
        assert_eq!(remembered(folder.path()), expected);
        // The spool's segments go when they are delivered; the note stays, and damage costs a line.
        drop(appender);
        for entry in fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "segment") {
                fs::remove_file(path).unwrap();
            }
        }
        assert_eq!(remembered(folder.path()), expected);
        let note = folder.path().join(NAME);
        let text = fs::read_to_string(&note).unwrap();
        fs::write(&note, format!("nonsense\n{text}00000000000000a3 x\n")).unwrap();
        assert_eq!(remembered(folder.path()), expected);
    }
}
