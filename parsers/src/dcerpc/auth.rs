//! The security contexts of an association, by auth context id ([MS-RPCE] 3.3.1.5.2).
//!
//! Tokens travel in `bind`, `alter_context`, their answers and `auth3`. Nobody answers an `auth3`: the first call under its
//! context tells what came of it.

use compact_str::CompactString;

use super::names;
use super::virtual_connection::Proxied;
use super::wire::{SecureChannel, Trailer};
use crate::activity::{Activity, Status};
use crate::context::Context;
use crate::gss::wire::{Mech, NegState, Token, token};
use crate::gss::{Answer, Exchange, Identity};
use crate::text;

/// Security contexts of one association.
const MAX_CONTEXTS: usize = 16;

/// RPC_C_AUTHN_NETLOGON: the secure channel's own tokens, which are no GSS.
pub(super) const NETLOGON: u8 = 68;

/// RPC_C_AUTHN_LEVEL_CONNECT.
const CONNECT: u8 = 2;

/// How a call is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protection {
    /// The auth context id.
    pub(super) id: u32,
    /// The security provider.
    pub(super) kind: u8,
    /// The authentication level.
    pub(super) level: u8,
}

impl From<&Trailer<'_>> for Protection {
    fn from(trailer: &Trailer<'_>) -> Self {
        Self {
            id: trailer.context_id,
            kind: trailer.kind,
            level: trailer.level,
        }
    }
}

#[derive(Debug)]
struct SecurityContext {
    protection: Protection,
    exchange: Exchange,
    /// The call id that brought its last token.
    call: u32,
    /// The computer of a secure channel, and its domain.
    computer: Option<(CompactString, CompactString)>,
}

/// The security contexts of an association.
#[derive(Debug, Default)]
pub(super) struct Security {
    contexts: Vec<SecurityContext>,
    /// Who the carrier has authenticated: acts wherever RPC itself authenticates nobody.
    pub(super) carried: Option<Identity>,
    /// How it comes, where that is by HTTP.
    pub(super) proxied: Proxied,
}

impl Security {
    /// The client sends a token, in the PDU `call`.
    pub(super) fn presented(&mut self, trailer: &Trailer<'_>, call: u32, context: &mut Context<'_>) {
        let Some(known) = self.context(trailer, context) else {
            return;
        };
        (known.protection, known.call) = (trailer.into(), call);
        if trailer.kind == NETLOGON {
            known.computer = SecureChannel::parse(trailer.token).ok().map(computer);
        } else if !trailer.token.is_empty() {
            known.exchange.token(trailer.token, &mut context.within("dcerpc"));
        }
    }

    /// The server answers a `bind` or `alter_context`.
    pub(super) fn answered(&mut self, trailer: &Trailer<'_>, context: &mut Context<'_>) {
        let Some(known) = self.context(trailer, context) else {
            return;
        };
        if trailer.kind == NETLOGON || trailer.token.is_empty() {
            return;
        }
        let mut inside = context.within("dcerpc");
        known.exchange.token(trailer.token, &mut inside);
        let answer = match token(trailer.token) {
            Ok(Token::Resp(resp)) if resp.state == Some(NegState::ACCEPT_COMPLETED) => Answer::Success,
            Ok(Token::Mech(Mech::ApRep(_))) => Answer::Success,
            _ => Answer::Continue(Status::new(0, names::result(0))),
        };
        known.exchange.answer(&answer, &mut inside);
    }

    /// The server refuses the `bind` or `alter_context` that was `call`, and whatever token it brought.
    pub(super) fn refused(&mut self, call: u32, status: &Status, context: &mut Context<'_>) {
        for known in self.contexts.iter_mut().filter(|known| known.call == call) {
            let answer = Answer::Failure(status.clone());
            known.exchange.answer(&answer, &mut context.within("dcerpc"));
        }
    }

    /// A call under context `id` was answered, by `fault` or well. A denial that is signed comes after authentication.
    pub(super) fn tried(&mut self, id: u32, fault: Option<u32>, signed: bool, context: &mut Context<'_>) {
        let Some(known) = self.contexts.iter_mut().find(|known| known.protection.id == id) else {
            return;
        };
        if !known.exchange.waits() {
            return;
        }
        let answer = match fault.filter(|code| names::is_denial(*code) && !signed) {
            Some(code) => Answer::Failure(names::fault_status(code)),
            None => Answer::Success,
        };
        known.exchange.answer(&answer, &mut context.within("dcerpc"));
    }

    /// How a request without a trailer is protected: not at all, but where the only context authenticates the connection
    /// and no more.
    pub(super) fn implied(&self) -> Option<Protection> {
        match self.contexts.as_slice() {
            [only] if only.protection.level == CONNECT => Some(only.protection),
            _ => None,
        }
    }

    /// Writes who acts under context `id`, or without one.
    pub(super) fn identify(&self, id: Option<u32>, activity: &mut Activity) {
        let known = self.contexts.iter().find(|known| Some(known.protection.id) == id);
        if let Some((computer, domain)) = known.and_then(|known| known.computer.as_ref()) {
            activity.observed.workstation = some(computer);
            activity.observed.domain = some(domain);
            return;
        }
        let identity = match known {
            Some(known) => known.exchange.identity(),
            None => self.carried.as_ref(),
        };
        if let Some(identity) = identity {
            identity.attribute(activity);
        }
    }

    /// The association ended.
    pub(super) fn finish(&mut self, context: &mut Context<'_>) {
        for mut known in self.contexts.drain(..) {
            known.exchange.finish(&mut context.within("dcerpc"));
        }
    }

    /// The context of a trailer, new where there is none; the oldest gives way to it when there are too many.
    fn context(&mut self, trailer: &Trailer<'_>, context: &mut Context<'_>) -> Option<&mut SecurityContext> {
        let id = trailer.context_id;
        if !self.contexts.iter().any(|known| known.protection.id == id) {
            if self.contexts.len() >= MAX_CONTEXTS {
                context.limit("dcerpc.security_contexts");
                self.contexts.remove(0).exchange.finish(&mut context.within("dcerpc"));
            }
            self.contexts.push(SecurityContext {
                protection: trailer.into(),
                exchange: Exchange::default(),
                call: 0,
                computer: None,
            });
        }
        self.contexts.iter_mut().find(|known| known.protection.id == id)
    }
}

fn some(text: &CompactString) -> Option<CompactString> {
    Some(text).filter(|text| !text.is_empty()).cloned()
}

fn computer(channel: SecureChannel<'_>) -> (CompactString, CompactString) {
    let name = |bytes: Option<&[u8]>| text::bytes(bytes.unwrap_or_default());
    (name(channel.computer), name(channel.domain))
}
