//! Who is at the other end of a connection over HTTP: a stranger until a ticket says who it is, and from then on whoever that was.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parsers::base64;
use parsers::wef::{Refusal, Scheme, Sealed, sealed};

use super::super::Common;
use super::super::identity::Identity;
use super::context::{Acceptor, Context};

/// The other end of a connection.
pub(super) struct Peer {
    acceptor: Acceptor,
    common: Common,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The security context, or as much of one as there is yet.
    context: Option<Context>,
    /// Who it is, once the context is complete.
    identity: Option<Arc<Identity>>,
    /// Whether it ever was: it is counted among the strangers no more.
    was_known: bool,
}

/// What became of a token.
pub(super) enum Met {
    /// It is known; what is told it of that.
    Known(Option<Vec<u8>>),
    /// It has to answer this.
    Asked(Option<Vec<u8>>),
    /// It is not let in: the name of the counter.
    Refused(&'static str),
}

impl Peer {
    pub(super) fn new(acceptor: Acceptor, common: Common) -> Self {
        Self {
            acceptor,
            common,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who it is; nobody once its ticket has expired.
    pub(super) fn identity(&self) -> Option<Arc<Identity>> {
        let mut state = self.state();
        let expired = state.identity.is_some() && state.context.as_ref().is_none_or(Context::is_expired);
        if expired {
            self.forget(&mut state);
            drop(state);
            self.common.intake.lock().count("expired_tickets");
            return None;
        }
        state.identity.clone()
    }

    fn forget(&self, state: &mut State) {
        (state.context, state.identity) = (None, None);
    }

    /// Takes the token of an `Authorization`, in base64.
    pub(super) fn meet(&self, token: &str) -> Met {
        let mut state = self.state();
        let met = self.take(&mut state, token);
        if let Met::Refused(_) = met {
            self.forget(&mut state);
        }
        met
    }

    fn take(&self, state: &mut State, token: &str) -> Met {
        let Some(token) = base64::decode(token.as_bytes()) else {
            return Met::Refused("refused_tickets");
        };
        // Whoever is known and sends a token begins anew.
        let begun = state.context.take().filter(|context| !context.is_complete());
        state.identity = None;
        let context = state
            .context
            .insert(begun.unwrap_or_else(|| Context::new(&self.acceptor)));
        let answer = match context.step(&token) {
            Ok(answer) => answer,
            Err(refused) => return Met::Refused(refused.name()),
        };
        if !context.is_complete() {
            return Met::Asked(answer);
        }
        let principal = match context.principal() {
            Ok(principal) => principal,
            Err(refused) => return Met::Refused(refused.name()),
        };
        let Some(identity) = Identity::of_principal(&principal) else {
            return Met::Refused("refused_accounts");
        };
        if !self.common.config.admits(identity.name()) {
            return Met::Refused("refused_sources");
        }
        let mut intake = self.common.intake.lock();
        if !intake.sources.meet(identity.name()) {
            return Met::Refused("too_many_sources");
        }
        if !std::mem::replace(&mut state.was_known, true) {
            intake.strangers -= 1;
        }
        state.identity = Some(Arc::new(identity));
        Met::Known(answer)
    }

    /// Opens the sealed message in `body`, which is what remains of it, and says what it is. Whoever sends what cannot be opened has
    /// to prove anew who it is.
    pub(super) fn open(&self, body: &mut Vec<u8>) -> Result<parsers::wef::Content, &'static str> {
        let mut state = self.state();
        let opened = state
            .context
            .as_mut()
            .ok_or("unsealed_bodies")
            .and_then(|context| open(context, body));
        if opened.is_err() {
            self.forget(&mut state);
        }
        opened
    }

    /// `message` sealed, as the body of an answer.
    pub(super) fn seal(&self, scheme: Scheme, charset: parsers::wef::Charset, message: Vec<u8>) -> Option<Vec<u8>> {
        let length = message.len();
        let (signature, data) = self.state().context.as_mut()?.seal(message).ok()?;
        Some(sealed::write(scheme, charset, length, &signature, &data))
    }

    /// Ends when it has been a stranger for `patience`, and never once it is known.
    pub(super) async fn stays_a_stranger(&self, patience: Duration) {
        tokio::time::sleep(patience).await;
        if self.state().was_known {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if !self.state().was_known {
            self.common.intake.lock().strangers -= 1;
        }
    }
}

fn open(context: &mut Context, body: &mut Vec<u8>) -> Result<parsers::wef::Content, &'static str> {
    let mut sealed = Sealed::read(body).map_err(Refusal::name)?;
    if !sealed.is_encrypted() {
        return Err("unsealed_bodies");
    }
    context.open(&mut sealed).map_err(|_| "broken_seals")?;
    let (content, start, length) = (sealed.content, sealed.start, sealed.length);
    body.drain(..start);
    body.truncate(length);
    Ok(content)
}
