//! The tokens of one logon as `ntlm_authenticate`.

use capture::Timestamp;
use compact_str::CompactString;

use super::flags::Flags;
use super::wire::{Authenticate, Challenge, Negotiate};
use super::{Raw, message};
use crate::activity::{Activity, Kind};
use crate::context::Context;
use crate::fields::Fields;
use crate::gss::Identity;
use crate::protocol::ProtocolId;

/// What NEGOTIATE and CHALLENGE said before anybody showed credentials.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    since: Timestamp,
    workstation: CompactString,
    domain: CompactString,
    flags: Option<Flags>,
    client_version: Option<CompactString>,
    server: Fields,
    /// What the server agreed to.
    pub agreed: Option<Flags>,
}

impl Opening {
    /// A logon that begins with `negotiate`.
    #[must_use]
    pub fn new(negotiate: &Negotiate<'_>, time: Timestamp) -> Self {
        Self {
            since: time,
            workstation: negotiate.workstation.text(),
            domain: negotiate.domain.text(),
            flags: Some(negotiate.flags),
            client_version: negotiate.version.map(|version| version.text()),
            ..Self::default()
        }
    }

    /// Whether a client asked: a server's CHALLENGE alone is nobody's attempt.
    #[must_use]
    pub const fn asked(&self) -> bool {
        self.flags.is_some()
    }

    /// The server's answer to the NEGOTIATE.
    pub fn challenged(&mut self, challenge: &Challenge<'_>) {
        self.agreed = Some(challenge.flags);
        let fields = &mut self.server;
        *fields = Fields::new();
        fields.text("target_name", challenge.target.text());
        message::server(&challenge.info.info(), fields);
        fields.set_some("server_os_version", challenge.version.map(|version| version.text()));
        fields.set("challenge_sha256", super::challenge_sha256(challenge.challenge));
    }

    /// A logon that was refused before credentials were shown.
    #[must_use]
    pub fn refused(&self, context: &Context<'_>) -> Box<Activity> {
        let mut activity = context.activity(Kind::NtlmAuthenticate, ProtocolId::Ntlm);
        activity.time = self.since;
        activity.observed.workstation = some(self.workstation.clone());
        activity.observed.domain = some(self.domain.clone());
        let details = &mut activity.details;
        details.set_some("flags", self.agreed.or(self.flags).map(|flags| flags.0));
        details.set_some("os_version", self.client_version.clone());
        self.tell(details);
        activity
    }

    /// What the server said.
    fn tell(&self, details: &mut Fields) {
        for (name, value) in self.server.iter() {
            details.set(name, value.clone());
        }
    }
}

/// The logon that `token` asks for, after `opening`.
#[must_use]
pub fn presented(token: &Authenticate<'_>, opening: Option<&Opening>, context: &Context<'_>) -> Box<Activity> {
    let mut activity = context.activity(Kind::NtlmAuthenticate, ProtocolId::Ntlm);
    let info = token.response.info().info();
    let observed = &mut activity.observed;
    observed.account = some(token.account.text());
    observed.domain = some(token.domain.text());
    let workstation = Some(token.workstation.text()).filter(|name| !name.is_empty());
    observed.workstation = workstation.or_else(|| opening.and_then(|opening| some(opening.workstation.clone())));
    observed.spn = info.spn();
    let details = &mut activity.details;
    message::proof(&token.response, token.account.is_empty(), details);
    let flags = token.flags.or_else(|| opening.and_then(|opening| opening.agreed));
    details.set_some("flags", flags.map(|flags| flags.0));
    let has = |flag| flags.is_some_and(|flags| flags.has(flag));
    details.flag("sign", has(Flags::SIGN));
    details.flag("seal", has(Flags::SEAL));
    details.flag("key_exchange", has(Flags::KEY_EXCHANGE));
    details.flag("session_key", token.session_key);
    details.flag("mic", token.mic);
    message::client(&token.response, &info, details);
    details.flag("mic_missing", token.is_stripped());
    let version = token.version.map(|version| version.text());
    details.set_some(
        "os_version",
        version.or_else(|| opening.and_then(|opening| opening.client_version.clone())),
    );
    if let Some(opening) = opening {
        opening.tell(details);
    }
    activity
}

/// The logon that bare responses ask for.
#[must_use]
pub fn raw(raw: &Raw<'_>, context: &Context<'_>) -> Box<Activity> {
    let mut activity = context.activity(Kind::NtlmAuthenticate, ProtocolId::Ntlm);
    let response = super::response::Response::new(raw.lm, raw.nt);
    let info = response.info().info();
    activity.observed.account = some(raw.account.into());
    activity.observed.domain = some(raw.domain.into());
    activity.observed.spn = info.spn();
    let details = &mut activity.details;
    message::proof(&response, raw.account.is_empty(), details);
    details.set("raw", true);
    message::client(&response, &info, details);
    info.names(details);
    details.set_some("challenge_sha256", raw.challenge.map(super::challenge_sha256));
    activity
}

/// Who `token` says logs on.
#[must_use]
pub fn identity(token: &Authenticate<'_>) -> Identity {
    Identity {
        account: token.account.text(),
        domain: token.domain.text(),
        ticket: None,
    }
}

fn some(text: CompactString) -> Option<CompactString> {
    Some(text).filter(|text| !text.is_empty())
}
