//! Kerberos inside GSS tokens: the AP exchange, as messages and as the beginning of a `kerberos_ap`.

use crate::activity::{Activity, Kind};
use crate::asn1::{self, SEQUENCE, Walker};
use crate::context::Context;
use crate::kerberos::wire::{self, KrbError};
use crate::kerberos::{codes, names};
use crate::protocol::ProtocolId;
use crate::reader::Malformed;
use crate::{ntstatus, text};

/// Says what an AP-REQ holds, and begins its activity.
pub(super) fn presented(bytes: &[u8], context: &mut Context<'_>) -> Result<Box<Activity>, Malformed> {
    let request = wire::ap_req(bytes)?;
    context.message(ProtocolId::Kerberos, "AP-REQ", |fields| request.fill(fields));
    let mut activity = context.activity(Kind::KerberosAp, ProtocolId::Kerberos);
    request.describe(&mut activity, context);
    Ok(activity)
}

/// Says that an AP-REP came: the server opened the ticket. In DCE style the client sends one too ([MS-KILE] 3.4.5.1).
pub(super) fn accepted(bytes: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
    let reply = wire::ap_rep(bytes)?;
    context.message(ProtocolId::Kerberos, "AP-REP", |fields| {
        let etype = reply.enc_part.map(|part| part.etype);
        fields.set_some("etype", etype);
        fields.set_some("etype_name", etype.and_then(names::etype));
    });
    Ok(())
}

/// Says for which realm's KDC a message passes through, and hands the message on; empty where the peer wants it again.
///
/// ```text
/// IAKERB-HEADER ::= SEQUENCE { target-realm [1] UTF8String, cookie [2] OCTET STRING OPTIONAL }, then a Kerberos message
/// ```
pub(super) fn proxied<'a>(token: &'a [u8], context: &mut Context<'_>) -> Result<&'a [u8], Malformed> {
    let mut walker = Walker::new(token);
    let mut header = walker.expect(SEQUENCE, "IAKERB-HEADER")?.inside();
    let realm = header.optional_explicit(asn1::context(1), "target-realm")?;
    context.message(ProtocolId::Spnego, "IAKERB_PROXY", |fields| {
        fields.text("target_realm", text::bytes(realm.map_or(&[], |realm| realm.value)));
    });
    Ok(walker.rest())
}

/// Says what a KRB-ERROR holds, and hands it on.
pub(super) fn refused<'a>(bytes: &'a [u8], context: &mut Context<'_>) -> Result<KrbError<'a>, Malformed> {
    let error = wire::krb_error(bytes)?;
    context.message(ProtocolId::Kerberos, "KRB-ERROR", |fields| {
        fields.set("error_code", error.error_code);
        fields.set_some("error_name", codes::error(error.error_code));
        fields.text("realm", text::bytes(error.realm));
        fields.set_some("sname", error.sname.map(|name| name.joined()));
        fields.set_some("stime", error.stime);
        fields.set_some("ntstatus", error.ntstatus());
        fields.set_some("ntstatus_name", error.ntstatus().and_then(ntstatus::name));
    });
    Ok(error)
}
