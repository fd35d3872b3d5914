//! A password change over kpasswd: the change itself, and the logon of the ticket that asks for it.
//!
//! Who changes what is sealed in the ticket and behind it, and so is the result: an answer shows that the ticket was
//! accepted and the change was processed, never whether it was done. So `password_change` keeps an unknown outcome with
//! `sealed: true`, and has no action type; only a KRB-ERROR is a verdict, a refusal.

use capture::Direction;

use super::wire::{CHANGE, SET, result, result_name};
use crate::activity::{Activity, Kind, Outcome, Status};
use crate::context::Context;
use crate::kerberos::wire::{ApReq, KrbError};
use crate::protocol::ProtocolId;
use crate::text;

/// A request that waits for its answer.
#[derive(Debug)]
pub(super) struct Change {
    logon: Box<Activity>,
    change: Box<Activity>,
    fingerprint: u64,
    retransmitted: u32,
}

impl Change {
    pub(super) fn new(version: Option<u16>, request: &ApReq<'_>, fingerprint: u64, context: &mut Context<'_>) -> Self {
        let mut change = begin(Kind::PasswordChange, ProtocolId::Kpasswd, context);
        change.observed.domain = Some(text::bytes(request.ticket.realm)).filter(|realm| !realm.is_empty());
        change.observed.spn = request.ticket.sname.map(|name| name.joined());
        change.details.set("method", "kpasswd");
        change.details.set_some("version", version);
        change.details.set_some("operation", version.and_then(operation));
        change.details.set("ticket_sha256", request.ticket.enc_part.sha256());
        let inside = &mut context.within("kpasswd");
        let mut logon = begin(Kind::KerberosAp, ProtocolId::Kerberos, inside);
        request.describe(&mut logon, inside);
        Self {
            logon,
            change,
            fingerprint,
            retransmitted: 0,
        }
    }

    /// Whether it is the same request once more.
    pub(super) fn repeats(&mut self, fingerprint: u64) -> bool {
        let again = self.fingerprint == fingerprint;
        self.retransmitted += u32::from(again);
        again
    }

    /// The ticket was accepted and the change processed.
    pub(super) fn processed(mut self, context: &mut Context<'_>) {
        self.logon.conclude(Outcome::Success);
        self.change.details.set("sealed", true);
        self.answered(context);
    }

    /// The server refused before it looked into what is sealed.
    pub(super) fn refused(mut self, error: &KrbError<'_>, context: &mut Context<'_>) {
        error.conclude(&mut self.logon, false);
        refuse(&mut self.change, error);
        self.answered(context);
    }

    fn answered(mut self, context: &mut Context<'_>) {
        self.logon.answered(context.time);
        self.change.answered(context.time);
        self.emit(context);
    }

    /// As it stands: after an answer, or without one.
    pub(super) fn emit(mut self, context: &mut Context<'_>) {
        if self.retransmitted > 0 {
            self.logon.details.set("retransmitted", self.retransmitted);
            self.change.details.set("retransmitted", self.retransmitted);
        }
        context.emit(self.logon);
        context.emit(self.change);
    }
}

/// An answer whose request was not seen: the error, or nothing where all is sealed.
pub(super) fn unasked(error: Option<&KrbError<'_>>, context: &mut Context<'_>) {
    let mut change = begin(Kind::PasswordChange, ProtocolId::Kpasswd, context);
    (change.client, change.server) = (change.server, change.client);
    change.details.set("method", "kpasswd");
    match error {
        Some(error) => refuse(&mut change, error),
        None => change.details.set("sealed", true),
    }
    context.emit(change);
}

/// The result code where e-data holds one, else the Kerberos error.
fn refuse(change: &mut Activity, error: &KrbError<'_>) {
    change.conclude(Outcome::Failure);
    change.status = Some(error.status());
    if let Some((code, explanation)) = result(error) {
        change.status = Some(Status::new(i64::from(code), result_name(code)));
        change.details.text("result", text::bytes(explanation));
        change.details.set("error_code", error.error_code);
        change
            .details
            .set_some("error_name", crate::kerberos::codes::error(error.error_code));
    }
    change.details.set_some("e_text", error.e_text.map(text::bytes));
}

/// An activity of whoever sends the message at hand.
fn begin(kind: Kind, protocol: ProtocolId, context: &Context<'_>) -> Box<Activity> {
    let mut activity = context.activity(kind, protocol);
    if context.direction == Direction::Down {
        (activity.client, activity.server) = (activity.server, activity.client);
    }
    activity.details.flag("gapped", context.gapped);
    activity
}

const fn operation(version: u16) -> Option<&'static str> {
    match version {
        CHANGE => Some("change"),
        SET => Some("set"),
        _ => None,
    }
}
