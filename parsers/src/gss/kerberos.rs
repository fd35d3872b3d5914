//! Kerberos inside GSS tokens: the AP exchange, as messages and as `kerberos_ap`.
//!
//! The client's name is in the authenticator, which is encrypted; what an AP-REQ shows is the service, and the ticket, by
//! whose hash it is known where the ticket was given out.

use compact_str::CompactString;
use sha2::{Digest, Sha256};

use crate::activity::{Activity, Kind};
use crate::asn1::{self, BIT_STRING, INTEGER, SEQUENCE, Walker};
use crate::context::Context;
use crate::fields::Fields;
use crate::protocol::ProtocolId;
use crate::reader::Malformed;
use crate::text;

/// `AP-REQ ::= [APPLICATION 14] SEQUENCE { pvno [0] INTEGER, msg-type [1] INTEGER, ap-options [2] APOptions, ticket [3] Ticket,
/// authenticator [4] EncryptedData }` (RFC 4120 §5.5.1)
#[derive(Clone, Copy, Debug)]
pub(super) struct ApReq<'a> {
    options: u32,
    ticket: Ticket<'a>,
    authenticator: Encrypted<'a>,
}

/// `Ticket ::= [APPLICATION 1] SEQUENCE { tkt-vno [0] INTEGER, realm [1] Realm, sname [2] PrincipalName, enc-part [3]
/// EncryptedData }` (RFC 4120 §5.3)
#[derive(Clone, Copy, Debug)]
struct Ticket<'a> {
    whole: &'a [u8],
    realm: &'a [u8],
    names: Walker<'a>,
    sealed: Encrypted<'a>,
}

/// `EncryptedData ::= SEQUENCE { etype [0] Int32, kvno [1] UInt32 OPTIONAL, cipher [2] OCTET STRING }` (RFC 4120 §5.2.9)
#[derive(Clone, Copy, Debug)]
struct Encrypted<'a> {
    etype: i64,
    kvno: Option<i64>,
    cipher: &'a [u8],
}

/// USE-SESSION-KEY and MUTUAL-REQUIRED of APOptions, bits 1 and 2.
const USE_SESSION_KEY: u32 = 1 << 30;
const MUTUAL_REQUIRED: u32 = 1 << 29;

impl<'a> ApReq<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let outer = Walker::new(bytes).expect(asn1::application(14), "AP-REQ")?;
        let mut body = outer.inside().expect(SEQUENCE, "AP-REQ")?.inside();
        body.expect(asn1::context(0), "pvno")?;
        body.expect(asn1::context(1), "msg-type")?;
        let options = body.explicit(asn1::context(2), "ap-options")?;
        if options.tag != BIT_STRING {
            return Err(Malformed("ap-options"));
        }
        let ticket = body.expect(asn1::context(3), "ticket")?;
        let authenticator = body.expect(asn1::context(4), "authenticator")?;
        Ok(Self {
            options: options.bits()?,
            ticket: Ticket::read(ticket.value)?,
            authenticator: Encrypted::read(authenticator.value)?,
        })
    }

    fn fill(&self, fields: &mut Fields) {
        let ticket = &self.ticket;
        fields.set("realm", text::bytes(ticket.realm));
        fields.set("ticket_etype", ticket.sealed.etype);
        fields.set_some("ticket_kvno", ticket.sealed.kvno);
        fields.set("ticket_size", ticket.whole.len());
        fields.set("ticket_sha256", text::hex(&Sha256::digest(ticket.sealed.cipher)));
        fields.set("authenticator_etype", self.authenticator.etype);
        fields.set("mutual", self.options & MUTUAL_REQUIRED != 0);
        fields.flag("use_session_key", self.options & USE_SESSION_KEY != 0);
    }
}

impl<'a> Ticket<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let outer = Walker::new(bytes).expect(asn1::application(1), "ticket")?;
        let mut body = outer.inside().expect(SEQUENCE, "ticket")?.inside();
        body.expect(asn1::context(0), "tkt-vno")?;
        let realm = body.explicit(asn1::context(1), "realm")?;
        let mut sname = body.explicit(asn1::context(2), "sname")?.inside();
        sname.expect(asn1::context(0), "name-type")?;
        let names = sname.explicit(asn1::context(1), "name-string")?.inside();
        let sealed = body.expect(asn1::context(3), "enc-part")?;
        Ok(Self {
            whole: bytes,
            realm: realm.value,
            names,
            sealed: Encrypted::read(sealed.value)?,
        })
    }

    fn spn(&self) -> CompactString {
        let (mut spn, mut names) = (CompactString::default(), self.names);
        while let Ok(Some(name)) = names.next() {
            if !spn.is_empty() {
                spn.push('/');
            }
            spn.push_str(&text::bytes(name.value));
        }
        spn
    }
}

impl<'a> Encrypted<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut body = Walker::new(bytes).expect(SEQUENCE, "EncryptedData")?.inside();
        let etype = body.explicit(asn1::context(0), "etype")?.integer()?;
        let kvno = body.optional_explicit(asn1::context(1), "kvno")?;
        let kvno = kvno.map(|kvno| kvno.integer()).transpose()?;
        let cipher = body.explicit(asn1::context(2), "cipher")?.value;
        Ok(Self { etype, kvno, cipher })
    }
}

/// Says what an AP-REQ holds, and begins its activity.
pub(super) fn presented(bytes: &[u8], context: &mut Context<'_>) -> Result<Activity, Malformed> {
    let request = ApReq::read(bytes)?;
    context.message(ProtocolId::Kerberos, "AP-REQ", |fields| {
        fields.text("sname", request.ticket.spn());
        request.fill(fields);
    });
    let mut activity = context.activity(Kind::KerberosAp, ProtocolId::Kerberos);
    activity.observed.spn = Some(request.ticket.spn()).filter(|spn| !spn.is_empty());
    request.fill(&mut activity.details);
    Ok(activity)
}

/// Says that an AP-REP came: the server opened the ticket.
pub(super) fn accepted(bytes: &[u8], context: &mut Context<'_>) -> Result<(), Malformed> {
    Walker::new(bytes).expect(asn1::application(15), "AP-REP")?;
    context.message(ProtocolId::Kerberos, "AP-REP", |_| {});
    Ok(())
}

/// Says what a KRB-ERROR holds, and gives its error code: `KRB-ERROR ::= [APPLICATION 30] SEQUENCE { … error-code [6] Int32,
/// … }` (RFC 4120 §5.9.1).
pub(super) fn refused(bytes: &[u8], context: &mut Context<'_>) -> Result<i64, Malformed> {
    let outer = Walker::new(bytes).expect(asn1::application(30), "KRB-ERROR")?;
    let mut body = outer.inside().expect(SEQUENCE, "KRB-ERROR")?.inside();
    while let Some(field) = body.next()? {
        if field.tag == asn1::context(6) {
            let code = field.inside().expect(INTEGER, "error-code")?.integer()?;
            context.message(ProtocolId::Kerberos, "KRB-ERROR", |fields| {
                fields.set("error_code", code)
            });
            return Ok(code);
        }
    }
    Err(Malformed("error-code"))
}
