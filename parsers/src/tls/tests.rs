//! Hellos on any port, and what follows them.

use proptest::prelude::{any, prop, proptest};

use crate::testing::{Conversation, unhex};

/// A ClientHello of `openssl s_client -connect dc1:636 -servername dc1.lab.example`, shortened to two suites and three extensions.
fn client_hello() -> Vec<u8> {
    let name = b"dc1.lab.example";
    let mut extensions = unhex("0000 0014 0012 00 000f");
    extensions.extend(name);
    extensions.extend(unhex("0010 0007 0005 04 6c646170 002b 0007 06 0a0a 0304 0303"));
    let mut body = unhex("0303");
    body.extend([0x5a; 32]);
    body.extend(unhex("00 0004 1301 c02f 01 00"));
    body.extend((extensions.len() as u16).to_be_bytes());
    body.extend(&extensions);
    record(1, &body)
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut record = vec![22, 3, 1];
    record.extend((body.len() as u16 + 4).to_be_bytes());
    record.extend([kind, 0]);
    record.extend((body.len() as u16).to_be_bytes());
    record.extend(body);
    record
}

#[test]
fn hellos_are_read_and_the_rest_is_opaque() {
    let mut server = unhex("0303");
    server.extend([0x5b; 32]);
    server.extend(unhex("00 1301 00 0006 002b 0002 0304"));
    let said = Conversation::tcp(4711)
        .up(&client_hello())
        .down(&record(2, &server))
        .down(&unhex("1703030004deadbeef"))
        .up(&unhex("1703030004deadbeef"))
        .finish();
    assert_eq!(said.messages[0]["message"], "client_hello");
    assert_eq!(said.messages[0]["sni"], "dc1.lab.example");
    assert_eq!(
        (&said.messages[0]["alpn"], &said.messages[0]["version_name"]),
        (&"ldap".into(), &"TLS 1.3".into())
    );
    assert_eq!(
        (&said.messages[1]["version_name"], &said.messages[1]["cipher_suite"]),
        (&"TLS 1.3".into(), &0x1301.into())
    );
    assert_eq!(said.out.counters.opaque_bytes(), [("tls", 18)]);
}

#[test]
fn the_middle_of_a_connection() {
    let said = Conversation::tcp(636)
        .midstream()
        .up(&unhex("1703030004deadbeef 1703030004deadbeef"))
        .finish();
    assert_eq!(
        said.out.counters.opaque_bytes().last().map(|(reason, _)| *reason),
        Some("tls")
    );
    assert!(said.messages.is_empty());
}

proptest! {
    #[test]
    fn mutated_hellos_do_not_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut hello = client_hello();
        let at = at.index(hello.len());
        hello[at] = byte;
        hello.truncate(cut.index(hello.len() + 1));
        Conversation::tcp(636).up(&hello).finish();
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        Conversation::tcp(636).up(&record(1, &bytes)).down(&record(2, &bytes)).finish();
    }
}
