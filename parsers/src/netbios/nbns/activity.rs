//! `nbns`: a question or registration joined with its answer, or either alone.

use capture::Timestamp;

use super::message;
use super::wire::{Message, NBSTAT};
use crate::activity::{Activity, Kind, Outcome, Status};
use crate::context::Context;
use crate::protocol::ProtocolId;

/// NAM_ERR: nobody has the name, which is an answer to a query as NXDOMAIN is.
const NAME_ERROR: u8 = 3;

/// What `message` asks; of an answer whose request was not seen, what it answers. The server is who answers.
pub(super) fn begin(message: &Message<'_>, context: &Context<'_>) -> Box<Activity> {
    let mut activity = context.activity(Kind::Nbns, ProtocolId::Nbns);
    let asker = match message.is_response() {
        true => context.direction.reverse(),
        false => context.direction,
    };
    let (client, server) = context.flow.ends(asker);
    (activity.client, activity.server) = (*client, *server);
    if let Some((name, _)) = message.subject().filter(|(name, _)| name.is_host()) {
        activity.observed.host = Some(name.text.clone());
    }
    activity.details.set("operation", operation(message));
    message::subject(message, &mut activity.details);
    if !message.is_response() {
        message::answers("registers", message, &mut activity.details);
    }
    activity
}

/// Its answer is there.
pub(super) fn answered(
    mut activity: Box<Activity>,
    asked: Option<Timestamp>,
    message: &Message<'_>,
    context: &mut Context<'_>,
) {
    let code = message.rcode();
    activity.status = Some(Status::new(i64::from(code), message::rcode_name(code)));
    activity.conclude(match (code, message.opcode()) {
        (0, _) | (NAME_ERROR, 0) => Outcome::Success,
        _ => Outcome::Failure,
    });
    if asked.is_some() {
        activity.answered(context.time);
    }
    message::answers("answers", message, &mut activity.details);
    context.emit(activity);
}

/// In one word.
fn operation(message: &Message<'_>) -> &'static str {
    match (message.opcode(), message.subject()) {
        (0, Some((_, NBSTAT))) => "node_status",
        (0, _) => "query",
        (5 | 15, _) => "registration",
        (6, _) => "release",
        (8 | 9, _) => "refresh",
        _ => "other",
    }
}
