//! Tokens in fields, and verdicts in status codes.

use capture::Timestamp;

use super::message;
use super::wire::Credentials;
use crate::activity::Status;
use crate::base64;
use crate::context::Context;
use crate::fields::Fields;
use crate::gss::{Answer, Exchange, Identity};
use crate::protocol::ProtocolId;
use crate::text;

/// What credentials are shown for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) host: Option<&'a [u8]>,
    /// Without its query.
    pub(super) path: &'a [u8],
    /// To the proxy that is asked to pass it on.
    pub(super) proxy: bool,
    /// The server behind an RPC proxy.
    pub(super) rpc_server: Option<&'a [u8]>,
}

impl Wanted<'_> {
    fn tell(&self, details: &mut Fields) {
        details.set_some("http_host", self.host.map(text::bytes));
        details.set("http_path", text::bytes(self.path));
        details.flag("http_proxy", self.proxy);
        details.set_some("rpc_server", self.rpc_server.map(text::bytes));
    }
}

/// One exchange, and since when it waits for a verdict.
#[derive(Debug, Default)]
pub(super) struct Authentication {
    exchange: Exchange,
    pub(super) since: Option<Timestamp>,
}

impl Authentication {
    /// The tokens in a request; whether there were any. What they ask for remembers what the request was for.
    pub(super) fn shown(
        &mut self,
        credentials: &[Credentials<'_>],
        wanted: &Wanted<'_>,
        context: &mut Context<'_>,
    ) -> bool {
        let shown = self.tokens(credentials, context);
        if self.exchange.waits() {
            self.since.get_or_insert(context.time);
            self.exchange.annotate(|details| wanted.tell(details));
        }
        shown
    }

    /// Who the connection speaks for, where tokens told.
    pub(super) const fn identity(&self) -> Option<&Identity> {
        self.exchange.identity()
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
    let word = || Status::new(i64::from(status), message::status_name(status));
    match (status == refusal, told) {
        (false, _) => Answer::Success,
        (true, true) => Answer::Continue(word()),
        (true, false) => Answer::Failure(word()),
    }
}
