//! The events that are understood: where each logs its data, what they are called, and the text that it is rendered as.
//!
//! Names and order of the data are those of the providers' manifests, labels those of their English messages, both as Windows'
//! documentation of security auditing shows them. A message in another language has the same fields in the same places.

mod accounts;
mod certificates;
mod directory;
mod groups;
mod logons;

/// Who logs to the Security channel.
pub(super) const SECURITY: &str = "Microsoft-Windows-Security-Auditing";
/// Who logs services.
const SERVICES: &str = "Service Control Manager";
/// Who logs NTLM.
const NTLM: &str = "Microsoft-Windows-NTLM";
/// Who logs federated logons.
pub(super) const FEDERATION: &str = "AD FS Auditing";

/// A part of a message, in the order in which it is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A heading: `Subject:`.
    Heading(&'static str),
    /// A label, and the name of the datum behind it.
    Field(&'static str, &'static str),
    /// A field whose value may have lines with colons of their own.
    Lines(&'static str, &'static str),
    /// The datum that stands behind all that, without a label.
    Rest(&'static str),
    /// Words without a colon, which are of no value: a heading, or how an explanation begins.
    Words(&'static str),
}

/// Whose log a subscription asks an event of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Of every source.
    Always,
    /// Of AD FS and Entra Connect servers alone: controllers log it with every logon, which the mirror shows.
    Logons,
    /// Of nobody: it is taken where it is sent.
    Never,
}

/// An event that is understood.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// EventID.
    pub id: u32,
    /// Whose log a subscription asks it of.
    pub asked: Asked,
    /// Who logs it.
    pub provider: &'static str,
    /// The data's names, in the order in which they are logged.
    pub data: &'static [&'static str],
    /// Those without which the message has to be read.
    pub keys: &'static [&'static str],
    /// The forms of its message, newest first: versions of Windows added fields.
    pub messages: &'static [&'static [Part]],
}

/// `Heading`, `Field`, `Lines` and `Words`, short enough to be read as a message.
use Part::{Field as F, Heading as H, Lines as L, Words as W};

/// The four fields that most messages begin with.
macro_rules! subject {
    ($($part:expr),* $(,)?) => {
        &[
            $crate::event::catalogue::H("Subject"),
            $crate::event::catalogue::F("Security ID", "SubjectUserSid"),
            $crate::event::catalogue::F("Account Name", "SubjectUserName"),
            $crate::event::catalogue::F("Account Domain", "SubjectDomainName"),
            $crate::event::catalogue::F("Logon ID", "SubjectLogonId"),
            $($part),*
        ]
    };
}
pub(crate) use subject;

const TABLES: [&[Listed]; 5] = [
    logons::EVENTS,
    groups::EVENTS,
    accounts::EVENTS,
    directory::EVENTS,
    certificates::EVENTS,
];

impl Listed {
    /// The channel that it is logged to.
    #[must_use]
    pub fn channel(&self) -> &'static str {
        match self.provider {
            SERVICES => "System",
            NTLM => "Microsoft-Windows-NTLM/Operational",
            _ => "Security",
        }
    }
}

/// Every event that is understood.
pub fn all() -> impl Iterator<Item = &'static Listed> {
    TABLES.into_iter().flatten()
}

/// The event `id` of `provider`; none for one that adtap has no use for. An empty provider is taken for the one that is meant.
#[must_use]
pub fn listed(id: u32, provider: &str) -> Option<&'static Listed> {
    all().find(|listed| listed.id == id && (provider.is_empty() || same(listed.provider, provider)))
}

/// Whether `provider` is `known`: some senders write the source of the classic log, without a vendor or with blanks.
fn same(known: &str, provider: &str) -> bool {
    provider.eq_ignore_ascii_case(known)
        || matches!(
            (known, provider),
            (SECURITY, "Security") | (NTLM, "NTLM") | (FEDERATION, "AD FS")
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_message_is_a_datum() {
        for listed in all() {
            let datum = |name: &&str| listed.data.contains(name);
            assert!(listed.keys.iter().all(datum), "{}: keys", listed.id);
            for message in listed.messages {
                for part in *message {
                    if let Part::Field(_, name) | Part::Lines(_, name) | Part::Rest(name) = part {
                        assert!(datum(name), "{}: {name} is no datum", listed.id);
                    }
                }
            }
        }
    }

    #[test]
    fn an_event_is_its_provider_s() {
        assert_eq!(listed(7_045, SERVICES).unwrap().id, 7_045);
        assert!(listed(7_045, "Somebody").is_none());
        assert!(listed(4_776, "").is_some() && listed(4_776, "security").is_none());
        assert!(listed(4_776, "Security").is_some());
        assert!(listed(1, SECURITY).is_none());
    }

    #[test]
    fn nothing_is_listed_twice() {
        let mut ids: Vec<_> = all().map(|listed| (listed.id, listed.provider)).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
