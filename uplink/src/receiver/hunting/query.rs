//! `IdentityQueryEvents`: who asked the directory what.

use super::super::activities::print_ip;
use super::super::table::{Column, NOTHING, Row, Table, Take, column};
use super::{APPLICATION, additional, entity, protocol, report_id};
use crate::wire::view::ActivityView;

/// The view.
pub(crate) static IDENTITY_QUERY_EVENTS: Table = Table {
    name: "IdentityQueryEvents",
    holds: is_query,
    columns: COLUMNS,
};

const COLUMNS: &[Column] = &[
    column("Timestamp", Take::Time(|row| Some(row.view.time))),
    column("ActionType", Take::Text(|row| row.view.action_type)),
    column("Application", Take::Text(|_| APPLICATION)),
    column("QueryType", Take::Text(query_type)),
    column("QueryTarget", Take::Text(query_target)),
    column("Query", Take::Print(print_query)),
    column("Protocol", Take::Text(protocol)),
    column("AccountName", Take::Text(entity::account_name)),
    column("AccountDomain", Take::Text(entity::account_domain)),
    column("AccountUpn", Take::Text(|row| row.view.actor.upn)),
    column("AccountSid", Take::Text(|row| row.view.actor.sid)),
    column("AccountObjectId", NOTHING),
    column("AccountDisplayName", Take::Text(|row| row.view.actor.display_name)),
    column("DeviceName", Take::Print(entity::print_device)),
    column("IPAddress", Take::Print(|row, text| print_ip(&row.view.client, text))),
    column("Port", Take::Short(|row| row.view.client.port())),
    column("DestinationDeviceName", Take::Print(entity::print_destination)),
    column(
        "DestinationIPAddress",
        Take::Print(|row, text| print_ip(&row.view.server, text)),
    ),
    column("DestinationPort", Take::Short(|row| row.view.server.port())),
    column("TargetDeviceName", Take::Text(entity::target_device)),
    column("TargetAccountUpn", Take::Text(|row| row.view.target.upn)),
    column("TargetAccountDisplayName", Take::Text(entity::target_name)),
    column("Location", NOTHING),
    column("ReportId", Take::Print(report_id)),
    column("AdditionalFields", Take::Print(additional::print_query)),
];

/// LDAP, DNS and SAMR queries.
pub(super) fn is_query(view: &ActivityView<'_>) -> bool {
    matches!(view.action_type, "LDAP query" | "DNS query" | "SAMR query")
}

fn query_type<'a>(row: &Row<'a, '_>) -> &'a str {
    &row.details.qtype_name.0
}

fn query_target<'a>(row: &Row<'a, '_>) -> &'a str {
    match row.view.kind {
        "dns_query" => &row.details.qname.0,
        "cldap_ping" => &row.details.dns_domain.0,
        _ => &row.details.base.0,
    }
}

fn print_query(row: &Row<'_, '_>, text: &mut Vec<u8>) {
    let details = row.details;
    if row.view.kind == "ldap_search" {
        for part in [
            "Search Scope: ",
            &details.scope.0,
            ", Base Object:",
            &details.base.0,
            ", Search Filter: ",
            &details.filter.0,
        ] {
            text.extend_from_slice(part.as_bytes());
        }
    } else {
        text.extend_from_slice(query_target(row).as_bytes());
    }
}
