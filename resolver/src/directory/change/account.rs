//! What an account may do and whether it may log on: `userAccountControl`, locking, expiry, passwords, encryption types.

use capture::Timestamp;
use parsers::fields::Value;
use parsers::ldap::account_control;

use super::{Attribute, Difference, Record, filetime};

/// accountExpires of an account that never does ([MS-ADA1] 2.3); 0 says the same.
const NEVER: i64 = i64::MAX;

/// Everything about the account between two records of it, at `now`.
pub(super) fn changed(before: &Record, after: &Record, now: Timestamp, found: &mut Vec<Difference>) {
    control(before, after, found);
    expiry(before, after, now, found);
    lock(before, after, found);
    password(before, after, found);
    delegation(before, after, found);
}

/// A flag, a fact. Where the attribute is missing on either side it was not shown, and nothing is known.
fn control(before: &Record, after: &Record, found: &mut Vec<Difference>) {
    let attribute = Attribute::UserAccountControl;
    let value = |record: &Record| record.all(attribute).next().and_then(account_control::parse);
    let (Some(old), Some(new)) = (value(before), value(after)) else {
        return;
    };
    for flip in account_control::flips(old, new) {
        let mut difference = Difference::of(attribute, flip.action).between(Some(!flip.set), Some(flip.set));
        match flip.name {
            Some(name) => difference.details.set("flag", name),
            None => difference.details.set("flag", flip.bit),
        }
        difference.details.set("account_control", new);
        found.push(difference);
    }
}

/// When it expires; and that it has, where the new time has passed already.
fn expiry(before: &Record, after: &Record, now: Timestamp, found: &mut Vec<Difference>) {
    let attribute = Attribute::AccountExpires;
    let ends = |record: &Record| match record.number(attribute) {
        None | Some(0) => NEVER,
        Some(ticks) => ticks,
    };
    let (old, new) = (ends(before), ends(after));
    if old == new {
        return;
    }
    let told = |ticks: i64| -> Value {
        match filetime(ticks) {
            _ if ticks == NEVER => "never".into(),
            Some(time) => time.into(),
            None => ticks.into(),
        }
    };
    let difference = Difference::of(attribute, Some("Account Expiry Time changed"));
    found.push(difference.between(Some(told(old)), Some(told(new))));
    let expired = |ticks: i64| ticks != NEVER && filetime(ticks).is_some_and(|time| time <= now);
    if expired(old) != expired(new) {
        let difference = Difference::of(attribute, Some("Account expired"));
        found.push(difference.between(Some(expired(old)), Some(expired(new))));
    }
}

/// lockoutTime is when it was locked; 0 or nothing is when it is not. A later time is another lock: the one before had ended.
fn lock(before: &Record, after: &Record, found: &mut Vec<Difference>) {
    let attribute = Attribute::LockoutTime;
    let locked = |record: &Record| record.number(attribute).filter(|ticks| *ticks != 0);
    match (locked(before), locked(after)) {
        (old, Some(new)) if old != Some(new) => {
            let difference = Difference::of(attribute, Some("Account Locked changed"));
            let mut difference = difference.between(Some(false), Some(true));
            difference.details.set_some("locked_at", filetime(new));
            found.push(difference);
        }
        (Some(_), None) => {
            let difference = Difference::of(attribute, Some("Account Unlock changed"));
            found.push(difference.between(Some(true), Some(false)));
        }
        _ => {}
    }
}

/// pwdLastSet 0: it must be changed at the next logon, so it counts as expired ([MS-ADTS] 3.1.1.4.5.17).
fn password(before: &Record, after: &Record, found: &mut Vec<Difference>) {
    let attribute = Attribute::PwdLastSet;
    let (old, new) = (before.number(attribute), after.number(attribute));
    let Some(new) = new.filter(|new| old != Some(*new)) else {
        return;
    };
    let set = old.and_then(filetime);
    if new == 0 {
        let mut expired = Difference::of(attribute, Some("Account Password expired"));
        expired.details.set("old", false);
        expired.details.set("new", true);
        expired.details.set_some("last_set", set);
        found.push(expired);
        return;
    }
    let difference = Difference::of(attribute, Some("Account Password changed"));
    found.push(difference.between(set, filetime(new)));
    if old == Some(0) {
        let difference = Difference::of(attribute, Some("Account Password expired"));
        found.push(difference.between(Some(true), Some(false)));
    }
}

/// Constrained delegation begins with the first service it may be for, and ends with the last.
fn delegation(before: &Record, after: &Record, found: &mut Vec<Difference>) {
    let attribute = Attribute::AllowedToDelegateTo;
    let may = |record: &Record| record.all(attribute).next().is_some();
    let (old, new) = (may(before), may(after));
    if old != new {
        let difference = Difference::of(attribute, Some("Account Constrained Delegation State changed"));
        found.push(difference.between(Some(old), Some(new)));
    }
}
