//! Remote Desktop servers by rustls, without a network: what they show, and how much is said until then.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion, version};

use super::{named, unhex};
use crate::lookup::{Conversation, Identity, Reason, RemoteDesktop, Turn};

/// RDP_NEG_RSP that selects PROTOCOL_HYBRID.
const CONFIRM: &str = "030000130ed000001234000201080002000000";

/// The certificate's names, and how the server speaks.
struct Server {
    common_name: &'static str,
    alternative: Option<&'static str>,
    versions: &'static [&'static SupportedProtocolVersion],
    retry: bool,
}

const NEW: &[&SupportedProtocolVersion] = &[&version::TLS13];
const OLD: &[&SupportedProtocolVersion] = &[&version::TLS12];
const BOTH: &[&SupportedProtocolVersion] = &[&version::TLS12, &version::TLS13];

const SERVER: Server = Server {
    common_name: "ws01.lab.example",
    alternative: None,
    versions: NEW,
    retry: false,
};

impl Server {
    fn start(&self) -> ServerConnection {
        let key = KeyPair::generate().unwrap();
        let mut names =
            CertificateParams::new(self.alternative.map(str::to_owned).into_iter().collect::<Vec<_>>()).unwrap();
        names.distinguished_name.push(DnType::CommonName, self.common_name);
        let certificate = names.self_signed(&key).unwrap();
        let mut provider: CryptoProvider = rustls::crypto::ring::default_provider();
        if self.retry {
            // No key is offered for this group at once.
            provider.kx_groups = vec![rustls::crypto::ring::kx_group::SECP384R1];
        }
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(self.versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        ServerConnection::new(Arc::new(config)).unwrap()
    }
}

/// What a conversation with `server` comes to, whose side is heard in pieces of `size`, and what was said after the request.
fn talk(server: &Server, size: usize) -> (Result<Identity, Reason>, Vec<Vec<u8>>) {
    converse(RemoteDesktop::new("10.77.0.50".parse().unwrap()), server, size)
}

fn converse(mut client: RemoteDesktop, server: &Server, size: usize) -> (Result<Identity, Reason>, Vec<Vec<u8>>) {
    let mut server = server.start();
    assert_eq!(client.open(), unhex("030000130ee00000000000 0100080003000000"));
    let (mut said, mut answer) = (Vec::new(), unhex(CONFIRM));
    for _ in 0..4 {
        for part in answer.chunks(size) {
            match client.handle(part) {
                Turn::Listen => {}
                Turn::Say(bytes) => said.push(bytes),
                Turn::Over(told) => return (told, said),
            }
        }
        let mut heard = said.last().unwrap().as_slice();
        while !heard.is_empty() {
            server.read_tls(&mut heard).unwrap();
        }
        let state = server.process_new_packets();
        answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).unwrap();
        }
        assert!(state.is_ok() || !answer.is_empty());
    }
    panic!("no end")
}

#[test]
fn the_certificate_names_the_host_and_one_hello_is_all_that_is_said() {
    for versions in [NEW, OLD, BOTH] {
        for size in [1, 7, 100_000] {
            let (told, said) = talk(&Server { versions, ..SERVER }, size);
            assert_eq!(told, named("ws01.lab.example", None), "{versions:?}");
            assert_eq!(said.len(), 1);
            // handshake, client_hello; and no server_name extension with a name in it
            assert_eq!((said[0][0], said[0][5]), (22, 1));
            assert!(!said[0].windows(4).any(|window| window == b"10.7"));
        }
    }
}

#[test]
fn an_older_server_shows_its_certificate_in_the_clear() {
    let server = Server {
        versions: OLD,
        ..SERVER
    };
    for size in [1, 7, 100_000] {
        let (told, said) = converse(RemoteDesktop::legacy([7; 32]), &server, size);
        assert_eq!((told, said.len()), (named("ws01.lab.example", None), 1));
    }
    // One that knows TLS 1.3 alone refuses it, and the other way round.
    let (told, _) = converse(RemoteDesktop::legacy([7; 32]), &SERVER, 4_096);
    assert!(matches!(told, Err(Reason::Unnamed(_))) && !RemoteDesktop::is_too_modern(&told));
}

#[test]
fn the_older_hello_is_one_record_with_one_message() {
    let mut client = RemoteDesktop::legacy([7; 32]);
    let Turn::Say(hello) = client.handle(&unhex(CONFIRM)) else {
        panic!("nothing is said")
    };
    let length = |at: usize| usize::from(hello[at]) << 8 | usize::from(hello[at + 1]);
    assert_eq!((&hello[..3], length(3)), (&[22, 3, 1][..], hello.len() - 5));
    assert_eq!((hello[5], length(7)), (1, hello.len() - 9));
    assert_eq!(hello[11..43], [7; 32]);
    assert_eq!(
        client.handle(&unhex("15030300020228")),
        Turn::Over(Err(Reason::Unnamed("it refuses every version and cipher suite of TLS")))
    );
}

#[test]
fn a_server_may_ask_for_another_hello() {
    let (told, said) = talk(&Server { retry: true, ..SERVER }, 100_000);
    assert_eq!((told, said.len()), (named("ws01.lab.example", None), 2));
}

#[test]
fn a_name_that_is_no_hosts_gives_way_to_the_next() {
    let server = Server {
        common_name: "Remote Desktop of somebody",
        alternative: Some("ws02.lab.example"),
        ..SERVER
    };
    assert_eq!(talk(&server, 4_096).0, named("ws02.lab.example", None));
    let nobody = Server {
        alternative: None,
        ..server
    };
    assert!(matches!(talk(&nobody, 4_096).0, Err(Reason::Unnamed(_))));
}

#[test]
fn refusals_have_their_reasons() {
    let told = |hex: &str| {
        let mut client = RemoteDesktop::new("10.77.0.50".parse().unwrap());
        client.handle(&unhex(hex))
    };
    let unnamed = |why| Turn::Over(Err(Reason::Unnamed(why)));
    assert_eq!(
        told("030000130ed00000123400 0300080002000000"),
        unnamed("SSL_NOT_ALLOWED_BY_SERVER")
    );
    assert_eq!(
        told("030000130ed00000123400 0200080000000000"),
        unnamed("it knows RDP's own security alone")
    );
    assert_eq!(
        told("0300000b06d00000123400"),
        unnamed("it knows RDP's own security alone")
    );
    assert_eq!(told("0300000b06d000"), Turn::Listen);
    for hex in [
        "16030100",
        "03000005",
        "0300ffff",
        "0300000b06e00000123400",
        "485454502f",
    ] {
        assert!(matches!(told(hex), Turn::Over(Err(Reason::Malformed(_)))), "{hex}");
    }
}

#[test]
fn a_server_that_refuses_tls_says_so_and_one_that_never_ends_is_left() {
    let mut client = RemoteDesktop::new("10.77.0.50".parse().unwrap());
    assert!(matches!(client.handle(&unhex(CONFIRM)), Turn::Say(_)));
    // alert, fatal, protocol_version
    let refused = client.handle(&unhex("15030300020246"));
    let Turn::Over(refused) = refused else {
        panic!("it goes on")
    };
    assert_eq!(refused, Err(Reason::Unnamed("it speaks no TLS of today")));
    assert!(RemoteDesktop::is_too_modern(&refused) && !RemoteDesktop::is_too_modern(&Err(Reason::Silent)));
    for client in [
        RemoteDesktop::new("10.77.0.50".parse().unwrap()),
        RemoteDesktop::legacy([7; 32]),
    ] {
        never_ends(client);
    }
}

fn never_ends(mut client: RemoteDesktop) {
    assert!(matches!(client.handle(&unhex(CONFIRM)), Turn::Say(_)));
    // A handshake message that is said to be sixteen megabytes long, and comes a record at a time.
    let head = unhex("160303400002ffffff");
    let turns = std::iter::repeat_with(|| client.handle(&[head.clone(), vec![0; 0x3ffc]].concat()));
    assert!(
        turns
            .take(8)
            .any(|turn| matches!(turn, Turn::Over(Err(Reason::Malformed(_)))))
    );
}
