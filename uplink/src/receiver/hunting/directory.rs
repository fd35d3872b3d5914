//! `IdentityDirectoryEvents`: changes of the directory, and what else the controllers were made to do.

use super::super::activities::print_ip;
use super::super::table::{Column, NOTHING, Table, Take, column};
use super::logon::is_logon;
use super::query::is_query;
use super::{APPLICATION, additional, entity, protocol, report_id};
use crate::wire::view::ActivityView;

/// The view.
pub(crate) static IDENTITY_DIRECTORY_EVENTS: Table = Table {
    name: "IdentityDirectoryEvents",
    holds: is_directory,
    columns: COLUMNS,
};

const COLUMNS: &[Column] = &[
    column("Timestamp", Take::Time(|row| Some(row.view.time))),
    column("ActionType", Take::Text(|row| row.view.action_type)),
    column("Application", Take::Text(|_| APPLICATION)),
    column("TargetAccountUpn", Take::Text(|row| row.view.target.upn)),
    column("TargetAccountDisplayName", Take::Text(entity::target_name)),
    column("TargetDeviceName", Take::Text(entity::target_device)),
    column("DestinationDeviceName", Take::Print(entity::print_destination)),
    column(
        "DestinationIPAddress",
        Take::Print(|row, text| print_ip(&row.view.server, text)),
    ),
    column("DestinationPort", Take::Short(|row| row.view.server.port())),
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
    column("Location", NOTHING),
    column("ISP", NOTHING),
    column("ReportId", Take::Print(report_id)),
    column("AdditionalFields", Take::Print(additional::print_directory)),
];

/// Everything that has an action type and is in neither of the other views.
fn is_directory(view: &ActivityView<'_>) -> bool {
    !view.action_type.is_empty() && !is_logon(view) && !is_query(view)
}
