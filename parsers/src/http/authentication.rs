//! Tokens in fields, and verdicts in status codes.

use capture::Timestamp;

use super::base64;
use super::wire::Credentials;
use crate::activity::Status;
use crate::context::Context;
use crate::gss::{Answer, Exchange};
use crate::protocol::ProtocolId;

/// One exchange, and since when it waits for a verdict.
#[derive(Debug, Default)]
pub(super) struct Authentication {
    exchange: Exchange,
    pub(super) since: Option<Timestamp>,
}

impl Authentication {
    /// The tokens in a request; whether there were any.
    pub(super) fn shown(&mut self, credentials: &[Credentials<'_>], context: &mut Context<'_>) -> bool {
        let shown = self.tokens(credentials, context);
        if self.exchange.waits() {
            self.since.get_or_insert(context.time);
        }
        shown
    }

    /// The tokens in a response, and its verdict on what the request showed: `refusal` is the status that refuses.
    pub(super) fn answered(
        &mut self,
        asked: bool,
        challenges: &[Credentials<'_>],
        status: u16,
        refusal: u16,
        context: &mut Context<'_>,
    ) {
        let told = self.tokens(challenges, context);
        if !asked {
            return;
        }
        let context = &mut context.within("http");
        self.exchange.answer(&verdict(status, refusal, told), context);
        if !self.exchange.waits() {
            self.since = None;
        }
    }

    /// Nobody will judge what was shown.
    pub(super) fn abandon(&mut self, context: &mut Context<'_>) {
        self.exchange.finish(&mut context.within("http"));
        self.since = None;
    }

    /// Hands on the tokens; whether there were any.
    fn tokens(&mut self, credentials: &[Credentials<'_>], context: &mut Context<'_>) -> bool {
        let mut any = false;
        for text in credentials.iter().filter_map(Credentials::token) {
            any = true;
            match base64::decode(text) {
                Some(token) => self.exchange.token(&token, &mut context.within("http")),
                None => context.malformed(ProtocolId::Http, "base64"),
            }
        }
        any
    }
}

fn verdict(status: u16, refusal: u16, told: bool) -> Answer {
    let word = || {
        let name = match status {
            401 => Some("Unauthorized"),
            407 => Some("Proxy Authentication Required"),
            _ => None,
        };
        Status::new(i64::from(status), name)
    };
    match (status == refusal, told) {
        (false, _) => Answer::Success,
        (true, true) => Answer::Continue(word()),
        (true, false) => Answer::Failure(word()),
    }
}
