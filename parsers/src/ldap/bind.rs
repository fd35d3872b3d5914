//! A bind, from its first leg to the server's last word: `ldap_bind`.
//!
//! A SASL or Sicily bind takes several requests and answers and is one activity, sent off with the last answer. Its logon is
//! that of the tokens inside ([`gss::Exchange`] says `ntlm_authenticate` or `kerberos_ap`); only where the bind itself carries
//! the credentials is the bind the logon.

use compact_str::CompactString;

use crate::activity::{Activity, Kind, Outcome};
use crate::context::Context;
use crate::gss::{Answer, Exchange, Identity};
use crate::protocol::ProtocolId;

use super::request::{Authentication, BindRequest};
use super::response::BindResponse;
use super::result::{self, SASL_IN_PROGRESS};
use super::{layer, names};

/// A bind under way.
#[derive(Debug)]
pub(super) struct Bind {
    activity: Box<Activity>,
    method: CompactString,
    /// Tokens of GSS-API or NTLM, where the bind carries such.
    exchange: Option<Exchange>,
    /// The last leg asked for more by its nature, whatever its result code: Sicily's discovery and negotiation.
    opening: bool,
    /// Nobody is authenticated by it.
    nobody: bool,
    protection: Protection,
}

/// What the two ends agreed on for the messages that follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Protection {
    signing: bool,
    sealing: bool,
}

/// How an answer left a bind.
#[derive(Debug)]
pub(super) enum Progress {
    /// The server asked for another leg.
    Continues(Box<Bind>),
    /// It is over; who is bound to the connection now, if anybody and if known.
    Over {
        /// The account, in the terms of the wire.
        bound: Option<Identity>,
        /// Messages from here on may come in a security layer.
        layered: bool,
    },
}

impl Bind {
    /// A bind begins with `request`.
    pub(super) fn new(request: &BindRequest<'_>, fast: bool, context: &Context<'_>) -> Box<Self> {
        let mut activity = context.activity(Kind::LdapBind, ProtocolId::Ldap);
        if !matches!(request.authentication, Authentication::Sicily { .. }) {
            observe(&mut activity, request.name); // Sicily names a package there
        }
        let empty = request.name.is_empty();
        let password = matches!(request.authentication, Authentication::Simple { password: true });
        let method = match request.authentication {
            Authentication::Simple { password: true } => "simple".into(),
            Authentication::Simple { password: false } if empty => "anonymous".into(),
            Authentication::Simple { password: false } => "unauthenticated".into(),
            Authentication::Sasl { mechanism, .. } => compact_str::format_compact!("sasl:{}", names::text(mechanism)),
            Authentication::Sicily { .. } => "sicily".into(),
            Authentication::Other(tag) => compact_str::format_compact!("{tag}"),
        };
        let plain = method == "sasl:PLAIN";
        activity.details.set("method", method.clone());
        activity.details.set("cleartext_password", password || plain);
        activity.details.set("version", request.version);
        activity.details.flag("fast_bind", fast);
        let tokens = matches!(
            method.as_str(),
            "sasl:GSS-SPNEGO" | "sasl:GSSAPI" | "sasl:NTLM" | "sicily"
        );
        Box::new(Self {
            activity,
            method,
            exchange: tokens.then(Exchange::default),
            opening: false,
            nobody: matches!(request.authentication, Authentication::Simple { password: false }),
            protection: Protection::default(),
        })
    }

    /// Whether `request` may be the next leg of this bind.
    pub(super) fn goes_on_with(&self, request: &BindRequest<'_>) -> bool {
        match request.authentication {
            Authentication::Sasl { mechanism, .. } => self
                .method
                .strip_prefix("sasl:")
                .is_some_and(|known| known.as_bytes() == mechanism),
            Authentication::Sicily { step, .. } => self.method == "sicily" && step > 9,
            _ => false,
        }
    }

    /// A leg's request: its token, or what it says in the clear.
    pub(super) fn request(&mut self, request: &BindRequest<'_>, context: &mut Context<'_>) {
        match request.authentication {
            Authentication::Sasl {
                credentials: Some(credentials),
                ..
            } => {
                self.opening = false;
                if self.exchange.is_some() {
                    self.token(credentials, context);
                } else {
                    self.plain(credentials);
                }
            }
            Authentication::Sicily { step, token } => {
                self.opening = step < 11;
                if token.starts_with(b"NTLMSSP\0") {
                    self.token(token, context);
                }
            }
            _ => {}
        }
    }

    /// A leg's answer.
    pub(super) fn response(mut self: Box<Self>, response: &BindResponse<'_>, context: &mut Context<'_>) -> Progress {
        let code = response.result.code;
        // Sicily hands the CHALLENGE over in matchedDN ([MS-ADTS] 5.1.1.1.3).
        let challenge = Some(response.result.matched_dn).filter(|name| name.starts_with(b"NTLMSSP\0"));
        for token in [response.credentials, challenge].into_iter().flatten() {
            self.token(token, context);
        }
        let status = result::status(&response.result);
        let continues = code == SASL_IN_PROGRESS || self.opening && code == 0;
        let answer = match code {
            _ if continues => Answer::Continue(status.clone()),
            0 => Answer::Success,
            _ => Answer::Failure(status.clone()),
        };
        if let Some(exchange) = &mut self.exchange {
            exchange.answer(&answer, &mut context.within("ldap"));
        }
        if continues {
            return Progress::Continues(self);
        }
        self.activity.answered(context.time);
        self.activity.failure_reason = result::reason(&status);
        self.activity.status = Some(status);
        if code != 0 {
            self.activity
                .details
                .text("diagnostic", names::text(response.result.diagnostic));
        }
        self.conclude(result::outcome(code), context)
    }

    /// No answer came.
    pub(super) fn unanswered(mut self, context: &mut Context<'_>) {
        if let Some(exchange) = &mut self.exchange {
            exchange.finish(&mut context.within("ldap"));
        }
        self.conclude(Outcome::Unknown, context);
    }

    /// The server asked for another leg, which never came.
    pub(super) fn abandoned(mut self, context: &mut Context<'_>) {
        if let Some(exchange) = &mut self.exchange {
            exchange.finish(&mut context.within("ldap"));
        }
        self.conclude(Outcome::Continued, context);
    }

    fn conclude(mut self, outcome: Outcome, context: &mut Context<'_>) -> Progress {
        let identity = self.exchange.as_ref().and_then(Exchange::identity);
        let identity = identity.filter(|identity| !identity.is_anonymous()).cloned();
        if let Some(identity) = &identity {
            identity.attribute(&mut self.activity);
        }
        self.activity.conclude(outcome);
        if self.exchange.is_some() || self.nobody {
            self.activity.action_type = None;
        }
        self.activity.details.flag("signing", self.protection.signing);
        self.activity.details.flag("sealing", self.protection.sealing);
        let observed = &self.activity.observed;
        let shown = observed.account.as_ref().map(|account| Identity {
            account: account.clone(),
            domain: observed.domain.clone().unwrap_or_default(),
            ticket: None,
        });
        let bound = identity.or(shown);
        let bound = bound.filter(|_| outcome == Outcome::Success && !self.nobody);
        let layered = outcome == Outcome::Success && self.method.starts_with("sasl:");
        context.emit(self.activity);
        Progress::Over { bound, layered }
    }

    fn token(&mut self, token: &[u8], context: &mut Context<'_>) {
        if let Some(chosen) = security_layer(token) {
            if context.direction == capture::Direction::Up {
                self.protection = chosen;
            }
            return;
        }
        if let Some(negotiated) = ntlm_flags(token) {
            self.protection = negotiated;
        }
        if let Some(exchange) = &mut self.exchange {
            exchange.token(token, &mut context.within("ldap"));
        }
    }

    /// Mechanisms that show the name: PLAIN (RFC 4616 §2) and DIGEST-MD5 (RFC 2831 §2.1.2). The password is passed over.
    fn plain(&mut self, credentials: &[u8]) {
        let name = match self.method.as_str() {
            "sasl:PLAIN" => credentials.split(|byte| *byte == 0).nth(1),
            "sasl:DIGEST-MD5" => directive(credentials, b"username=\""),
            _ => None,
        };
        if let Some(name) = name {
            observe(&mut self.activity, name);
        }
        if self.method == "sasl:DIGEST-MD5"
            && let Some(realm) = directive(credentials, b"realm=\"")
        {
            self.activity.observed.domain = Some(names::text(realm));
        }
        if self.method == "sasl:DIGEST-MD5" {
            self.protection = quality(credentials);
        }
    }
}

/// The name of a bind, as what was observed of the account.
fn observe(activity: &mut Activity, name: &[u8]) {
    if name.is_empty() {
        return;
    }
    let name = names::text(name);
    if names::is_dn(&name) {
        activity.observed.dn = Some(name.clone());
        activity.details.replace("dn", name.clone());
    }
    activity.observed.domain = names::domain(&name).map(CompactString::new);
    activity.observed.account = Some(name);
}

/// The quoted value of a directive.
fn directive<'a>(credentials: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = credentials.windows(name.len()).position(|window| window == name)?;
    credentials.get(at + name.len()..)?.split(|byte| *byte == b'"').next()
}

/// The quality of protection that the client chooses (RFC 2831 §2.1.2): `auth` where it says nothing.
fn quality(credentials: &[u8]) -> Protection {
    let says = |value: &[u8]| credentials.windows(value.len()).any(|window| window == value);
    let sealing = says(b"qop=auth-conf") || says(b"qop=\"auth-conf");
    let signing = sealing || says(b"qop=auth-int") || says(b"qop=\"auth-int");
    Protection { signing, sealing }
}

/// The security layer that the client chooses in the last leg of GSSAPI (RFC 4752 §3.1): one octet of flags, three of size,
/// inside a token of its own. None where the token is no such one; nothing chosen where it cannot be read.
fn security_layer(token: &[u8]) -> Option<Protection> {
    let layer = match token {
        [5, 4, ..] => layer::Layer::judge(token, token.len())?,
        _ => return None,
    };
    let payload = layer.payload(token);
    let flags = payload.and_then(|payload| payload.first().copied()).unwrap_or_default();
    Some(Protection {
        signing: flags & 6 != 0,
        sealing: flags & 4 != 0,
    })
}

/// NTLMSSP_NEGOTIATE_SIGN and NTLMSSP_NEGOTIATE_SEAL of an AUTHENTICATE ([MS-NLMP] 2.2.1.3), wherever in the token it stands.
fn ntlm_flags(token: &[u8]) -> Option<Protection> {
    const AUTHENTICATE: &[u8] = b"NTLMSSP\0\x03\0\0\0";
    let at = token
        .windows(AUTHENTICATE.len())
        .position(|window| window == AUTHENTICATE)?;
    let flags = u32::from_le_bytes(*token.get(at + 60..)?.first_chunk()?);
    Some(Protection {
        signing: flags & 0x10 != 0,
        sealing: flags & 0x20 != 0,
    })
}
