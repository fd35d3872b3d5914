//! Requests and answers become activities: one for every exchange, whatever its outcome.
//!
//! The nonce that pairs a request with its answer is sealed in the answer, so exchanges are paired by type, by the service
//! where several wait, and by order. What names the client is the AS-REQ, and the answer of a TGS.

use capture::Direction;
use compact_str::CompactString;

use super::codes;
use super::keytab::{self, Usage};
use super::padata::kind;
use super::print::{self, PaDatas};
use super::wire::{ApReq, HostAddress, KdcRep, KdcReq, KrbError, PrincipalName};
use crate::activity::{Activity, Kind, Outcome};
use crate::context::Context;
use crate::protocol::ProtocolId;
use crate::text;

/// A request that waits for its answer.
#[derive(Debug)]
pub(super) struct Exchange {
    activity: Box<Activity>,
    direction: Direction,
    /// Of the request's octets, so that its repetitions are known.
    fingerprint: u64,
    retransmitted: u32,
    /// The client authenticates with a certificate.
    pkinit: bool,
    /// The answer's cname is not who asked but who is impersonated.
    delegated: bool,
}

impl Exchange {
    /// An AS-REQ or a TGS-REQ.
    pub(super) fn kdc(kind: Kind, request: &KdcReq<'_>, fingerprint: u64, context: &mut Context<'_>) -> Self {
        let padata = PaDatas::new(request.padata());
        let mut exchange = Self::new(kind, fingerprint, context);
        let activity = &mut exchange.activity;
        activity.observed.spn = joined(request.body.sname);
        activity.observed.workstation = workstation(request);
        print::request(request, &padata, &mut activity.details);
        if kind == Kind::KerberosAs {
            exchange.authentication(request, &padata);
        } else {
            exchange.ticket_granting(request, &padata);
            exchange.open_tgt(&padata, context);
        }
        let retried = context.retries().again(&exchange.activity);
        exchange.activity.details.set_some("retry_of", retried);
        exchange
    }

    /// An AP-REQ by itself.
    pub(super) fn ap(request: &ApReq<'_>, fingerprint: u64, context: &mut Context<'_>) -> Self {
        let mut exchange = Self::new(Kind::KerberosAp, fingerprint, context);
        request.describe(&mut exchange.activity, context);
        exchange
    }

    fn new(kind: Kind, fingerprint: u64, context: &Context<'_>) -> Self {
        let mut activity = begin(kind, context.direction, context);
        activity.details.flag("gapped", context.gapped);
        Self {
            activity,
            direction: context.direction,
            fingerprint,
            retransmitted: 0,
            pkinit: false,
            delegated: false,
        }
    }

    /// Whose name it is, and how it is proved.
    fn authentication(&mut self, request: &KdcReq<'_>, padata: &PaDatas<'_>) {
        let preauth = preauth(request, padata);
        self.pkinit = matches!(preauth, "pkinit" | "pku2u");
        self.activity.observed.account = joined(request.body.cname);
        self.activity.observed.domain = Some(text::bytes(request.body.realm)).filter(|realm| !realm.is_empty());
        self.activity.details.set("preauth", preauth);
    }

    /// For whom a service asks, and what makes the request other than plain.
    fn ticket_granting(&mut self, request: &KdcReq<'_>, padata: &PaDatas<'_>) {
        let options = request.body.kdc_options;
        let bit = |number: u32| options >> (31 - number) & 1 == 1;
        let Activity { observed, details, .. } = &mut *self.activity;
        details.set_some("spn", observed.spn.clone());
        if let Some(user) = print::for_user(padata) {
            observed.target_account = joined(user.user);
            observed.target_domain = Some(text::bytes(user.realm)).filter(|realm| !realm.is_empty());
            self.delegated = true;
        }
        if bit(CNAME_IN_ADDL_TKT)
            && let Some(ticket) = request.body.additional_tickets().next()
        {
            let mut evidence = crate::fields::Fields::new();
            evidence.set("evidence_ticket_sha256", ticket.enc_part.sha256());
            details.set("s4u2proxy", evidence);
            self.delegated = true;
        }
        details.flag("u2u", bit(ENC_TKT_IN_SKEY));
        details.flag("renewal", bit(RENEW));
    }

    /// What the TGT says, where a keytab opens it: who asks, before the KDC answers.
    fn open_tgt(&mut self, padata: &PaDatas<'_>, context: &mut Context<'_>) {
        let presented = padata
            .find(kind::TGS_REQ)
            .and_then(|value| super::wire::ap_req(value).ok());
        if let Some(request) = presented {
            let authenticator = request.authenticator.map(|sealed| (Usage::TgsAuthenticator, sealed));
            keytab::open(
                &request.ticket,
                authenticator,
                &keytab::TGT,
                &mut self.activity,
                context,
            );
        }
    }

    /// Whether it is the same request once more.
    pub(super) fn repeats(&mut self, direction: Direction, fingerprint: u64) -> bool {
        let again = (self.direction, self.fingerprint) == (direction, fingerprint);
        self.retransmitted += u32::from(again);
        again
    }

    /// Whether an answer of `kind` (any, for a KRB-ERROR) that travels in `direction` may be its.
    pub(super) fn expects(&self, kind: Option<Kind>, direction: Direction) -> bool {
        self.direction == direction.reverse() && kind.is_none_or(|kind| kind == self.activity.kind)
    }

    /// Whether it asked for the service `sname`.
    pub(super) fn asked_for(&self, sname: Option<&CompactString>) -> bool {
        sname.is_some() && self.activity.observed.spn.as_ref() == sname
    }

    /// How often it was sent again.
    pub(super) const fn retransmitted(&self) -> u32 {
        self.retransmitted
    }

    /// The ticket was granted.
    pub(super) fn granted(mut self, reply: &KdcRep<'_>, context: &mut Context<'_>) {
        self.named(reply);
        let Activity { observed, details, .. } = &mut *self.activity;
        if let Some(ticket) = reply.ticket {
            let (sname, realm) = (joined(ticket.sname), text::bytes(ticket.realm));
            if sname != observed.spn {
                details.set_some("ticket_sname", sname); // a referral, or an alias
            }
            if details.get_text("realm") != Some(&realm) {
                details.text("ticket_realm", realm);
            }
        }
        details.list("reply_padata", reply.padata().map(|item| item.padata_type));
        print::granted(reply, details);
        if let Some(ticket) = &reply.ticket {
            keytab::open(ticket, None, &keytab::PRESENTED, &mut self.activity, context);
        }
        self.activity.conclude(Outcome::Success);
        self.answered(context);
    }

    /// Who the ticket is for: for an AS the name as the server writes it, for a TGS the client.
    fn named(&mut self, reply: &KdcRep<'_>) {
        let (cname, crealm) = (joined(reply.cname), Some(text::bytes(reply.crealm)));
        let Activity {
            observed,
            details,
            kind,
            ..
        } = &mut *self.activity;
        if *kind == Kind::KerberosAs {
            if cname != observed.account {
                details.set_some("canonical_name", cname);
            }
            return;
        }
        if let Some(cname) = &cname {
            details.replace("cname", cname.clone()); // a TGS-REQ has none (RFC 4120 §5.4.1), but may be sent one
        }
        if cname.as_deref() == Some(HIDDEN) {
            return;
        }
        if self.delegated {
            (observed.target_account, observed.target_domain) = (cname, crealm);
        } else {
            (observed.account, observed.domain) = (cname, crealm);
        }
    }

    /// It was refused, or another step is asked for.
    pub(super) fn refused(mut self, error: &KrbError<'_>, context: &mut Context<'_>) {
        let observed = &mut self.activity.observed;
        if observed.account.is_none() && !self.delegated && error.cname.is_some() {
            observed.account = joined(error.cname);
            observed.domain = error.crealm.map(text::bytes);
        }
        refuse(&mut self.activity, error, self.pkinit, context);
        if error.error_code == codes::RESPONSE_TOO_BIG {
            context.retries().expect(&self.activity);
        }
        if let Some(clock) = error.stime.and_then(|time| time.timestamp(error.susec)) {
            context.clock(self.activity.server.ip, clock);
        }
        self.answered(context);
    }

    /// The service proved itself.
    pub(super) fn accepted(mut self, context: &mut Context<'_>) {
        self.activity.conclude(Outcome::Success);
        self.answered(context);
    }

    fn answered(mut self, context: &mut Context<'_>) {
        self.activity.answered(context.time);
        if context.gapped {
            self.activity.details.replace("gapped", true);
        }
        self.emit(context);
    }

    /// As it stands: after an answer, or without one.
    pub(super) fn emit(mut self, context: &mut Context<'_>) {
        if self.retransmitted > 0 {
            self.activity.details.set("retransmitted", self.retransmitted);
        }
        context.emit(self.activity);
    }
}

/// The name that stands for every client: an anonymous one (RFC 8062), or one that FAST hides (RFC 6113 §5.4.2).
const HIDDEN: &str = "WELLKNOWN/ANONYMOUS";

/// KDCOptions bits ([MS-SFU] 2.2.3; RFC 4120 §5.4.1).
const CNAME_IN_ADDL_TKT: u32 = 14;
const ENC_TKT_IN_SKEY: u32 = 28;
const RENEW: u32 = 30;

/// An AS-REP or TGS-REP whose request was not seen: what it says by itself.
pub(super) fn unasked_reply(kind: Kind, reply: &KdcRep<'_>, context: &mut Context<'_>) {
    let mut activity = begin(kind, context.direction.reverse(), context);
    activity.observed.account = joined(reply.cname);
    activity.observed.domain = Some(text::bytes(reply.crealm)).filter(|realm| !realm.is_empty());
    activity.observed.spn = joined(reply.ticket.and_then(|ticket| ticket.sname));
    let details = &mut activity.details;
    details.flag("gapped", context.gapped);
    details.set_some("cname", joined(reply.cname));
    if let Some(ticket) = reply.ticket {
        details.text("realm", text::bytes(ticket.realm));
        details.set_some("sname", joined(ticket.sname));
    }
    if kind == Kind::KerberosTgs {
        details.set_some("spn", activity.observed.spn.clone());
    }
    print::granted(reply, details);
    if let Some(ticket) = &reply.ticket {
        keytab::open(ticket, None, &keytab::PRESENTED, &mut activity, context);
    }
    activity.conclude(Outcome::Success);
    context.emit(activity);
}

/// A KRB-ERROR whose request was not seen.
pub(super) fn unasked_error(error: &KrbError<'_>, context: &mut Context<'_>) {
    let mut activity = begin(guess(error, context), context.direction.reverse(), context);
    activity.observed.account = joined(error.cname);
    activity.observed.domain = error.crealm.map(text::bytes);
    activity.observed.spn = joined(error.sname);
    let details = &mut activity.details;
    details.flag("gapped", context.gapped);
    details.set_some("cname", joined(error.cname));
    details.text("realm", text::bytes(error.realm));
    details.set_some("sname", joined(error.sname));
    refuse(&mut activity, error, false, context);
    context.emit(activity);
}

/// An AP-REP whose request was not seen.
pub(super) fn unasked_acceptance(context: &mut Context<'_>) {
    let mut activity = begin(Kind::KerberosAp, context.direction.reverse(), context);
    activity.conclude(Outcome::Success);
    context.emit(activity);
}

/// What was refused, judged by the refusal: errors about a client's credentials and for the ticket-granting service answer an
/// AS-REQ; a server that is no KDC answers an AP-REQ.
fn guess(error: &KrbError<'_>, context: &Context<'_>) -> Kind {
    let (server, _) = context.flow.ends(context.direction);
    let service = error.sname.and_then(|name| name.components().next());
    match error.error_code {
        _ if server.port != super::PORT => Kind::KerberosAp,
        1 | 6 | 18 | 23..=25 | 62..=66 | 70..=81 | 90..=93 => Kind::KerberosAs,
        _ if matches!(service, Some(b"krbtgt" | b"kadmin")) => Kind::KerberosAs,
        _ => Kind::KerberosTgs,
    }
}

fn refuse(activity: &mut Activity, error: &KrbError<'_>, pkinit: bool, context: &Context<'_>) {
    print::refused(error, &mut activity.details);
    skew(activity, error, context);
    error.conclude(activity, pkinit);
}

/// `clock_skew_us`: the server's clock (stime) ahead of the sensor's. `client_clock_skew_us`: the client's (ctime) ahead of
/// the server's, where the server returns it.
fn skew(activity: &mut Activity, error: &KrbError<'_>, context: &Context<'_>) {
    let Some(server) = error.stime.and_then(|time| time.timestamp(error.susec)) else {
        return;
    };
    let details = &mut activity.details;
    details.set("clock_skew_us", server.micros() - context.time.micros());
    if let Some(client) = error.ctime.and_then(|time| time.timestamp(error.cusec)) {
        details.set("client_clock_skew_us", client.micros() - server.micros());
    }
}

/// An activity of the client whose requests travel in `direction`.
fn begin(kind: Kind, direction: Direction, context: &Context<'_>) -> Box<Activity> {
    let mut activity = context.activity(kind, ProtocolId::Kerberos);
    let (client, server) = context.flow.ends(direction);
    (activity.client, activity.server) = (*client, *server);
    activity
}

fn joined(name: Option<PrincipalName<'_>>) -> Option<CompactString> {
    name.map(|name| name.joined())
}

/// The NetBIOS name that a Windows client binds its ticket to.
fn workstation(request: &KdcReq<'_>) -> Option<CompactString> {
    request
        .body
        .addresses()
        .find(|address| address.addr_type == HostAddress::NETBIOS)
        .map(|address| address.text())
        .filter(|name| !name.is_empty())
}

/// How the client proves itself. Inside FAST (RFC 6113) the proof is sealed; PKU2U is PKINIT without a KDC, in a realm of
/// its own ([MS-PKU2U]).
fn preauth(request: &KdcReq<'_>, padata: &PaDatas<'_>) -> &'static str {
    let certificate = [kind::PK_AS_REQ, kind::PK_AS_REQ_OLD, kind::PK_AS_REP_OLD]
        .into_iter()
        .any(|kind| padata.has(kind));
    match () {
        () if request.body.realm == b"WELLKNOWN:PKU2U" => "pku2u",
        () if padata.has(kind::FX_FAST) => "fast",
        () if certificate => "pkinit",
        () if padata.has(kind::ENC_TIMESTAMP) => "encrypted_timestamp",
        () => "none",
    }
}
