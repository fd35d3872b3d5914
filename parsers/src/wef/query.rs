//! What a subscription asks for: the events that are understood, channel by channel, as Windows' event log is queried.
//!
//! The list is [`event::all`], which the parser reads by: nothing is asked for that is not understood.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use crate::event::{self, Asked};

/// Identifiers of a `Select` at most: the event log refuses an expression of more than about twenty terms.
const TERMS: usize = 16;

/// Providers whose identifiers mean something only together with them.
const CHANNELS_OF_MANY: &str = "System";

/// What is asked of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// Logons too: of AD FS and Entra Connect servers.
    pub logons: bool,
    /// Events that others forwarded to it, too.
    pub relayed: bool,
}

impl Query {
    /// `QueryList` ([MS-EVEN6] 2.2.16), a `Query` for each channel.
    #[must_use]
    pub fn xml(self) -> String {
        let mut channels: Vec<(&str, &str, Vec<u32>)> = Vec::new();
        for listed in event::all().filter(|listed| self.asks(listed.asked)) {
            let (channel, provider) = (listed.channel(), listed.provider);
            let of_many = channel == CHANNELS_OF_MANY;
            let provider = if of_many { provider } else { "" };
            let known = channels
                .iter_mut()
                .find(|known| (known.0, known.1) == (channel, provider));
            match known {
                Some((.., ids)) => ids.push(listed.id),
                None => channels.push((channel, provider, vec![listed.id])),
            }
        }
        let mut selects: Vec<_> = channels
            .into_iter()
            .map(|(channel, provider, ids)| (channel, selects(channel, provider, ids)))
            .collect();
        if self.relayed {
            selects.push((
                "ForwardedEvents",
                "<Select Path=\"ForwardedEvents\">*</Select>".to_owned(),
            ));
        }
        let mut xml = String::from("<QueryList>");
        for (number, (channel, selects)) in selects.iter().enumerate() {
            let _cannot_fail = write!(xml, "<Query Id=\"{number}\" Path=\"{channel}\">{selects}</Query>");
        }
        xml + "</QueryList>"
    }

    const fn asks(self, asked: Asked) -> bool {
        match asked {
            Asked::Always => true,
            Asked::Logons => self.logons,
            Asked::Never => false,
        }
    }
}

/// The events `ids` of a channel, in as many expressions as it takes.
fn selects(channel: &str, provider: &str, mut ids: Vec<u32>) -> String {
    ids.sort_unstable();
    ids.dedup();
    let mut xml = String::new();
    for ids in ids.chunks(TERMS) {
        let terms: Vec<String> = ids.iter().map(|id| format!("EventID={id}")).collect();
        let terms = terms.join(" or ");
        let by = match provider {
            "" => String::new(),
            provider => format!("Provider[@Name='{}'] and ", escape(provider)),
        };
        let _cannot_fail = write!(xml, "<Select Path=\"{channel}\">*[System[{by}({terms})]]</Select>");
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_documented_events_are_asked_for() {
        let xml = Query::default().xml();
        let mut asked: Vec<u32> = xml
            .split("EventID=")
            .skip(1)
            .filter_map(|rest| rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok())
            .collect();
        asked.sort_unstable();
        let documented = [
            1_202, 1_203, 4_662, 4_726, 4_728, 4_729, 4_730, 4_732, 4_733, 4_741, 4_743, 4_753, 4_756, 4_757, 4_758,
            4_763, 4_776, 4_870, 4_882, 4_885, 4_887, 4_888, 4_890, 4_896, 5_136, 7_045, 8_004,
        ];
        assert_eq!(asked, documented);
        assert!(xml.matches("EventID=").count() == documented.len(), "each once");
        for select in xml.split("<Select").skip(1) {
            assert!(select.matches("EventID=").count() <= TERMS);
        }
        assert!(xml.contains(
            "<Select Path=\"System\">*[System[Provider[@Name='Service Control Manager'] and (EventID=7045)]]"
        ));
        assert!(xml.contains("<Select Path=\"Microsoft-Windows-NTLM/Operational\">*[System[(EventID=8004)]]"));
        assert!(!xml.contains("ForwardedEvents"));
    }

    #[test]
    fn more_is_asked_of_whom_it_is_said() {
        let logons = Query {
            logons: true,
            relayed: true,
        };
        let xml = logons.xml();
        assert!(
            xml.contains("EventID=4624") && xml.contains("EventID=4625") && xml.contains("Path=\"ForwardedEvents\"")
        );
        assert!(!xml.contains("EventID=4769"), "the mirror shows it");
    }
}
