//! NTLM tokens as messages.

use super::av::{Info, filetime};
use super::flags::Flags;
use super::response::Response;
use super::wire::{Authenticate, Challenge, Negotiate, Token};
use crate::context::Context;
use crate::fields::Fields;
use crate::protocol::ProtocolId;

/// Says what `token` holds.
pub(crate) fn message(token: &Token<'_>, context: &mut Context<'_>) {
    let name = match token {
        Token::Negotiate(_) => "NEGOTIATE",
        Token::Challenge(_) => "CHALLENGE",
        Token::Authenticate(_) => "AUTHENTICATE",
    };
    context.message(ProtocolId::Ntlm, name, |fields| match token {
        Token::Negotiate(negotiate) => offered(negotiate, fields),
        Token::Challenge(challenge) => asked(challenge, fields),
        Token::Authenticate(authenticate) => presented(authenticate, fields),
    });
}

fn offered(negotiate: &Negotiate<'_>, fields: &mut Fields) {
    fields.text("domain", negotiate.domain.text());
    fields.text("workstation", negotiate.workstation.text());
    agreed(negotiate.flags, fields);
    fields.set_some("os_version", negotiate.version.map(|version| version.text()));
}

fn asked(challenge: &Challenge<'_>, fields: &mut Fields) {
    fields.text("target_name", challenge.target.text());
    agreed(challenge.flags, fields);
    fields.set("challenge_sha256", super::challenge_sha256(challenge.challenge));
    server(&challenge.info.info(), fields);
    fields.set_some("os_version", challenge.version.map(|version| version.text()));
}

fn presented(authenticate: &Authenticate<'_>, fields: &mut Fields) {
    fields.text("account", authenticate.account.text());
    fields.text("domain", authenticate.domain.text());
    fields.text("workstation", authenticate.workstation.text());
    let info = authenticate.response.info().info();
    fields.set_some("spn", info.spn());
    proof(&authenticate.response, authenticate.account.is_empty(), fields);
    if let Some(flags) = authenticate.flags {
        agreed(flags, fields);
    }
    fields.flag("session_key", authenticate.session_key);
    fields.flag("mic", authenticate.mic);
    client(&authenticate.response, &info, fields);
    fields.flag("mic_missing", authenticate.is_stripped());
    info.names(fields);
    fields.set_some("os_version", authenticate.version.map(|version| version.text()));
}

fn agreed(flags: Flags, fields: &mut Fields) {
    fields.set("flags", flags.0);
    fields.list("flag_names", flags.names());
}

/// What a server says about itself.
pub(super) fn server(info: &Info<'_>, fields: &mut Fields) {
    info.names(fields);
    fields.set_some("server_time", info.time.and_then(filetime));
}

/// Which kind of response there is.
pub(super) fn proof(response: &Response<'_>, nameless: bool, fields: &mut Fields) {
    fields.set_some("version", response.version());
    fields.set_some("response", response.name());
    fields.flag("ess", response.extended());
    fields.flag("anonymous", nameless && response.is_empty());
    fields.flag("lm_present", response.lm_present());
}

/// What an NTLMv2 client says beside its response: whether it claims a MIC, whether it is bound to a channel (false: it knows
/// of bindings and has none), its clock and its machine.
pub(super) fn client(response: &Response<'_>, info: &Info<'_>, fields: &mut Fields) {
    fields.set_some("av_flags", info.flags);
    fields.list("av_flag_names", info.flag_names());
    fields.flag("mic_claimed", info.flags.is_some_and(|flags| flags & Info::MIC != 0));
    fields.set_some("channel_bindings", info.bindings);
    fields.set_some("client_time", response.time().and_then(filetime));
    fields.set_some("machine_id", info.machine.map(crate::text::hex));
}
