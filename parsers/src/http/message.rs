//! Requests and responses that authenticate, as messages.

use super::rpc;
use super::wire::{Credentials, Head, Start};
use crate::context::Context;
use crate::fields::Fields;
use crate::protocol::ProtocolId;
use crate::text;

/// Says what a request holds, where it shows credentials or opens a way for RPC.
pub(super) fn request(head: &Head<'_>, opens: bool, context: &mut Context<'_>) {
    if !head.authenticates() && !opens {
        return;
    }
    context.message(ProtocolId::Http, "request", |fields| asked(head, fields));
}

/// What a request's head holds.
pub(super) fn asked(head: &Head<'_>, fields: &mut Fields) {
    if let Start::Request { method, target } = head.start {
        fields.set("method", text::bytes(method));
        fields.set("path", text::bytes(path(target)));
        fields.set_some("rpc_server", rpc::server(method, target).map(text::bytes));
    }
    fields.set_some("host", head.host.map(text::bytes));
    schemes(head, fields);
    let shown = head.origin.iter().chain(&head.proxy);
    let user = shown.filter_map(Credentials::user).next();
    fields.set_some("user", user.map(|user| text::bytes(&user)));
    let mut shown = head.origin.iter().chain(&head.proxy);
    fields.flag("cleartext_password", shown.any(Credentials::is_clear));
}

/// A request's target without its query, and without the user and password that the authority of a whole URL may have before
/// its host (RFC 3986 §3.2.1): all of them may be secrets.
pub(super) fn path(target: &[u8]) -> &[u8] {
    let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
    let scheme = path.windows(3).position(|mark| mark == b"://").map_or(0, |at| at + 3);
    let rest = path.get(scheme..).unwrap_or_default();
    let authority = rest.split(|byte| *byte == b'/').next().unwrap_or_default();
    match authority.iter().rposition(|byte| *byte == b'@') {
        Some(at) => rest.get(at + 1..).unwrap_or_default(),
        None => path,
    }
}

/// The names of the statuses that refuse.
pub(super) const fn status_name(status: u16) -> Option<&'static str> {
    Some(match status {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        407 => "Proxy Authentication Required",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => return None,
    })
}

/// Says what a response holds, where it asks for credentials or answers a request that showed some.
pub(super) fn response(head: &Head<'_>, status: u16, asked: bool, context: &mut Context<'_>) {
    if !asked && !head.authenticates() {
        return;
    }
    context.message(ProtocolId::Http, "response", |fields| {
        fields.set("status", status);
        schemes(head, fields);
    });
}

fn schemes(head: &Head<'_>, fields: &mut Fields) {
    let names = |list: &[Credentials<'_>]| -> Vec<String> { list.iter().map(|it| it.scheme.to_owned()).collect() };
    fields.list("schemes", names(&head.origin));
    fields.list("proxy_schemes", names(&head.proxy));
}
