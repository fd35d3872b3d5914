//! Authentication inside other protocols: SPNEGO, Kerberos and NTLM tokens, whoever carries them.
//!
//! A carrier (LDAP, SMB, RPC, DNS, HTTP) owns one [`Exchange`] per context it establishes, hands it every token, and tells
//! it its own verdict on each step. The exchange says every token as a message and every attempt as one activity. One
//! connection may carry any number of attempts one after another: after a final answer the exchange is ready for the next.
//!
//! Who decides how it ended: a refusal by the carrier always; else SPNEGO's negState, a KRB-ERROR or an AP-REP; else the
//! carrier's success.

mod attempt;
mod kerberos;
mod mechanism;
mod negoex;
mod spnego;
#[cfg(test)]
pub(crate) mod tests;
pub mod wire;
mod wrap;

pub use mechanism::Mechanism;
pub use wrap::{Wrapped, wrap};

use capture::{Direction, Timestamp};
use compact_str::CompactString;
use smallvec::SmallVec;

use crate::activity::{Activity, Bearer, Outcome, Status};
use crate::context::Context;
use crate::fields::Fields;
use crate::kerberos::Carried;
use crate::ntlm::activity::Opening;
use crate::ntlm::{self, wire as ntlmssp};
use crate::protocol::ProtocolId;
use crate::reader::Malformed;
use attempt::Attempt;
use wire::{Mech, NegState, Token};

/// What the carrier said about the step it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Access granted.
    Success,
    /// Another step is asked for.
    Continue(Status),
    /// Access refused.
    Failure(Status),
}

/// Who was authenticated, as far as the tokens tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Account name; empty for an anonymous NTLM logon.
    pub account: CompactString,
    /// Its domain or realm.
    pub domain: CompactString,
    /// The Kerberos ticket that hides it, as [`Bearer::Ticket`] has it.
    pub ticket: Option<[u8; 16]>,
}

impl Identity {
    /// Whoever presents the ticket that `presented`, a `kerberos_ap`, tells of; named where a keytab opened it.
    fn of_ticket(presented: &Activity) -> Self {
        let observed = &presented.observed;
        let named = observed.account.is_some();
        Self {
            account: observed.account.clone().unwrap_or_default(),
            domain: observed.domain.clone().filter(|_| named).unwrap_or_default(),
            ticket: presented.details.get_text("ticket_sha256").and_then(Bearer::half),
        }
    }

    /// Whether nobody is behind it.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.account.is_empty() && self.ticket.is_none()
    }

    /// Writes that `activity` was done in the session of this one: its account, or its ticket where that hides the account.
    pub fn attribute(&self, activity: &mut Activity) {
        let some = |text: &CompactString| Some(text).filter(|text| !text.is_empty()).cloned();
        match (some(&self.account), self.ticket) {
            (None, Some(ticket)) => activity.bearer = Some(Bearer::Ticket(ticket)),
            (account, _) => {
                activity.bearer = account.as_ref().map(|_| Bearer::Account);
                activity.observed.account = account;
                activity.observed.domain = some(&self.domain);
            }
        }
    }
}

/// One authentication over one carrier, from its first token to the carrier's verdict.
///
/// The carrier gives every token in order of the wire to [`Self::token`], and its own status to [`Self::answer`] after the
/// tokens of the same message. Activities (`ntlm_authenticate`, `kerberos_ap`) are emitted by the exchange. The context it
/// is given is already inside the carrier's layer (`context.within("ldap")`).
#[derive(Debug, Default)]
pub struct Exchange {
    identity: Option<Identity>,
    /// NEGOTIATE and CHALLENGE of the attempt under way.
    opening: Option<Box<Opening>>,
    /// Credentials that were shown and not yet judged.
    attempt: Option<Box<Attempt>>,
    /// What the client's NegTokenInit offers.
    offered: SmallVec<[CompactString; 4]>,
    /// Exchanges with a KDC that pass through the peer.
    proxied: Option<Box<Carried>>,
}

impl Exchange {
    /// A token, in `context.direction`: SPNEGO, GSS-wrapped or bare Kerberos, or bare NTLMSSP.
    pub fn token(&mut self, token: &[u8], context: &mut Context<'_>) {
        match wire::token(token) {
            Ok(Token::Init(init)) => {
                spnego::initial(&init, context);
                if init.hint.is_none() {
                    self.offered = init.mechanisms.iter().map(Mechanism::text).collect();
                }
                self.inner(init.token, context);
            }
            Ok(Token::Resp(resp)) => {
                spnego::response(&resp, context);
                self.chosen(resp.mechanism);
                self.inner(resp.token, context);
                if resp.mic {
                    self.judge(Attempt::guarded);
                }
                self.negotiated(resp.state, context.time);
            }
            Ok(Token::Mech(mech)) => self.mech(mech, context),
            Err(malformed) => context.malformed(ProtocolId::Spnego, malformed.0),
        }
    }

    /// The responses of an SMB1 session setup without NTLMSSP: no token, so no message of its own.
    pub fn raw_ntlm(&mut self, raw: &ntlm::Raw<'_>, context: &mut Context<'_>) {
        self.identity = Some(Identity {
            account: raw.account.into(),
            domain: raw.domain.into(),
            ticket: None,
        });
        let activity = ntlm::activity::raw(raw, context);
        self.begin(Attempt::new(activity, context.direction), context);
    }

    /// The carrier's own status for the step; call it for every answer, `Continue` too.
    pub fn answer(&mut self, answer: &Answer, context: &mut Context<'_>) {
        match answer {
            Answer::Success => self.conclude(Outcome::Success, None, context),
            Answer::Failure(status) => self.conclude(Outcome::Failure, Some(status), context),
            Answer::Continue(_) => {
                if self.attempt.as_ref().is_some_and(|attempt| attempt.refused()) {
                    self.flush(context);
                }
            }
        }
    }

    /// The carrier ended without an answer: what was presented is emitted with an unknown outcome, or with the outcome that
    /// the tokens themselves told.
    pub fn finish(&mut self, context: &mut Context<'_>) {
        if let Some(mut proxied) = self.proxied.take() {
            proxied.finish(context);
        }
        self.flush(context);
        self.opening = None;
    }

    /// Who it is, once a token said so. Kerberos tokens hide the client's name behind a ticket, NTLM's AUTHENTICATE shows it.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The carrier's own words on credentials that were shown and not yet judged: what they are for. `tell` is called once
    /// an attempt at most.
    pub fn annotate(&mut self, tell: impl FnOnce(&mut Fields)) {
        if let Some(attempt) = &mut self.attempt {
            attempt.annotate(tell);
        }
    }

    /// Whether credentials were shown that nobody has judged yet.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.attempt.is_some()
    }

    fn inner(&mut self, token: Option<&[u8]>, context: &mut Context<'_>) {
        if let Some(token) = token {
            self.mech(wire::mech(token), context);
        }
    }

    fn mech(&mut self, mech: Mech<'_>, context: &mut Context<'_>) {
        let read = match mech {
            Mech::Ntlm(token) => {
                let read = self.ntlm(token, context);
                return read.unwrap_or_else(|malformed| context.malformed(ProtocolId::Ntlm, malformed.0));
            }
            Mech::ApReq(token) => kerberos::presented(token, context).map(|activity| {
                (self.identity, self.opening) = (Some(Identity::of_ticket(&activity)), None);
                self.begin(Attempt::new(activity, context.direction), context);
            }),
            Mech::ApRep(token) => {
                kerberos::accepted(token, context).map(|()| self.judge(|attempt| attempt.accept(context.time)))
            }
            Mech::KrbError(token) => kerberos::refused(token, context)
                .map(|error| self.judge(|attempt| attempt.krb_error(&error, context.time))),
            Mech::Iakerb(token) => self.iakerb(token, context),
            Mech::Kdc(message) => {
                self.kdc(message, context);
                Ok(())
            }
            Mech::Negoex(token) => return self.negoex(token, context),
            Mech::Other => Ok(()),
        };
        if let Err(malformed) = read {
            context.malformed(ProtocolId::Kerberos, malformed.0);
        }
    }

    /// A message to or from a KDC that the peer hands on: an exchange of its own.
    fn iakerb(&mut self, token: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let message = kerberos::proxied(token, context)?;
        self.kdc(message, &mut context.within("iakerb"));
        Ok(())
    }

    fn kdc(&mut self, message: &[u8], context: &mut Context<'_>) {
        if !message.is_empty() {
            self.proxied.get_or_insert_default().message(message, context);
        }
    }

    /// NEGOEX' messages, and the tokens inside them, which are none of NEGOEX again.
    fn negoex(&mut self, token: &[u8], context: &mut Context<'_>) {
        for message in negoex::messages(token) {
            match message {
                Ok(message) => {
                    message.say(context);
                    match message.exchange().map(wire::mech) {
                        Some(Mech::Negoex(_)) | None => {}
                        Some(mech) => self.mech(mech, context),
                    }
                }
                Err(malformed) => context.malformed(ProtocolId::Spnego, malformed.0),
            }
        }
    }

    fn ntlm(&mut self, token: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
        let agreed = self.opening.as_ref().and_then(|opening| opening.agreed);
        let token = ntlmssp::token(token, agreed)?;
        ntlm::message(&token, context);
        match &token {
            ntlmssp::Token::Negotiate(negotiate) => {
                self.flush(context);
                self.opening = Some(Box::new(Opening::new(negotiate, context.time)));
            }
            ntlmssp::Token::Challenge(challenge) => self.opening.get_or_insert_default().challenged(challenge),
            ntlmssp::Token::Authenticate(authenticate) => {
                self.identity = Some(ntlm::activity::identity(authenticate));
                let activity = ntlm::activity::presented(authenticate, self.opening.as_deref(), context);
                self.begin(Attempt::new(activity, context.direction), context);
            }
        }
        Ok(())
    }

    /// New credentials are shown: whatever waited will not be judged any more.
    fn begin(&mut self, mut attempt: Attempt, context: &mut Context<'_>) {
        self.flush(context);
        attempt.offered(&self.offered);
        self.attempt = Some(Box::new(attempt));
    }

    /// The server chose a mechanism: what an optimistic client sent for another was never looked at, so it is no attempt.
    fn chosen(&mut self, mechanism: Option<Mechanism<'_>>) {
        let Some(mechanism) = mechanism else { return };
        if self.attempt.as_ref().is_some_and(|attempt| !attempt.is_of(mechanism)) {
            (self.attempt, self.identity) = (None, None);
        }
        if mechanism != Mechanism::NTLMSSP {
            self.opening = None;
        }
    }

    fn negotiated(&mut self, state: Option<NegState>, time: Timestamp) {
        match state {
            Some(NegState::ACCEPT_COMPLETED) => self.judge(|attempt| attempt.accept(time)),
            Some(NegState::REJECT) => self.judge(|attempt| attempt.refuse(time)),
            _ => {}
        }
    }

    fn judge(&mut self, verdict: impl FnOnce(&mut Attempt)) {
        if let Some(attempt) = &mut self.attempt {
            verdict(attempt);
        }
    }

    fn conclude(&mut self, outcome: Outcome, status: Option<&Status>, context: &mut Context<'_>) {
        if let Some(attempt) = self.attempt.take() {
            self.opening = None;
            attempt.conclude(outcome, status, context);
        } else if outcome == Outcome::Failure
            && let Some(opening) = self.opening.take()
            && opening.asked()
        {
            let attempt = Attempt::new(opening.refused(context), Direction::Up);
            attempt.conclude(outcome, status, context);
        }
    }

    fn flush(&mut self, context: &mut Context<'_>) {
        if let Some(attempt) = self.attempt.take() {
            attempt.abandon(context);
        }
    }
}
