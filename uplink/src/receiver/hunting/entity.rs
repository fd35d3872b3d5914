//! Accounts and devices as the views name them: resolved where they are, else as observed.

use super::super::table::Row;
use crate::wire::view::ComputerView;

/// Who acted.
pub(super) fn account_name<'a>(row: &Row<'a, '_>) -> &'a str {
    either(row.view.actor.name, row.view.observed.account)
}

/// The domain of who acted.
pub(super) fn account_domain<'a>(row: &Row<'a, '_>) -> &'a str {
    either(row.view.actor.domain, row.view.observed.domain)
}

/// Display name of whom it was about.
pub(super) fn target_name<'a>(row: &Row<'a, '_>) -> &'a str {
    let target = &row.view.target;
    either(
        either(target.display_name, target.name),
        row.view.observed.target_account,
    )
}

/// The client's computer.
pub(super) fn print_device(row: &Row<'_, '_>, text: &mut Vec<u8>) {
    print_computer(&row.view.source, text);
    if text.is_empty() {
        text.extend_from_slice(row.view.observed.workstation.as_bytes());
    }
}

/// The server's computer.
pub(super) fn print_destination(row: &Row<'_, '_>, text: &mut Vec<u8>) {
    print_computer(&row.view.destination, text);
}

/// The host that was asked for: the one a service principal name names (`class/host:port/name`), else the one observed.
pub(super) fn target_device<'a>(row: &Row<'a, '_>) -> &'a str {
    let observed = &row.view.observed;
    let host = match observed.spn.split_once('/') {
        Some((class, rest)) if !class.eq_ignore_ascii_case("krbtgt") => {
            rest.split(['/', ':', '@']).next().unwrap_or_default()
        }
        _ => "",
    };
    either(host, observed.host)
}

/// Host name, with its domain where that is a DNS name.
pub(super) fn print_computer(computer: &ComputerView<'_>, text: &mut Vec<u8>) {
    text.extend_from_slice(computer.name.as_bytes());
    if !computer.name.is_empty() && computer.domain.contains('.') {
        text.push(b'.');
        text.extend_from_slice(computer.domain.as_bytes());
    }
}

pub(super) const fn either<'a>(first: &'a str, second: &'a str) -> &'a str {
    if first.is_empty() { second } else { first }
}
