//! Conditions of the directory: that controllers answer, that the account is accepted and stays so, that what is known is fresh.

use crate::directory::{DomainStatus, Duty, Kind};
use crate::health::config::Config;
use crate::health::finding::Finding;
use crate::health::issue::Issue;
use crate::health::window::Window;
use crate::number::duration;

/// Seconds before a password's end from which it is told.
const EXPIRY: u64 = 30 * 86_400;

/// Controllers that do not answer over LDAP, or whose certificate is not to be trusted. Where a domain that is followed has no
/// other one, that is told instead.
pub(super) fn unreachable(window: &Window) -> Vec<Finding> {
    let domains = window.now().directory.iter().filter(|domain| !is_out_of_reach(domain));
    let each = domains.flat_map(|domain| &domain.unreachable);
    let finding = |other: &crate::directory::Unreachable| {
        let what = format!("a controller does not answer over LDAP: {}", other.why);
        let consequence = "changes are read from another controller of the domain, or not at all";
        let fix = "see that it runs, that name, firewall and port let the sensor reach it, and that directory.domains.ca signed its certificate";
        Finding::new(Issue::ControllerUnreachable, &other.controller, what, consequence, fix)
    };
    each.map(finding).collect()
}

/// No account is accepted.
pub(super) fn credentials(window: &Window) -> Vec<Finding> {
    let finding = |domain: &DomainStatus| {
        let what = refused(domain, "no account is accepted for");
        let consequence = "changes of the domain are not seen, and new names do not resolve";
        let fix = "correct the account or its password file ([[directory.credentials]]), since the same password is tried again after 15 minutes only";
        Finding::new(Issue::WrongCredentials, &domain.name, what, consequence, fix)
    };
    troubled(window, Kind::Credentials).map(finding).collect()
}

/// The account's password has ended, or ends within a month.
pub(super) fn password(window: &Window) -> Vec<Finding> {
    let consequence = "once it has, changes of the domain are not seen, and new names do not resolve";
    let fix = "give the account a new password, and write it into its file";
    let expired = |domain: &DomainStatus| {
        let what = refused(domain, "the password has expired of the account that reads");
        let consequence = "changes of the domain are not seen, and new names do not resolve";
        Finding::new(Issue::PasswordExpired, &domain.name, what, consequence, fix)
    };
    let now = window.now().time;
    let expiring = window.now().directory.iter().filter_map(|domain| {
        let left = domain.password_expires?.since(now).as_secs();
        let told = domain.trouble != Some(Kind::PasswordExpired) && left < EXPIRY;
        let what = format!("the password of {} expires in {}", domain.account, duration(left));
        told.then(|| Finding::new(Issue::PasswordExpiring, &domain.name, what, consequence, fix))
    });
    troubled(window, Kind::PasswordExpired)
        .map(expired)
        .chain(expiring)
        .collect()
}

/// A domain that was not looked at for some time.
pub(super) fn stale(window: &Window, config: &Config) -> Vec<Finding> {
    let (now, uptime) = (window.now().time, window.now().uptime_seconds);
    let most = config.directory_stale_minutes * 60;
    let finding = |domain: &DomainStatus| {
        let age = domain.synced.map(|synced| now.since(synced).as_secs());
        // After a start, what was kept may be as old as it likes for a while.
        let old = age.unwrap_or(u64::MAX).min(uptime) >= most && !domain.reading;
        let what = match age {
            Some(age) => format!("{} was last synchronised {} ago", domain.name, duration(age)),
            None => format!("{} was never read", domain.name),
        };
        let why = domain
            .error
            .as_ref()
            .map(|error| format!(" ({error})"))
            .unwrap_or_default();
        let consequence = "names resolve to what was known then, and changes are not seen";
        let fix = "`adtap directory status` says what is the matter";
        old.then(|| {
            Finding::new(
                Issue::DirectoryStale,
                &domain.name,
                format!("{what}{why}"),
                consequence,
                fix,
            )
        })
    };
    let domains = window.now().directory.iter().filter(|domain| !is_out_of_reach(domain));
    domains.filter_map(finding).collect()
}

/// Domains that are followed and none of whose controllers answers.
pub(super) fn trusts(window: &Window) -> Vec<Finding> {
    let finding = |domain: &DomainStatus| {
        let (name, via) = (&domain.name, &domain.followed);
        let error = domain.error.clone().unwrap_or_default();
        let what = format!("no controller of {name}, which {via} leads to, answers over LDAP: {error}");
        let consequence = "its accounts and computers resolve to what was known before, or not at all";
        let fix = "see that DNS names its controllers, that firewalls let the sensor reach them, and that directory.domains.ca signed their \
                   certificates, or name it in directory.excluded-domains";
        Finding::new(Issue::TrustUnreachable, name, what, consequence, fix)
    };
    let domains = window.now().directory.iter().filter(|domain| is_out_of_reach(domain));
    domains.map(finding).collect()
}

fn is_out_of_reach(domain: &DomainStatus) -> bool {
    !domain.followed.is_empty() && matches!(domain.trouble, Some(Kind::Unreachable | Kind::Certificate))
}

/// A domain that no sensor is known to read for all.
pub(super) fn unassigned(window: &Window) -> Vec<Finding> {
    let finding = |domain: &DomainStatus| {
        let election = domain.election.as_ref()?;
        let (consequence, fix) = match election.duty {
            Duty::Alone => (
                "this sensor reads it for itself, and what others read and tell is told twice",
                "see that the receiver answers and is no older than this sensor, or set directory.election.enabled = false",
            ),
            Duty::Unassigned => (
                "names resolve to what is known, and changes are not seen",
                "let a sensor be a candidate (directory.domains.candidate), and see that the receiver answers",
            ),
            Duty::Waiting | Duty::Synchronizer | Duty::Follower => return None,
        };
        let why = election.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let what = format!("no sensor is known to synchronise {} for all{why}", domain.name);
        Some(Finding::new(
            Issue::SynchronizerMissing,
            &domain.name,
            what,
            consequence,
            fix,
        ))
    };
    window.now().directory.iter().filter_map(finding).collect()
}

fn troubled(window: &Window, kind: Kind) -> impl Iterator<Item = &DomainStatus> {
    window
        .now()
        .directory
        .iter()
        .filter(move |domain| domain.trouble == Some(kind))
}

/// What a controller said, else what that comes to.
fn refused(domain: &DomainStatus, what: &str) -> String {
    let error = domain.error.clone();
    error.unwrap_or_else(|| format!("{what} {}", domain.name))
}
