//! One attempt to open a remote desktop as `rdp_connection`, and its parts as messages.

use capture::Timestamp;

use super::names;
use super::wire::{Client, Confirm, Request, ask};
use crate::activity::{Activity, Kind, Outcome, Status};
use crate::context::Context;
use crate::fields::Fields;
use crate::protocol::ProtocolId;
use crate::text;

/// An attempt under way.
#[derive(Debug)]
pub(super) struct Attempt {
    activity: Box<Activity>,
}

impl Attempt {
    pub(super) fn new(context: &Context<'_>) -> Self {
        let mut activity = context.activity(Kind::RdpConnection, ProtocolId::Rdp);
        activity.action_type = Some("Remote Desktop");
        Self { activity }
    }

    pub(super) const fn since(&self) -> Timestamp {
        self.activity.time
    }

    pub(super) fn request(&mut self, request: &Request<'_>) {
        asked(request, &mut self.activity.details);
    }

    pub(super) fn confirm(&mut self, confirm: Confirm, context: &Context<'_>) {
        self.activity.answered(context.time);
        answered(confirm, &mut self.activity.details);
        self.activity.outcome = match confirm {
            Confirm::Failure(code) => {
                self.activity.status = Some(Status::new(i64::from(code), names::failure(code)));
                Outcome::Failure
            }
            Confirm::Selected(..) | Confirm::Bare => Outcome::Success,
        };
    }

    pub(super) fn client(&mut self, client: &Client<'_>) {
        let name = text::utf16(client.name);
        self.activity.observed.workstation = Some(name).filter(|name| !name.is_empty());
        told(client, &mut self.activity.details);
    }

    pub(super) fn emit(self, context: &mut Context<'_>) {
        context.emit(self.activity);
    }
}

pub(super) fn asked(request: &Request<'_>, fields: &mut Fields) {
    fields.set_some("mstshash", request.mstshash.map(text::bytes));
    fields.set_some("routing_token", request.routing_token.map(text::bytes));
    if let Some((flags, protocols)) = request.asked {
        let names = names::PROTOCOLS.iter().filter(|(bit, _)| protocols & bit != 0);
        let mut names: Vec<_> = names.map(|(_, name)| *name).collect();
        if names.is_empty() {
            names.push("rdp");
        }
        fields.list("protocols", names);
        fields.flag("restricted_admin", flags & ask::RESTRICTED_ADMIN != 0);
        fields.flag("redirected_authentication", flags & ask::REDIRECTED_AUTHENTICATION != 0);
    }
    fields.set_some("correlation_id", request.correlation.as_ref().map(text::guid));
}

pub(super) fn answered(confirm: Confirm, fields: &mut Fields) {
    match confirm {
        Confirm::Selected(flags, protocol) => {
            fields.set("selected_protocol", protocol);
            fields.set_some("selected", names::selected(protocol));
            let names = names::SERVER_FLAGS.iter().filter(|(bit, _)| flags & bit != 0);
            fields.list("server_flags", names.map(|(_, name)| *name));
            // CredSSP authenticates before the connection stands, inside TLS (2.2.1.1.1): who, nobody sees.
            fields.flag("credssp", protocol & 0x0a != 0);
            fields.flag("sealed", protocol != 0);
        }
        Confirm::Failure(code) => {
            fields.set("failure_code", code);
            fields.set_some("failure_name", names::failure(code));
        }
        Confirm::Bare => fields.set("selected", "rdp"),
    }
}

pub(super) fn told(client: &Client<'_>, fields: &mut Fields) {
    fields.text("client_name", text::utf16(client.name));
    fields.set("client_build", client.build);
    let (major, minor) = (client.version >> 16, client.version & 0xffff);
    fields.set("client_version", text::dotted([major, minor]));
    fields.set("keyboard_layout", client.keyboard);
    fields.set("desktop_width", client.width);
    fields.set("desktop_height", client.height);
    fields.list("channels", client.channels().map(text::bytes));
}
