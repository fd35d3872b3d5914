//! Exchanges as carriers drive them, with tokens out of captured sessions.

use std::net::{IpAddr, Ipv4Addr};

use capture::{CaptureId, Direction, Endpoint, Flow, FrameId, Timestamp, Transport, Tunnel};
use proptest::prelude::{any, prop, proptest};

use super::{Answer, Exchange};
use crate::activity::{Activity, FailureReason, Outcome, Status};
use crate::context::{Context, Output};
use crate::ntlm::Raw;
use crate::testing::unhex;

/// `smbclient` with a disabled account: NegTokenInit with NEGOTIATE.
const NEGOTIATE: &str = "604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa22a04284e544c4d5353500001000000
    1582086200000000280000000000000028000000060100000000000f";
/// NegTokenResp, accept-incomplete, with CHALLENGE.
const CHALLENGE: &str = "a181ba3081b7a0030a0101a10c060a2b06010401823702020aa281a104819e4e544c4d535350000200000006000600
    38000000158289628350eabf988efaf30000000000000000600060003e000000060100000000000f4c0041004200020006004c004100420001000600
    440043003100040016006c00610062002e006500780061006d0070006c00650003001e006400630031002e006c00610062002e006500780061006d
    0070006c0065000700080064d60abd4579dd0100000000";
/// NegTokenResp with AUTHENTICATE and mechListMIC.
const AUTHENTICATE: &str = "a18201c4308201c0a28201a8048201a44e544c4d535350000300000018001800580000000801080170000000060006
    00780100000a000a007e0100000c000c0088010000100010009401000015820862060100000000000f821bde58bc7e7ceda61194880ddd169b0000
    0000000000000000000000000000000000000000000077bde121023cf8e3f827f5b3345948c0010100000000000064d60abd4579dd016806d7f95e
    3bc88e00000000020006004c004100420001000600440043003100040016006c00610062002e006500780061006d0070006c00650003001e006400
    630031002e006c00610062002e006500780061006d0070006c0065000700080064d60abd4579dd0106000400020000000800300030000000000000
    000000000000000000c94f48a22db9ea2abaaf60faaeab5e96c126cfbdb091d3efe5a59c98d2e33cf30a0010000000000000000000000000000000
    00000900280063006900660073002f006400630031002e006c00610062002e006500780061006d0070006c006500000000004c0041004200640069
    007300610062004300
    4c00490045004e00540049a0ba35d9d0f50da5096b91f97e4c95a312041001000000054936527440e42400000000";

const MORE: Status = Status::new(0xc000_0016, Some("STATUS_MORE_PROCESSING_REQUIRED"));

/// One exchange over one flow; packets come a millisecond apart.
struct Carrier {
    flow: Flow,
    out: Output,
    exchange: Exchange,
    now: Timestamp,
}

impl Carrier {
    fn new() -> Self {
        let end = |last, port| Endpoint {
            ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)),
            port,
            mac: None,
        };
        Self {
            flow: Flow {
                id: 1,
                transport: Transport::Tcp,
                client: end(50, 50_000),
                server: end(10, 445),
                tunnel: Tunnel::default(),
                capture: CaptureId(0),
                midstream: false,
            },
            out: Output::new(true),
            exchange: Exchange::default(),
            now: Timestamp::new(1_763_600_000, 0),
        }
    }

    fn with(mut self, direction: Direction, step: impl FnOnce(&mut Exchange, &mut Context<'_>)) -> Self {
        self.now = Timestamp(self.now.0 + 1_000_000);
        let mut context = Context::new(&self.flow, direction, self.now, FrameId::default(), &mut self.out);
        step(&mut self.exchange, &mut context.within("smb2"));
        self
    }

    fn up(self, token: &[u8]) -> Self {
        self.with(Direction::Up, |exchange, context| exchange.token(token, context))
    }

    fn down(self, token: &[u8], answer: &Answer) -> Self {
        self.with(Direction::Down, |exchange, context| {
            if !token.is_empty() {
                exchange.token(token, context);
            }
            exchange.answer(answer, context);
        })
    }

    fn finish(self) -> Vec<Activity> {
        let activities = self.with(Direction::Up, Exchange::finish).out.activities;
        activities.into_iter().map(|activity| *activity).collect()
    }

    fn names(&self) -> Vec<String> {
        let messages = self.out.messages.as_deref().unwrap_or_default();
        let name = |message: &crate::message::Message| format!("{} {}", message.protocol.name(), message.message);
        messages.iter().map(name).collect()
    }
}

fn failure(code: u32) -> Answer {
    Answer::Failure(Status::new(i64::from(code), None))
}

fn opened() -> Carrier {
    Carrier::new()
        .up(&unhex(NEGOTIATE))
        .down(&unhex(CHALLENGE), &Answer::Continue(MORE))
}

#[test]
fn every_token_is_a_message() {
    let carrier = opened().up(&unhex(AUTHENTICATE));
    assert_eq!(
        carrier.names(),
        [
            "spnego negTokenInit",
            "ntlm NEGOTIATE",
            "spnego negTokenResp",
            "ntlm CHALLENGE",
            "spnego negTokenResp",
            "ntlm AUTHENTICATE"
        ]
    );
    assert_eq!(
        carrier.exchange.identity().map(|identity| identity.account.as_str()),
        Some("disab")
    );
}

#[test]
fn a_refused_logon_says_who_where_and_why() {
    let activities = opened()
        .up(&unhex(AUTHENTICATE))
        .down(&[], &failure(0xc000_0072))
        .finish();
    let [logon] = activities.as_slice() else {
        panic!("{activities:?}")
    };
    assert_eq!(
        (logon.outcome, logon.action_type),
        (Outcome::Failure, Some("LogonFailed"))
    );
    assert_eq!(logon.failure_reason, Some(FailureReason::AccountDisabled));
    assert_eq!(
        (logon.time, logon.duration_us),
        (Timestamp::new(1_763_600_000, 3_000_000), Some(1000))
    );
    assert_eq!(logon.observed.account.as_deref(), Some("disab"));
    assert_eq!(logon.observed.domain.as_deref(), Some("LAB"));
    assert_eq!(logon.observed.workstation.as_deref(), Some("CLIENT"));
    assert_eq!(logon.observed.spn.as_deref(), Some("cifs/dc1.lab.example"));
    assert_eq!(logon.carrier.0.as_slice(), ["smb2"]);
    let details = serde_json::to_value(&logon.details).unwrap();
    assert_eq!(details["version"], 2);
    assert_eq!((&details["mic"], &details["mic_claimed"]), (&true.into(), &true.into()));
    assert_eq!(details["channel_bindings"], false);
    assert_eq!(details["dns_computer"], "dc1.lab.example");
    assert_eq!(details["os_version"], "6.1.0");
    assert_eq!(details["server_time"], "2026-11-20T23:20:32.229130Z");
    assert!(details.get("lm_present").is_none());
}

#[test]
fn spnego_speaks_where_the_carrier_ends_without_a_word() {
    let completed = unhex("a1073005a0030a0100");
    let activities = opened()
        .up(&unhex(AUTHENTICATE))
        .with(Direction::Down, |exchange, context| exchange.token(&completed, context))
        .finish();
    assert_eq!(activities[0].outcome, Outcome::Success);
    assert_eq!(opened().up(&unhex(AUTHENTICATE)).finish()[0].outcome, Outcome::Unknown);
}

#[test]
fn the_carriers_refusal_comes_last() {
    let completed = unhex("a1073005a0030a0100");
    let activities = opened()
        .up(&unhex(AUTHENTICATE))
        .down(&completed, &failure(0xc000_015b))
        .finish();
    assert_eq!(activities[0].outcome, Outcome::Failure);
    let rejected = unhex("a1073005a0030a0102");
    let activities = opened()
        .up(&unhex(AUTHENTICATE))
        .down(&rejected, &Answer::Continue(MORE))
        .finish();
    assert_eq!(activities[0].outcome, Outcome::Failure);
}

#[test]
fn attempts_follow_each_other() {
    let carrier = opened()
        .up(&unhex(AUTHENTICATE))
        .up(&unhex(AUTHENTICATE))
        .down(&[], &failure(0xc000_006a))
        .up(&unhex(NEGOTIATE))
        .down(&unhex(CHALLENGE), &Answer::Continue(MORE))
        .up(&unhex(AUTHENTICATE))
        .down(&[], &Answer::Success);
    let outcomes: Vec<_> = carrier.finish().iter().map(|logon| logon.outcome).collect();
    assert_eq!(outcomes, [Outcome::Unknown, Outcome::Failure, Outcome::Success]);
}

#[test]
fn an_opening_alone_is_an_attempt_only_where_it_was_refused() {
    assert!(opened().finish().is_empty());
    assert!(
        Carrier::new()
            .up(&unhex(NEGOTIATE))
            .down(&[], &Answer::Success)
            .finish()
            .is_empty()
    );
    let refused = Carrier::new()
        .up(&unhex(NEGOTIATE))
        .down(&[], &failure(0xc000_0022))
        .finish();
    assert_eq!((refused.len(), refused[0].outcome), (1, Outcome::Failure));
    assert_eq!(refused[0].observed.account, None);
}

#[test]
fn bare_responses() {
    let raw = Raw {
        account: "alice",
        domain: "LAB",
        lm: &[1; 24],
        nt: &[2; 24],
        challenge: Some(&[3; 8]),
    };
    let activities = Carrier::new()
        .with(Direction::Up, |exchange, context| exchange.raw_ntlm(&raw, context))
        .down(&[], &Answer::Success)
        .finish();
    assert_eq!(activities[0].details.get("version"), Some(&1_u8.into()));
    assert_eq!(activities[0].details.get("lm_present"), Some(&true.into()));
    let anonymous = Carrier::new()
        .with(Direction::Up, |exchange, context| {
            exchange.raw_ntlm(&Raw::default(), context);
        })
        .down(&[], &Answer::Success)
        .finish();
    assert_eq!(anonymous[0].details.get("anonymous"), Some(&true.into()));
    assert_eq!(anonymous[0].observed.account, None);
}

/// One element in DER.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let [.., high, length] = u32::try_from(body.len()).unwrap().to_be_bytes();
    let head: &[u8] = match body.len() {
        0..128 => &[tag, length],
        128..256 => &[tag, 0x81, length],
        _ => &[tag, 0x82, high, length],
    };
    [head, &body].concat()
}

/// An AP-REQ for `cifs/dc1` in the framing of RFC 4121 §4.1, asking for mutual authentication.
pub(crate) fn ap_req() -> Vec<u8> {
    let number = |tag, value| der(tag, &[&der(2, &[&[value]])]);
    let sealed = |tag| {
        der(
            tag,
            &[&der(
                0x30,
                &[&number(0xa0, 18), &number(0xa1, 3), &der(0xa2, &[&der(4, &[b"abc"])])],
            )],
        )
    };
    let names = der(0xa1, &[&der(0x30, &[&der(0x1b, &[b"cifs"]), &der(0x1b, &[b"dc1"])])]);
    let sname = der(0xa2, &[&der(0x30, &[&number(0xa0, 2), &names])]);
    let realm = der(0xa1, &[&der(0x1b, &[b"LAB.EXAMPLE"])]);
    let ticket = der(0x61, &[&der(0x30, &[&number(0xa0, 5), &realm, &sname, &sealed(0xa3)])]);
    let options = der(0xa2, &[&der(3, &[&[0, 0x20, 0, 0, 0]])]);
    let body = der(
        0x30,
        &[
            &number(0xa0, 5),
            &number(0xa1, 14),
            &options,
            &der(0xa3, &[&ticket]),
            &sealed(0xa4),
        ],
    );
    der(0x60, &[&unhex("06092a864886f712010202 0100"), &der(0x6e, &[&body])])
}

/// The answer to it.
pub(crate) const AP_REP: &str = "601e06092a864886f7120102020200 6f11 300f a003020105 a10302010f a2033001 00";

/// The same in a NegTokenInit that offers Kerberos first and NTLM second.
pub(crate) fn optimistic() -> Vec<u8> {
    let mechanisms = unhex("3017 06092a864886f712010202 060a2b06010401823702020a");
    let init = der(
        0x30,
        &[&der(0xa0, &[&mechanisms]), &der(0xa2, &[&der(4, &[&ap_req()])])],
    );
    der(0x60, &[&unhex("06062b0601050502"), &der(0xa0, &[&init])])
}

/// The answer of a service whose clock differs by more than five minutes.
fn krb_error() -> Vec<u8> {
    let number = |tag, value| der(tag, &[&der(2, &[&[value]])]);
    let stime = der(0xa4, &[&der(0x18, &[b"20261120232025Z"])]);
    let realm = der(0xa9, &[&der(0x1b, &[b"LAB.EXAMPLE"])]);
    let names = der(0xa1, &[&der(0x30, &[&der(0x1b, &[b"cifs"]), &der(0x1b, &[b"dc1"])])]);
    let sname = der(0xaa, &[&der(0x30, &[&number(0xa0, 2), &names])]);
    let numbers = [
        number(0xa0, 5),
        number(0xa1, 30),
        stime,
        number(0xa5, 3),
        number(0xa6, 37),
    ]
    .concat();
    let body = der(0x30, &[&numbers, &realm, &sname]);
    der(0x60, &[&unhex("06092a864886f712010202 0300"), &der(0x7e, &[&body])])
}

#[test]
fn a_ticket_is_known_by_its_hash() {
    let reply = unhex(AP_REP);
    let carrier = Carrier::new().up(&optimistic()).down(&reply, &Answer::Success);
    assert_eq!(carrier.names()[..2], ["spnego negTokenInit", "kerberos AP-REQ"]);
    let [logon] = carrier.finish().try_into().unwrap();
    assert_eq!((logon.outcome, logon.kind.name()), (Outcome::Success, "kerberos_ap"));
    assert_eq!(logon.observed.spn.as_deref(), Some("cifs/dc1"));
    let details = serde_json::to_value(&logon.details).unwrap();
    assert_eq!(
        (&details["ticket_etype"], &details["ticket_kvno"], &details["mutual"]),
        (&18.into(), &3.into(), &true.into())
    );
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // SHA-256 of abc
    assert_eq!(details["ticket_sha256"], hash);
}

#[test]
fn a_service_that_refuses_says_why() {
    let carrier = Carrier::new().up(&ap_req()).down(&krb_error(), &failure(0xc000_006d));
    assert_eq!(carrier.names(), ["kerberos AP-REQ", "kerberos KRB-ERROR"]);
    let logon = &carrier.finish()[0];
    assert_eq!(
        (logon.outcome, logon.failure_reason),
        (Outcome::Failure, Some(FailureReason::ClockSkew))
    );
    assert_eq!(logon.status.as_ref().map(|status| status.code), Some(37));
    assert_eq!(logon.details.get("carrier_status"), Some(&0xc000_006d_u32.into()));
    let retried = Carrier::new()
        .up(&ap_req())
        .down(&krb_error(), &Answer::Continue(MORE))
        .up(&ap_req());
    assert_eq!(retried.out.activities.len(), 1);
}

/// The server speaks NTLM alone: nobody looked at the ticket.
#[test]
fn a_ticket_that_was_not_asked_for_is_no_attempt() {
    let chosen = unhex("a1153013 a003 0a0101 a10c 060a2b06010401823702020a");
    let activities = Carrier::new()
        .up(&optimistic())
        .down(&chosen, &Answer::Continue(MORE))
        .up(&unhex(NEGOTIATE))
        .down(&unhex(CHALLENGE), &Answer::Continue(MORE))
        .up(&unhex(AUTHENTICATE))
        .down(&[], &Answer::Success)
        .finish();
    let kinds: Vec<_> = activities.iter().map(|activity| activity.kind.name()).collect();
    assert_eq!(kinds, ["ntlm_authenticate"]);
}

#[test]
fn what_was_offered_stands_beside_what_was_used() {
    let chosen = unhex("a1153013 a003 0a0101 a10c 060a2b06010401823702020a");
    let activities = Carrier::new()
        .up(&optimistic())
        .down(&chosen, &Answer::Continue(MORE))
        .up(&unhex(NEGOTIATE)[0x20..]) // bare
        .up(&unhex(AUTHENTICATE))
        .down(&[], &Answer::Success)
        .finish();
    let details = serde_json::to_value(&activities[0].details).unwrap();
    assert_eq!(details["mech_types"], serde_json::json!(["krb5", "ntlmssp"]));
    assert_eq!(details["mech_list_mic"], true);
    assert_eq!(
        (&details["response"], &details["key_exchange"]),
        (&"ntlmv2".into(), &true.into())
    );
}

/// Who relays hands the challenge of one server on as that of another: both logons show the same hash.
#[test]
fn a_challenge_that_is_used_twice_shows() {
    let hash = |challenge: &[u8]| {
        let logons = Carrier::new()
            .up(&unhex(NEGOTIATE))
            .down(challenge, &Answer::Continue(MORE))
            .up(&unhex(AUTHENTICATE))
            .down(&[], &Answer::Success)
            .finish();
        logons[0].details.get_text("challenge_sha256").map(str::to_owned)
    };
    let challenge = unhex(CHALLENGE);
    let mut other = challenge.clone();
    let at = other.windows(8).position(|window| window == b"NTLMSSP\0").unwrap();
    other[at + 24] ^= 1;
    assert!(hash(&challenge).is_some());
    assert_eq!(hash(&challenge), hash(&challenge));
    assert_ne!(hash(&challenge), hash(&other));
}

/// Somebody between client and server took the MIC away, which MsvAvFlags still promise.
#[test]
fn a_stripped_mic_is_told() {
    let mut token = unhex(AUTHENTICATE);
    let at = token.windows(8).position(|window| window == b"NTLMSSP\0").unwrap();
    let whole = opened().up(&token).down(&[], &Answer::Success).finish();
    assert_eq!(whole[0].details.get("mic_missing"), None);
    token[at + 72..at + 88].fill(0);
    let stripped = opened().up(&token).down(&[], &Answer::Success).finish();
    let details = &stripped[0].details;
    assert_eq!(details.get("mic_missing"), Some(&true.into()));
    assert_eq!(
        serde_json::to_value(details).unwrap()["av_flag_names"],
        serde_json::json!(["mic"])
    );
}

/// A logon of the vector `as_nonascii`, through a server that hands it on (draft-ietf-kitten-iakerb).
#[test]
fn a_logon_through_the_server_is_one_with_the_kdc() {
    let vector = include_str!("../kerberos/vectors/as_nonascii.hex");
    let mut messages = vector.lines().map(|line| unhex(&line[2..])[4..].to_vec());
    let (asked, granted) = (messages.next().unwrap(), messages.next().unwrap());
    let realm = der(0xa1, &[&der(0x0c, &[b"LAB.EXAMPLE"])]);
    let proxied = |message: &[u8]| {
        let oid = unhex("06062b0601050205");
        der(0x60, &[&oid, &[5, 1], &der(0x30, &[&realm]), message])
    };
    let carrier = Carrier::new()
        .up(&proxied(&asked))
        .down(&proxied(&granted), &Answer::Continue(MORE))
        .up(&ap_req())
        .down(&[], &Answer::Success);
    let names = carrier.names();
    assert_eq!(
        names,
        [
            "spnego IAKERB_PROXY",
            "kerberos AS-REQ",
            "spnego IAKERB_PROXY",
            "kerberos AS-REP",
            "kerberos AP-REQ"
        ]
    );
    let activities = carrier.finish();
    let told: Vec<_> = activities.iter().map(|told| (told.kind.name(), told.outcome)).collect();
    assert_eq!(
        told,
        [("kerberos_as", Outcome::Success), ("kerberos_ap", Outcome::Success)]
    );
    assert_eq!(activities[0].observed.account.as_deref(), Some("jürgen"));
    assert_eq!(activities[0].carrier.0.as_slice(), ["smb2", "iakerb"]);
}

/// A NEGOEX message: header, then what its type has.
fn negoex(kind: u8, sequence: u8, body: &[u8]) -> Vec<u8> {
    let number = |value: u8| [value, 0, 0, 0];
    let length = u32::try_from(40 + body.len()).unwrap().to_le_bytes();
    [
        b"NEGOEXTS".as_slice(),
        &number(kind),
        &number(sequence),
        &number(40),
        &length,
        &[0xc1; 16],
        body,
    ]
    .concat()
}

#[test]
fn negoex_says_its_roles_and_hands_on_tokens() {
    let schemes = [
        [7; 40].as_slice(), // Random and ProtocolVersion
        &[96, 0, 0, 0, 1, 0, 0, 0],
        &[0; 8],
        &[0xab; 16],
    ]
    .concat();
    let inner = ap_req();
    let length = u32::try_from(inner.len()).unwrap().to_le_bytes();
    let carried = [[0xab; 16].as_slice(), &[64, 0, 0, 0], &length, &inner].concat();
    let token = [
        negoex(0, 0, &schemes),
        negoex(5, 1, &carried),
        negoex(6, 2, &[0xab; 16]),
    ]
    .concat();
    let carrier = Carrier::new().up(&token).down(&[], &Answer::Success);
    assert_eq!(
        carrier.names(),
        [
            "spnego NEGOEX INITIATOR_NEGO",
            "spnego NEGOEX AP_REQUEST",
            "kerberos AP-REQ",
            "spnego NEGOEX VERIFY"
        ]
    );
    let messages = carrier.out.messages.as_deref().unwrap();
    let scheme = "abababab-abab-abab-abab-abababababab";
    assert_eq!(
        serde_json::to_value(&messages[0].fields).unwrap()["auth_schemes"],
        serde_json::json!([scheme])
    );
    assert_eq!(messages[1].fields.get_text("auth_scheme"), Some(scheme));
    assert_eq!(carrier.finish()[0].outcome, Outcome::Success);
    let cut = Carrier::new().up(&token[..token.len() - 1]);
    assert_eq!(cut.names().last().map(String::as_str), Some("spnego malformed"));
}

proptest! {
    #[test]
    fn no_carried_token_panics(kind in 0_u8..8, bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        Carrier::new().up(&negoex(kind, 0, &bytes)).finish();
        Carrier::new().up(&[&[5, 1], bytes.as_slice()].concat()).finish();
        Carrier::new().up(&[&[0, 0, 0x6a], bytes.as_slice()].concat()).finish();
    }

    #[test]
    fn no_token_panics(at in 0_usize..3, flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12), cut in any::<prop::sample::Index>()) {
        let mut token = unhex([NEGOTIATE, CHALLENGE, AUTHENTICATE][at]);
        for (index, byte) in flips {
            let index = index.index(token.len());
            token[index] = byte;
        }
        token.truncate(cut.index(token.len() + 1));
        opened().up(&token).down(&token, &Answer::Success).finish();
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        Carrier::new().up(&bytes).finish();
    }
}
