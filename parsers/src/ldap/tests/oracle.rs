//! Held against another decoder: what rasn-ldap encodes is read the same here.

use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use rasn_ldap::{
    AddRequest, Attribute, BindRequest, BindResponse, DelRequest, ExtendedRequest, LdapMessage, LdapResult,
    ModifyDnRequest, ProtocolOp, ResultCode, SearchRequest, SearchRequestDerefAliases, SearchRequestScope,
    SearchResultDone, UnbindRequest,
};

use crate::ldap::names;
use crate::ldap::request::Authentication;
use crate::ldap::wire::{Envelope, Operation};

fn name() -> impl Strategy<Value = String> {
    "(CN|OU)=\\PC{0,12},DC=lab"
}

fn operations() -> impl Strategy<Value = ProtocolOp> {
    use rasn_ldap::{AuthenticationChoice, Filter, SaslCredentials};
    let result = || {
        (name(), "\\PC{0,20}").prop_map(|(dn, text)| LdapResult::new(ResultCode::NoSuchObject, dn.into(), text.into()))
    };
    prop_oneof![
        (name(), any::<Vec<u8>>()).prop_map(|(dn, password)| {
            let simple = AuthenticationChoice::Simple(password.into());
            ProtocolOp::BindRequest(BindRequest::new(3, dn.into(), simple))
        }),
        ("[A-Z0-9-]{1,9}", prop::option::of(any::<Vec<u8>>())).prop_map(|(mechanism, credentials)| {
            let sasl = SaslCredentials::new(mechanism.into(), credentials.map(Into::into));
            ProtocolOp::BindRequest(BindRequest::new(3, "".into(), AuthenticationChoice::Sasl(sasl)))
        }),
        (name(), prop::option::of(any::<Vec<u8>>())).prop_map(|(dn, credentials)| {
            let credentials = credentials.map(Into::into);
            ProtocolOp::BindResponse(BindResponse::new(
                ResultCode::Success,
                dn.into(),
                "".into(),
                None,
                credentials,
            ))
        }),
        name().prop_map(|dn| ProtocolOp::DelRequest(DelRequest(dn.into()))),
        result().prop_map(|result| ProtocolOp::SearchResDone(SearchResultDone(result))),
        (
            name(),
            any::<u32>(),
            any::<bool>(),
            prop::collection::vec("[a-z]{1,8}", 0..4)
        )
            .prop_map(|(dn, size, types, attributes)| {
                ProtocolOp::SearchRequest(SearchRequest::new(
                    dn.into(),
                    SearchRequestScope::SingleLevel,
                    SearchRequestDerefAliases::NeverDerefAliases,
                    size,
                    0,
                    types,
                    Filter::Present("objectClass".into()),
                    attributes.into_iter().map(Into::into).collect(),
                ))
            }),
    ]
}

fn agrees(theirs: &ProtocolOp, ours: &Operation<'_>) {
    let same = |theirs: &str, ours: &[u8]| assert_eq!(theirs.as_bytes(), ours);
    match (theirs, ours) {
        (ProtocolOp::BindRequest(theirs), Operation::BindRequest(ours)) => {
            same(&theirs.name, ours.name);
            match (&theirs.authentication, ours.authentication) {
                (rasn_ldap::AuthenticationChoice::Simple(theirs), Authentication::Simple { password }) => {
                    assert_eq!(password, !theirs.is_empty());
                }
                (rasn_ldap::AuthenticationChoice::Sasl(theirs), Authentication::Sasl { mechanism, credentials }) => {
                    same(&theirs.mechanism, mechanism);
                    assert_eq!(theirs.credentials.as_deref(), credentials);
                }
                other => panic!("{other:?}"),
            }
        }
        (ProtocolOp::BindResponse(theirs), Operation::BindResponse(ours)) => {
            same(&theirs.matched_dn, ours.result.matched_dn);
            assert_eq!(theirs.server_sasl_creds.as_deref(), ours.credentials);
        }
        (ProtocolOp::DelRequest(theirs), Operation::Delete(ours)) => same(&theirs.0, ours),
        (ProtocolOp::SearchResDone(theirs), Operation::Result(ours)) => {
            assert_eq!(ours.code, 32);
            same(&theirs.0.matched_dn, ours.matched_dn);
            same(&theirs.0.diagnostic_message, ours.diagnostic);
        }
        (ProtocolOp::SearchRequest(theirs), Operation::SearchRequest(ours)) => {
            same(&theirs.base_object, ours.base);
            assert_eq!((ours.scope, ours.deref), (1, 0));
            assert_eq!(
                (i64::from(theirs.size_limit), theirs.types_only),
                (ours.size_limit, ours.types_only)
            );
            let attributes: Vec<_> = ours.attributes.map(names::text).collect();
            let wanted: Vec<_> = theirs.attributes.iter().map(|name| name.0.as_str()).collect();
            assert_eq!(attributes, wanted);
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn what_it_encodes_is_read_the_same(id in 0..0x7fff_ffff_u32, operation in operations()) {
        let message = LdapMessage::new(id, operation);
        let bytes = rasn::ber::encode(&message).unwrap();
        let envelope = Envelope::read(&bytes).unwrap();
        assert_eq!(envelope.message_id, i64::from(id));
        assert!(envelope.whole);
        agrees(&message.protocol_op, &envelope.operation().unwrap());
    }

    /// Of damaged messages, those that both still read are the same one.
    #[test]
    fn what_both_read_is_the_same(
        id in 0..0x7fff_ffff_u32,
        operation in operations(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = rasn::ber::encode(&LdapMessage::new(id, operation)).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let theirs = rasn::ber::decode::<LdapMessage>(&bytes);
        if let (Ok(theirs), Ok(ours)) = (theirs, Envelope::read(&bytes)) {
            assert_eq!(i64::from(theirs.message_id), ours.message_id);
        }
    }
}

#[test]
fn the_rarer_operations_agree() {
    let attribute = Attribute::new(
        "cn".into(),
        [b"x".to_vec().into()].into_iter().collect::<Vec<_>>().into(),
    );
    let rare = [
        (ProtocolOp::UnbindRequest(UnbindRequest), "unbindRequest"),
        (
            ProtocolOp::AddRequest(AddRequest {
                entry: "CN=a".into(),
                attributes: vec![attribute],
            }),
            "addRequest",
        ),
        (
            ProtocolOp::ModDnRequest(ModifyDnRequest {
                entry: "CN=a".into(),
                new_rdn: "CN=b".into(),
                delete_old_rdn: true,
                new_superior: Some("OU=c".into()),
            }),
            "modDNRequest",
        ),
        (
            ProtocolOp::ExtendedReq(ExtendedRequest {
                request_name: b"1.3.6.1.4.1.1466.20037".to_vec().into(),
                request_value: None,
            }),
            "extendedReq",
        ),
    ];
    for (operation, name) in rare {
        let bytes = rasn::ber::encode(&LdapMessage::new(1, operation)).unwrap();
        let envelope = Envelope::read(&bytes).unwrap();
        assert_eq!(envelope.choice.name(), name);
        envelope.operation().unwrap();
    }
}
