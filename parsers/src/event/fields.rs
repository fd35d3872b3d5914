//! What the keys of ArcSight's dictionary are in each event, as its connectors for Windows map them and as parsers of what
//! they send read them; custom fields by their labels. Who did it has keys of a source, whom it happened to those of a destination; but of a membership that
//! is the member and not the group, and where there is nobody else it is who did it.

use super::Reason;
use super::catalogue::{Listed, Part};
use super::model::Draft;

/// Members of groups: whose account and domain stand in place of a SID.
const MEMBERSHIPS: [u32; 6] = [4_728, 4_729, 4_732, 4_733, 4_756, 4_757];
/// Groups that are deleted.
const GROUPS: [u32; 4] = [4_730, 4_753, 4_758, 4_763];

/// Who did it.
const SUBJECT: &[(&str, &str)] = &[
    ("suser", "SubjectUserName"),
    ("sntdom", "SubjectDomainName"),
    ("suid", "SubjectLogonId"),
];
/// Whom it happened to.
const TARGET: &[(&str, &str)] = &[("duser", "TargetUserName"), ("dntdom", "TargetDomainName")];
/// Where it came from.
const CLIENT: &[(&str, &str)] = &[("src", "IpAddress"), ("spt", "IpPort")];
const LOGON: &[(&str, &str)] = &[
    ("shost", "WorkstationName"),
    ("dproc", "ProcessName"),
    ("deviceProcessName", "LogonProcessName"),
];
const SERVICE: &[(&str, &str)] = &[("destinationServiceName", "ServiceName")];

/// The keys of an event.
const fn keys(id: u32) -> &'static [&'static [(&'static str, &'static str)]] {
    match id {
        4_776 => &[TARGET, &[("shost", "Workstation")]],
        4_624 => &[SUBJECT, TARGET, CLIENT, LOGON, &[("duid", "TargetLogonId")]],
        4_625 => &[SUBJECT, TARGET, CLIENT, LOGON],
        4_768 | 4_769 => &[TARGET, CLIENT, SERVICE],
        // The account has an identifier, and no domain.
        4_771 => &[&[("duser", "TargetUserName"), ("dntdom", "TargetSid")], CLIENT, SERVICE],
        4_726 | 4_741 | 4_743 => &[SUBJECT, TARGET],
        // What the event calls the target's domain is where the attempts came from.
        4_740 => &[SUBJECT, &[("duser", "TargetUserName"), ("shost", "TargetDomainName")]],
        4_728 | 4_729 | 4_732 | 4_733 | 4_756 | 4_757 => &[SUBJECT, &[("duid", "MemberName")]],
        // Who did it is all the user there is.
        5_136 => &[
            SUBJECT,
            &[("duser", "SubjectUserName"), ("dntdom", "SubjectDomainName")],
        ],
        4_662 | 4_730 | 4_753 | 4_758 | 4_763 | 4_794 => &[SUBJECT],
        _ => &[],
    }
}

/// Adds what `key`, which may have a label, says of the event that is `listed`; what is no datum of it is nothing.
pub(super) fn add(
    draft: &mut Draft,
    listed: &Listed,
    (key, label): (&str, Option<&str>),
    value: &str,
) -> Result<(), Reason> {
    let grouped = MEMBERSHIPS.contains(&listed.id) || GROUPS.contains(&listed.id);
    let known = || {
        let mut keys = keys(listed.id).iter().copied().flatten();
        keys.find(|(known, _)| *known == key).map(|(_, name)| *name)
    };
    let name = match (label, key.strip_prefix("ad.")) {
        (Some("Group"), _) if grouped => return group(draft, value),
        (None, _) if key == "cs6" && grouped => return group(draft, value),
        (Some(label), _) => labelled(listed, label),
        (None, Some(label)) => labelled(listed, &label.replace("_,", " ")),
        (None, None) => known(),
    };
    match name.filter(|name| !draft.has(name)) {
        Some(name) => draft.add(name, value),
        None => Ok(()),
    }
}

/// The member of a membership, whose `user` and `domain` are its SID as Windows renders it; a SID where it has no name.
pub(super) fn member(
    draft: &mut Draft,
    listed: &Listed,
    user: Option<&str>,
    domain: Option<&str>,
) -> Result<(), Reason> {
    let user = user.filter(|user| MEMBERSHIPS.contains(&listed.id) && !user.is_empty() && !draft.has("MemberSid"));
    match (user, domain.filter(|domain| !domain.is_empty())) {
        (Some(user), _) if user.starts_with("S-1-") => draft.add("MemberSid", user),
        (Some(user), Some(domain)) => draft.add("MemberSid", &format!("{domain}\\{user}")),
        _ => Ok(()),
    }
}

/// A group as `domain\name`, or by its SID; what is neither may be the beginning of either.
fn group(draft: &mut Draft, value: &str) -> Result<(), Reason> {
    match value.split_once('\\') {
        Some((domain, name)) => {
            draft.add("TargetDomainName", domain)?;
            draft.add("TargetUserName", name)
        }
        None if value.starts_with("S-1-") => draft.add("TargetSid", value),
        None => Ok(()),
    }
}

/// The datum that a label names: by the datum's own name, or as the event's message has it, there also behind its heading
/// (`Group:Security ID`). A label that stands for several is none.
fn labelled(listed: &Listed, label: &str) -> Option<&'static str> {
    if label == "Reason or Error Code" {
        let status = |name: &&&str| matches!(**name, "Status" | "StatusCode");
        return listed.data.iter().find(status).copied();
    }
    let spaced = label.bytes().filter(|byte| *byte != b' ');
    let own = |name: &&&str| name.bytes().eq(spaced.clone());
    if let Some(name) = listed.data.iter().find(own) {
        return Some(name);
    }
    let (heading, label) = label
        .split_once(':')
        .map_or((None, label), |(heading, label)| (Some(heading), label));
    let mut found = None;
    for parts in listed.messages {
        let mut above = "";
        for part in *parts {
            match part {
                Part::Heading(text) => above = text,
                Part::Field(text, name) | Part::Lines(text, name)
                    if *text == label && heading.is_none_or(|heading| heading == above) =>
                {
                    if found.is_some_and(|found| found != *name) {
                        return None;
                    }
                    found = Some(*name);
                }
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::catalogue::all;
    use crate::event::listed;

    #[test]
    fn every_key_is_a_datum() {
        for listed in all() {
            for (key, name) in keys(listed.id).iter().copied().flatten() {
                // The account's domain is none of 4776, and told where it is sent.
                assert!(
                    listed.data.contains(name) || (listed.id, *key) == (4_776, "dntdom"),
                    "{}: {key} is {name}, which is no datum",
                    listed.id
                );
            }
        }
    }

    #[test]
    fn a_label_is_a_datum_where_it_stands_for_one() {
        let name = |id, label| labelled(listed(id, "").unwrap(), label);
        assert_eq!(name(4_776, "Authentication Package"), Some("PackageName"));
        assert_eq!(name(4_776, "Reason or Error Code"), Some("Status"));
        assert_eq!(name(4_928, "Reason or Error Code"), Some("StatusCode"));
        assert_eq!(
            name(4_624, "Authentication Package Name"),
            Some("AuthenticationPackageName")
        );
        assert_eq!(name(4_624, "Logon Type"), Some("LogonType"));
        assert_eq!(
            name(4_624, "Account Name"),
            None,
            "the subject's, or the one who logs on"
        );
        assert_eq!(name(4_728, "Group:Security ID"), Some("TargetSid"));
        assert_eq!(name(4_728, "Member:Account Name"), Some("MemberName"));
        assert_eq!(name(5_136, "DN"), Some("ObjectDN"));
        assert_eq!(name(4_776, "EventlogCategory"), None);
    }
}
