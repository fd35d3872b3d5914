//! Every format cut at every octet: what is read of it is what was sent, or as much of that as was sent.

use capture::CaptureId;

use super::rendered::carried;
use super::{CEF, QRADAR, RSA, SNARE, SPLUNK, XML, evtx_dump, nxlog, openwec, samba, winlogbeat, winlogbeat6};
use crate::event::{Arrival, Clock, Event, Format, activity, read, time};

/// A membership in ArcSight's fields.
const MEMBERSHIP: &str = "CEF:0|Microsoft|Microsoft Windows||Microsoft-Windows-Security-Auditing:4728|A member was added.|Low| \
    externalId=4728 cat=Security rt=1795162530000 dvchost=dc1.lab.example suser=admin sntdom=LAB suid=0x27a79 dntdom=LAB \
    duser=mallory duid=CN\\=mallory,DC\\=lab cs6=LAB\\Domain Admins cs6Label=Group ad.Group:Security_,ID=S-1-5-21-1-2-3-512";
/// A membership as text.
const ADDED: &str = "A member was added to a security-enabled global group.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-5-21-1-2-3-500\r\n\
    \tAccount Name:\t\tadmin\r\n\tAccount Domain:\t\tLAB\r\n\tLogon ID:\t\t0x27A79\r\n\r\nMember:\r\n\
    \tSecurity ID:\t\tLAB\\mallory\r\n\tAccount Name:\t\tCN=mallory,CN=Users,DC=lab,DC=example\r\n\r\nGroup:\r\n\
    \tSecurity ID:\t\tS-1-5-21-1-2-3-512\r\n\tGroup Name:\t\tDomain Admins\r\n\tGroup Domain:\t\tLAB\r\n\r\n\
    Additional Information:\r\n\tPrivileges:\t\t-\r\n";

/// What is left of an event of which `sent` octets were sent.
struct Left<'a> {
    whole: &'a Event,
    event: Event,
    /// What was sent, as its values are read.
    sent: String,
}

impl Left<'_> {
    /// Whether `value` is of `whole`. The last value goes as far as what was sent: what follows it was to be a key or a label.
    fn of(&self, value: &str, whole: &str) -> bool {
        let value = value.trim_end();
        // Half an escape.
        let half = value.strip_suffix('\\').filter(|_| self.sent.ends_with('\\'));
        let value = half.unwrap_or(value);
        let more = value.strip_prefix(whole).unwrap_or_default().trim_start();
        whole.starts_with(value) || !more.is_empty() && self.sent.trim_end().ends_with(more)
    }

    /// Its parts that are not of the whole event.
    fn wrong(&self) -> Vec<String> {
        let (event, whole) = (&self.event, self.whole);
        let mut wrong: Vec<String> = Vec::new();
        let mut hold = |holds: bool, what: String| wrong.extend((!holds).then_some(what));
        let id = whole.id.to_string().starts_with(&event.id.to_string());
        hold(id, format!("id {}", event.id));
        hold(event.format == whole.format, format!("format {:?}", event.format));
        hold(
            self.of(&event.provider, &whole.provider),
            format!("provider {}", event.provider),
        );
        hold(
            self.of(&event.channel, &whole.channel),
            format!("channel {}", event.channel),
        );
        // Before the event's own come the header's.
        let headed = matches!(event.computer.as_str(), "dc1" | "%IPADDRESS%");
        let computer = headed || self.of(&event.computer, &whole.computer);
        hold(computer, format!("computer {}", event.computer));
        let time = event.clock != Clock::Event || event.time.seconds() == whole.time.seconds();
        hold(time, format!("time {}", event.time));
        let number = |record: Option<u64>| record.map(|number| number.to_string()).unwrap_or_default();
        let record = number(whole.record_id).starts_with(&number(event.record_id));
        hold(record, format!("record {:?}", event.record_id));
        for datum in &event.data {
            let mut same = whole.data.iter().filter(|sent| sent.name == datum.name);
            hold(
                same.any(|sent| self.of(&datum.value, &sent.value)),
                format!("{datum:?}"),
            );
        }
        wrong
    }
}

fn cut(payload: &str) {
    let arrival = Arrival {
        time: time::any("2026-11-30T00:00:00Z", 0),
        utc_offset: 0,
    };
    let whole = read(payload.as_bytes(), &arrival).unwrap();
    assert_eq!((whole.clock, whole.unread), (Clock::Event, false), "{payload}");
    for end in 0..payload.len() {
        let Ok(event) = read(payload.as_bytes().get(..end).unwrap(), &arrival) else {
            continue;
        };
        let sent = String::from_utf8_lossy(payload.as_bytes().get(..end).unwrap());
        let sent = match whole.format {
            Format::Cef => sent.replace("\\=", "="),
            _ => sent.into_owned(),
        };
        let _ = activity(&event, CaptureId(0));
        let whole = &whole;
        let left = Left { whole, event, sent };
        assert_eq!(left.wrong(), Vec::<String>::new(), "{end} of {payload}");
    }
}

#[test]
fn nothing_cut_anywhere_panics_or_says_something_else() {
    let validated = [
        XML,
        RSA,
        CEF,
        SPLUNK,
        QRADAR,
        SNARE,
        &winlogbeat(),
        &winlogbeat6(),
        &nxlog(),
        &openwec(),
        &evtx_dump(),
    ];
    validated.into_iter().chain(samba::RECORDS).for_each(cut);
}

#[test]
fn no_membership_cut_anywhere_says_something_else() {
    cut(MEMBERSHIP);
    for payload in carried(4_728, "Microsoft-Windows-Security-Auditing", ADDED) {
        cut(&payload);
    }
}
