//! `IdentityLogonEvents`: logons: who proved who they are, or failed to.

use super::super::activities::print_ip;
use super::super::table::{Column, NOTHING, Row, Table, Take, column};
use super::{APPLICATION, additional, entity, protocol, report_id};
use crate::wire::view::ActivityView;

/// The view.
pub(crate) static IDENTITY_LOGON_EVENTS: Table = Table {
    name: "IdentityLogonEvents",
    holds: is_logon,
    columns: COLUMNS,
};

const COLUMNS: &[Column] = &[
    column("Timestamp", Take::Time(|row| Some(row.view.time))),
    column("ActionType", Take::Text(|row| row.view.action_type)),
    column("Application", Take::Text(|_| APPLICATION)),
    column("LogonType", Take::Text(logon_type)),
    column("Protocol", Take::Text(protocol)),
    column("FailureReason", Take::Text(|row| row.view.failure_reason)),
    column("AccountName", Take::Text(entity::account_name)),
    column("AccountDomain", Take::Text(entity::account_domain)),
    column("AccountUpn", Take::Text(|row| row.view.actor.upn)),
    column("AccountSid", Take::Text(|row| row.view.actor.sid)),
    column("AccountObjectId", NOTHING),
    column("AccountDisplayName", Take::Text(|row| row.view.actor.display_name)),
    column("DeviceName", Take::Print(entity::print_device)),
    column("DeviceType", NOTHING),
    column("OSPlatform", Take::Text(|row| row.view.source.os)),
    column("IPAddress", Take::Print(|row, text| print_ip(&row.view.client, text))),
    column("Port", Take::Short(|row| row.view.client.port())),
    column("DestinationDeviceName", Take::Print(entity::print_destination)),
    column(
        "DestinationIPAddress",
        Take::Print(|row, text| print_ip(&row.view.server, text)),
    ),
    column("DestinationPort", Take::Short(|row| row.view.server.port())),
    column("TargetDeviceName", Take::Text(entity::target_device)),
    column("TargetAccountDisplayName", Take::Text(entity::target_name)),
    column("Location", NOTHING),
    column("Isp", NOTHING),
    column("ReportId", Take::Print(report_id)),
    column("AdditionalFields", Take::Print(additional::print)),
];

/// Logons that have an outcome.
pub(super) fn is_logon(view: &ActivityView<'_>) -> bool {
    matches!(view.action_type, "LogonSuccess" | "LogonFailed")
}

/// What kind of logon. A service ticket and its use are access to that service; everything else checks credentials.
fn logon_type<'a>(row: &Row<'a, '_>) -> &'a str {
    match (row.view.action_type, row.view.kind) {
        ("LogonFailed", _) => "Failed logon",
        (_, "kerberos_tgs" | "kerberos_ap") => "Resource access",
        _ => "Credentials validation",
    }
}
