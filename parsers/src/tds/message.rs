//! The packets of a login as messages.

use capture::Direction;
use compact_str::CompactString;

use super::names;
use super::wire::{Login, Prelogin, Refusal};
use crate::context::Context;
use crate::fields::Fields;
use crate::protocol::ProtocolId;
use crate::text;

pub(super) fn prelogin(prelogin: &Prelogin<'_>, context: &mut Context<'_>) {
    let name = match context.direction {
        Direction::Up => "prelogin",
        Direction::Down => "prelogin_response",
    };
    context.message(ProtocolId::Tds, name, |fields| {
        fields.set_some("version", prelogin.version.map(text::dotted));
        fields.set_some("encryption", prelogin.encryption);
        fields.set_some("encryption_name", prelogin.encryption.and_then(names::encryption));
        fields.text("instance", text::bytes(prelogin.instance));
    });
}

pub(super) fn login(login: &Login<'_>, context: &mut Context<'_>) {
    context.message(ProtocolId::Tds, "login7", |fields| {
        fields.set("tds_version", login.version);
        fields.set_some("tds_version_name", names::version(login.version));
        fields.text("workstation", login.host.clone());
        fields.text("user", login.user.clone());
        fields.flag("cleartext_password", login.password);
        fields.text("application", login.application.clone());
        fields.text("server", login.server.clone());
        fields.text("library", login.library.clone());
        fields.text("database", login.database.clone());
        fields.flag("sspi", !login.token.is_empty());
    });
}

/// What a login by token is for, in the details of the logon.
pub(super) fn wanted(login: &Login<'_>, details: &mut Fields) {
    details.text("tds_workstation", login.host.clone());
    details.text("tds_application", login.application.clone());
    details.text("tds_server", login.server.clone());
    details.text("tds_database", login.database.clone());
}

pub(super) fn response(granted: Option<&(u32, CompactString)>, refused: Option<&Refusal>, context: &mut Context<'_>) {
    context.message(ProtocolId::Tds, "login_response", |fields| {
        fields.set("granted", granted.is_some());
        if let Some((version, program)) = granted {
            fields.set("tds_version", *version);
            fields.set_some("tds_version_name", names::version(*version));
            fields.text("program", program.clone());
        }
        if let Some(refusal) = refused {
            fields.set("error", refusal.number);
            fields.set_some("error_name", names::error(refusal.number));
            fields.set("error_state", refusal.state);
            fields.set("error_class", refusal.class);
            fields.text("error_text", refusal.text.clone());
            fields.text("server", refusal.server.clone());
        }
    });
}
