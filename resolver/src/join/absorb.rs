//! One account of a fact becomes part of another.

use std::sync::Arc;

use parsers::activity::{Activity, Outcome};
use parsers::fields::Value;

use super::deed::{ABOUT, is_bare};
use super::same::events;
use crate::resolved::Resolved;

/// `told` is another account of what `kept` says: what only it knows is added.
pub(super) fn absorb(kept: &mut Resolved, told: Resolved) {
    let Resolved {
        activity,
        actor,
        target,
        source,
        destination,
        correlated: _,
        waited: _,
    } = told;
    fill(&mut kept.actor, actor);
    fill(&mut kept.target, target);
    fill(&mut kept.source, source);
    fill(&mut kept.destination, destination);
    facts(&mut kept.activity, *activity);
}

fn fill<T: ?Sized>(kept: &mut Option<Arc<T>>, told: Option<Arc<T>>) {
    if kept.is_none() {
        *kept = told;
    }
}

/// What an event says of the one change that it is about stands in the event, as soon as it is one of several of an account.
fn set_apart(told: &mut Activity) {
    let about: Vec<_> = ABOUT
        .iter()
        .filter_map(|name| Some((*name, told.details.take(name)?)))
        .collect();
    let Some(Value::List(events)) = told.details.get_mut("events") else {
        return;
    };
    if let Some(Value::Map(event)) = events.first_mut() {
        about.into_iter().for_each(|(name, value)| event.set(name, value));
    }
}

fn facts(kept: &mut Activity, mut told: Activity) {
    if is_bare(&told) {
        set_apart(&mut told);
    }
    let both = events(&kept.details).iter().chain(events(&told.details));
    let all = Value::List(both.cloned().collect());
    kept.details.append(told.details);
    kept.details.replace("events", all);
    if kept.client.ip.is_unspecified() {
        kept.client = told.client;
    }
    if kept.server.ip.is_unspecified() {
        kept.server = told.server;
    }
    let (names, others) = (&mut kept.observed, told.observed);
    for (name, other) in [
        (&mut names.account, others.account),
        (&mut names.domain, others.domain),
        (&mut names.workstation, others.workstation),
        (&mut names.spn, others.spn),
        (&mut names.dn, others.dn),
        (&mut names.sid, others.sid),
        (&mut names.host, others.host),
    ] {
        if name.is_none() {
            *name = other;
        }
    }
    if kept.outcome == Outcome::Unknown {
        kept.outcome = told.outcome;
        kept.action_type = kept.action_type.or(told.action_type);
    }
    kept.failure_reason = kept.failure_reason.or(told.failure_reason);
    match (&mut kept.status, told.status) {
        (Some(status), Some(other)) if status.ntstatus.is_none() => {
            (status.ntstatus, status.ntstatus_name) = (other.ntstatus, other.ntstatus_name);
        }
        (status @ None, other) => *status = other,
        _ => {}
    }
}
