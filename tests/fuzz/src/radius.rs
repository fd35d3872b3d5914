//! The RADIUS accounting server: from a datagram to an activity and to the answer that is proven, whatever comes when.

use std::net::SocketAddr;

use capture::{CaptureId, Timestamp};
use md5::{Digest, Md5};
use parsers::activity::Kind;
use parsers::radius::server::{Answer, Client, Heard, Refusal, Request, Server};
use zeroize::Zeroizing;

use crate::read::json;

const SECRET: &[u8] = b"xyzzy5461";

/// Octets before the attributes (RFC 2865 §3).
const HEADER: usize = 20;

/// A run of datagrams: each is told by an octet of flags and one of length, and the octets that follow. With the lowest flag they are
/// attributes, signed with the secret; without it they are the datagram. The others say whether it comes again, is lost, or has waited.
pub(crate) fn server(data: &[u8]) {
    let mut server = Server::new(at(1_813), CaptureId(0));
    let client = Client {
        secret: Zeroizing::new(SECRET.to_vec()),
        require_message_authenticator: false,
    };
    let (mut rest, mut waiting, mut number) = (data, Vec::new(), 0_u16);
    while let Some(([flags, length], behind)) = rest.split_first_chunk::<2>() {
        let (body, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        rest = behind;
        number += 1;
        let now = Timestamp::new(1_795_170_000 + i64::from(number) * i64::from(flags >> 4), 0);
        let datagram = match flags & 1 {
            0 => body.to_vec(),
            _ => signed(u8::try_from(number & 3).unwrap_or_default(), body),
        };
        let from = at(40_000 + (u16::from(*flags >> 1) & 1));
        unknown(&mut server, &datagram, from, now);
        if let Some(request) = heard(&mut server, &client, &datagram, from, now) {
            waiting.push(request);
        }
        assert_eq!(server.waiting(), waiting.len());
        if flags & 4 != 0
            && let Some(request) = waiting.pop()
        {
            match flags & 8 {
                0 => server.stored(request),
                _ => server.lost(request),
            }
        }
        answers(&mut server);
    }
    waiting.into_iter().for_each(|request| server.stored(request));
    answers(&mut server);
    assert_eq!(server.waiting(), 0);
}

/// The request whose session is to be stored. The same datagram once more is the same request, and no second session.
fn heard(server: &mut Server, client: &Client, datagram: &[u8], from: SocketAddr, now: Timestamp) -> Option<Request> {
    let Heard::Session(request, session) = server.handle_datagram(datagram, from, Some(client), now) else {
        return None;
    };
    assert_eq!(session.kind, Kind::VpnConnection);
    assert_eq!(session.details.get_text("request_id"), Some(request.id().as_str()));
    assert_eq!(Request::parse(&request.id()), Some(request));
    let told = json(&session, |_| ());
    let secret = String::from_utf8_lossy(SECRET);
    assert!(datagram.windows(SECRET.len()).any(|part| part == SECRET) || !told.contains(&*secret));
    let again = server.handle_datagram(datagram, from, Some(client), now);
    assert!(
        matches!(again, Heard::Again),
        "one request gave two sessions: {again:?}"
    );
    Some(request)
}

/// Nobody is believed who is not known, and nobody with another secret.
fn unknown(server: &mut Server, datagram: &[u8], from: SocketAddr, now: Timestamp) {
    let heard = server.handle_datagram(datagram, from, None, now);
    assert!(matches!(heard, Heard::Refused(Refusal::Client)), "{heard:?}");
    let other = Client {
        secret: Zeroizing::new(b"another".to_vec()),
        require_message_authenticator: false,
    };
    let heard = server.handle_datagram(datagram, from, Some(&other), now);
    assert!(matches!(heard, Heard::Refused(_)), "{heard:?}");
}

/// Each answer is whole and no longer than a packet may be, and no more come than were asked for.
fn answers(server: &mut Server) {
    let mut count = 0;
    while let Some(Answer { to, bytes }) = server.poll_answer() {
        count += 1;
        assert!(count < 1_000 && to.port() >= 40_000);
        let length = bytes.get(2..).and_then(|rest| rest.first_chunk::<2>());
        let length = length.map(|length| usize::from(u16::from_be_bytes(*length)));
        assert!(length == Some(bytes.len()) && (HEADER..=4_096).contains(&bytes.len()));
    }
}

/// An Accounting-Request of `attributes` (RFC 2866 §3).
fn signed(identifier: u8, attributes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(HEADER + attributes.len())
        .unwrap_or_default()
        .to_be_bytes();
    let head = [4, identifier, length[0], length[1]];
    let mut hasher = Md5::new();
    for part in [&head[..], &[0; 16], attributes, SECRET] {
        hasher.update(part);
    }
    [&head[..], &hasher.finalize(), attributes].concat()
}

fn at(port: u16) -> SocketAddr {
    ([10, 77, 0, 80], port).into()
}
