//! Requests that earlier runs have stored: a kill between storing and answering makes a client ask again, and what it asks for is
//! stored once.
//!
//! The end of the spool tells of the run before; but its segments go once they are delivered, and the client may ask only after
//! the next kill. So what is remembered at a start is written down before anything is sent: `radius-requests`, a line for each.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use capture::Timestamp;
use parsers::activity::Kind;
use parsers::radius::server::Request;
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

/// The requests that the spool in `directory` and the note beside it tell of, oldest first; from now on the note has them all.
pub(super) fn remembered(directory: &Path) -> Vec<(Request, Timestamp)> {
    let mut found: HashMap<_, _> = noted(directory).into_iter().collect();
    let read = uplink::spool::latest(directory, SEGMENTS, |_, record| found.extend(request(record)));
    let latest = found.values().copied().max().unwrap_or_default();
    found.retain(|_, time| latest.since(*time) < HORIZON);
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by_key(|(request, time)| (*time, *request));
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
fn noted(directory: &Path) -> Vec<(Request, Timestamp)> {
    let path = directory.join(NAME);
    if fs::metadata(&path).map_or(0, |metadata| metadata.len()) > MAX_SIZE {
        return Vec::new();
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = |line: &str| {
        let (id, time) = line.split_once(' ')?;
        Some((Request::parse(id)?, Timestamp(time.parse().ok()?)))
    };
    text.lines().filter_map(line).collect()
}

/// Writes the note anew, synced; the old one holds until the new one does.
fn note(directory: &Path, requests: &[(Request, Timestamp)]) -> io::Result<()> {
    let mut text = String::new();
    for (request, time) in requests {
        let _cannot_fail = writeln!(text, "{} {}", request.id(), time.0);
    }
    let (path, new) = (directory.join(NAME), directory.join("radius-requests.new"));
    let mut file = File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, path)?;
    File::open(directory)?.sync_all()
}

fn request(record: &[u8]) -> Option<(Request, Timestamp)> {
    let kind = Kind::VpnConnection.name().as_bytes();
    record.windows(kind.len()).any(|window| window == kind).then_some(())?;
    let activity = Activity::decode(record).ok()?;
    let details: serde_json::Value = serde_json::from_str(&activity.details).ok()?;
    let request = Request::parse(details.get("request_id")?.as_str()?)?;
    Some((request, Timestamp(activity.time)))
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
            ("vpn_connection", "{\"request_id\":\"00000000000000a2\"}"),
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
        let expected = ["00000000000000a1", "00000000000000a2"].map(|id| (Request::parse(id).unwrap(), Timestamp(5)));
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
