//! Who came into a group, and who left it: each member a fact.

use compact_str::format_compact;

use super::{Attribute, Change, Difference, Record, called, told};
use crate::directory::record::sid;

/// What the hunting tables call it.
const MEMBERSHIP: Option<&str> = Some("Group Membership changed");

/// Members of one change that are told one by one; those beyond it are told as a number.
const MAX_MEMBERS: usize = 1_024;

/// Members of the group, of a new or restored one all that it has, and of a member its primary group.
pub(super) fn changed(change: &Change, after: &Record, found: &mut Vec<Difference>) {
    let (gone, new) = change.difference(Attribute::Member);
    let gone = gone.into_iter().map(|member| (member, "removed"));
    let mut members = gone.chain(new.into_iter().map(|member| (member, "added")));
    for (member, direction) in members.by_ref().take(MAX_MEMBERS) {
        let mut difference = of_group(after, direction);
        difference.about = Some(told(member));
        difference.details.set("member", told(member));
        found.push(difference);
    }
    let rest = members.count();
    if rest > 0 {
        let mut difference = Difference::of(Attribute::Member, MEMBERSHIP);
        difference.details.set_some("group", called(after));
        difference.details.set("further_members", rest);
        found.push(difference);
    }
    primary(change, after, found);
}

fn of_group(group: &Record, direction: &'static str) -> Difference {
    let mut difference = Difference::of(Attribute::Member, MEMBERSHIP);
    difference.details.set("change", direction);
    difference.details.set_some("group", called(group));
    let group_sid = group.all(Attribute::ObjectSid).find_map(sid);
    difference.details.set_some("group_sid", group_sid);
    difference
}

/// primaryGroupID is a RID of the account's own domain ([MS-ADA3] 2.120).
fn primary(change: &Change, after: &Record, found: &mut Vec<Difference>) {
    let attribute = Attribute::PrimaryGroupId;
    let number = |record: &Record| record.number(attribute);
    let (old, new) = (change.before.as_ref().and_then(number), number(after));
    let (Some(old), Some(new)) = (old, new) else { return };
    if old == new {
        return;
    }
    let mut difference = Difference::of(attribute, MEMBERSHIP).between(Some(old), Some(new));
    let own = after.all(Attribute::ObjectSid).find_map(sid);
    if let Some((domain, _)) = own.as_deref().and_then(|own| own.rsplit_once('-')) {
        let details = &mut difference.details;
        details.set("old_group_sid", format_compact!("{domain}-{old}"));
        details.set("group_sid", format_compact!("{domain}-{new}"));
    }
    found.push(difference);
}
