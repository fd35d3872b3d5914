//! Held against another implementation: what `rasn-kerberos` writes, the readers here read alike.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rasn::types::{GeneralString, GeneralizedTime, Integer};
use rasn_kerberos as theirs;

use super::wire::{self, Message};

pub(super) fn text(text: &str) -> GeneralString {
    GeneralString::try_from(text.as_bytes().to_vec()).unwrap()
}

pub(super) fn name(name_type: i32, parts: &[&str]) -> theirs::PrincipalName {
    theirs::PrincipalName {
        r#type: name_type,
        string: parts.iter().map(|part| text(part)).collect(),
    }
}

pub(super) fn ticket(sname: theirs::PrincipalName, etype: i32, cipher: &[u8]) -> theirs::Ticket {
    theirs::Ticket {
        tkt_vno: Integer::from(5),
        realm: text("LAB.EXAMPLE"),
        sname,
        enc_part: encrypted(etype, Some(2), cipher),
    }
}

pub(super) fn encrypted(etype: i32, kvno: Option<u32>, cipher: &[u8]) -> theirs::EncryptedData {
    theirs::EncryptedData {
        etype,
        kvno,
        cipher: cipher.to_vec().into(),
    }
}

pub(super) fn padata(padata_type: i32, value: &[u8]) -> theirs::PaData {
    theirs::PaData {
        r#type: padata_type,
        value: value.to_vec().into(),
    }
}

pub(super) fn flags(bits: u32) -> theirs::KerberosFlags {
    theirs::KerberosFlags::from_slice(&bits.to_be_bytes())
}

pub(super) fn time(text: &str) -> theirs::KerberosTime {
    theirs::KerberosTime(text.parse::<GeneralizedTime>().unwrap())
}

/// A request for `sname` with these padata and options.
pub(super) fn body(options: u32, cname: Option<theirs::PrincipalName>, sname: &[&str]) -> theirs::KdcReqBody {
    theirs::KdcReqBody {
        kdc_options: theirs::KdcOptions(flags(options)),
        cname,
        realm: text("LAB.EXAMPLE"),
        sname: Some(name(2, sname)),
        from: None,
        till: time("2037-09-13T02:48:05Z"),
        rtime: None,
        nonce: 0xf000_0001,
        etype: vec![18, 17, 23],
        addresses: None,
        enc_authorization_data: None,
        additional_tickets: None,
    }
}

pub(super) fn request(msg_type: i32, padata: Vec<theirs::PaData>, body: theirs::KdcReqBody) -> theirs::KdcReq {
    theirs::KdcReq {
        pvno: Integer::from(5),
        msg_type: Integer::from(msg_type),
        padata: (!padata.is_empty()).then_some(padata),
        req_body: body,
    }
}

pub(super) fn der<T: rasn::Encode>(value: &T) -> Vec<u8> {
    rasn::der::encode(value).unwrap()
}

fn names() -> impl Strategy<Value = theirs::PrincipalName> {
    (any::<i32>(), vec("[ -~]{0,24}", 0..4)).prop_map(|(name_type, parts)| theirs::PrincipalName {
        r#type: name_type,
        string: parts.iter().map(|part| text(part)).collect(),
    })
}

fn ciphers() -> impl Strategy<Value = theirs::EncryptedData> {
    (any::<i32>(), option::of(any::<u32>()), vec(any::<u8>(), 0..300))
        .prop_map(|(etype, kvno, cipher)| encrypted(etype, kvno, &cipher))
}

fn tickets() -> impl Strategy<Value = theirs::Ticket> {
    ("[ -~]{0,30}", names(), ciphers()).prop_map(|(realm, sname, enc_part)| theirs::Ticket {
        tkt_vno: Integer::from(5),
        realm: text(&realm),
        sname,
        enc_part,
    })
}

fn bodies() -> impl Strategy<Value = theirs::KdcReqBody> {
    let address = (any::<i32>(), vec(any::<u8>(), 0..20)).prop_map(|(addr_type, address)| theirs::HostAddress {
        addr_type,
        address: address.into(),
    });
    (
        (
            any::<u32>(),
            option::of(names()),
            "[ -~]{0,30}",
            option::of(names()),
            any::<u32>(),
        ),
        (
            vec(any::<i32>(), 0..12),
            option::of(vec(address, 1..4)),
            option::of(ciphers()),
            option::of(vec(tickets(), 1..3)),
        ),
    )
        .prop_map(
            |((options, cname, realm, sname, nonce), (etype, addresses, data, tickets))| theirs::KdcReqBody {
                kdc_options: theirs::KdcOptions(flags(options)),
                cname,
                realm: text(&realm),
                sname,
                nonce,
                etype,
                addresses,
                enc_authorization_data: data,
                additional_tickets: tickets,
                ..body(0, None, &[])
            },
        )
}

fn same_name(ours: Option<wire::PrincipalName<'_>>, theirs: Option<&theirs::PrincipalName>) {
    assert_eq!(ours.map(|name| name.name_type), theirs.map(|name| name.r#type));
    let ours: Option<Vec<&[u8]>> = ours.map(|name| name.components().collect());
    let theirs: Option<Vec<&[u8]>> = theirs.map(|name| name.string.iter().map(|part| &part[..]).collect());
    assert_eq!(ours, theirs);
}

fn same_cipher(ours: &wire::EncryptedData<'_>, theirs: &theirs::EncryptedData) {
    assert_eq!(ours.etype, theirs.etype);
    assert_eq!(ours.kvno, theirs.kvno.map(i64::from));
    assert_eq!(ours.cipher, &theirs.cipher[..]);
}

fn same_ticket(ours: &wire::Ticket<'_>, theirs: &theirs::Ticket) {
    assert_eq!(ours.realm, &theirs.realm[..]);
    same_name(ours.sname, Some(&theirs.sname));
    same_cipher(&ours.enc_part, &theirs.enc_part);
}

proptest! {
    #[test]
    fn requests_read_alike(body in bodies(), values in vec((any::<i32>(), vec(any::<u8>(), 0..40)), 0..6)) {
        let padata: Vec<_> = values.iter().map(|(number, value)| padata(*number, value)).collect();
        let bytes = der(&theirs::AsReq(request(10, padata, body.clone())));
        let Ok(Message::AsReq(ours)) = Message::parse(&bytes) else { panic!("not read") };
        let read: Vec<_> = ours.padata().map(|item| (item.padata_type, item.value.to_vec())).collect();
        assert_eq!(read, values);
        let ours = ours.body;
        assert_eq!(theirs::KdcOptions(flags(ours.kdc_options)), body.kdc_options);
        same_name(ours.cname, body.cname.as_ref());
        same_name(ours.sname, body.sname.as_ref());
        assert_eq!(ours.realm, &body.realm[..]);
        assert_eq!(ours.nonce, Some(i64::from(body.nonce)));
        assert_eq!(ours.till.unwrap().0, b"20370913024805Z");
        assert_eq!(ours.etypes().collect::<Vec<_>>(), body.etype);
        let addresses: Vec<_> = ours.addresses().map(|host| (host.addr_type, host.address.to_vec())).collect();
        let expected: Vec<_> = body.addresses.iter().flatten().map(|host| (host.addr_type, host.address.to_vec())).collect();
        assert_eq!(addresses, expected);
        assert_eq!(ours.enc_authorization_data.is_some(), body.enc_authorization_data.is_some());
        let tickets = body.additional_tickets.unwrap_or_default();
        assert_eq!(ours.additional_tickets().count(), tickets.len());
        for (ours, theirs) in ours.additional_tickets().zip(&tickets) {
            same_ticket(&ours, theirs);
        }
    }

    #[test]
    fn replies_read_alike(crealm in "[ -~]{0,30}", cname in names(), ticket in tickets(), enc_part in ciphers()) {
        let reply = theirs::KdcRep {
            pvno: Integer::from(5), msg_type: Integer::from(13), padata: None,
            crealm: text(&crealm), cname, ticket, enc_part,
        };
        let bytes = der(&theirs::TgsRep(reply.clone()));
        let Ok(Message::TgsRep(ours)) = Message::parse(&bytes) else { panic!("not read") };
        assert_eq!(ours.crealm, crealm.as_bytes());
        same_name(ours.cname, Some(&reply.cname));
        same_ticket(&ours.ticket.unwrap(), &reply.ticket);
        same_cipher(&ours.enc_part.unwrap(), &reply.enc_part);
    }

    #[test]
    fn tickets_are_presented_alike(options in any::<u32>(), ticket in tickets(), authenticator in ciphers()) {
        let request = theirs::ApReq {
            pvno: Integer::from(5), msg_type: Integer::from(14),
            ap_options: theirs::ApOptions(flags(options)), ticket, authenticator,
        };
        let bytes = der(&request);
        let ours = wire::ap_req(&bytes).unwrap();
        assert_eq!(ours.ap_options, options);
        same_ticket(&ours.ticket, &request.ticket);
        same_cipher(&ours.authenticator.unwrap(), &request.authenticator);
    }

    #[test]
    fn errors_read_alike(code in any::<i32>(), cname in option::of(names()), sname in names(), e_data in option::of(vec(any::<u8>(), 0..60))) {
        let error = theirs::KrbError {
            pvno: Integer::from(5), msg_type: Integer::from(30), ctime: None, cusec: None,
            stime: time("2026-11-20T23:20:13Z"), susec: Integer::from(527_403), error_code: code,
            crealm: None, cname, realm: text("LAB.EXAMPLE"), sname, e_text: None,
            e_data: e_data.clone().map(Into::into),
        };
        let bytes = der(&error);
        let ours = wire::krb_error(&bytes).unwrap();
        assert_eq!(ours.error_code, code);
        assert_eq!(ours.susec, Some(527_403));
        same_name(ours.cname, error.cname.as_ref());
        same_name(ours.sname, Some(&error.sname));
        assert_eq!(ours.e_data, e_data.as_deref());
    }
}
