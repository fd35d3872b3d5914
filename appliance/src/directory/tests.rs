//! A domain whose controller is written down here, on loopback: what a real one does when it fails.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use super::config::{Config, CredentialConfig, DomainConfig, Transport};
use super::connection::Source;
use super::credentials::Credentials;
use super::domain::{Domain, domain_of};
use super::folder::Folder;
use super::notice::Notice;
use super::status::DomainStatus;
use super::trouble::{Kind, Trouble};

mod failover;
mod garbage;
mod halves;
mod rounds;
pub(in crate::directory) mod script;
mod silence;

/// What it does with a request, by the tag of its operation and its number; none closes the connection.
trait Answer: Fn(u8, u8) -> Option<Vec<u8>> + Clone + Send + 'static {}

impl<F: Fn(u8, u8) -> Option<Vec<u8>> + Clone + Send + 'static> Answer for F {}

const BIND: u8 = 0x60;

/// A controller that answers so, `most` times for each connection.
fn controller(most: usize, answer: impl Answer) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().take(4).flatten() {
            let answer = answer.clone();
            thread::spawn(move || serve(stream, most, &answer));
        }
    });
    port
}

fn serve(mut stream: TcpStream, most: usize, answer: &impl Answer) {
    for _ in 0..most {
        let Some((id, operation)) = request(&mut stream) else {
            return;
        };
        let Some(bytes) = answer(operation, id) else { return };
        if stream.write_all(&bytes).is_err() {
            return;
        }
    }
}

/// LDAPMessage ::= SEQUENCE { messageID, protocolOp … }, of less than 128 messages.
fn request(stream: &mut TcpStream) -> Option<(u8, u8)> {
    let body = body(stream)?;
    Some((body[2], body[3]))
}

fn body(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let mut length = usize::from(head[1]);
    if length > 0x80 {
        let mut octets = vec![0; length & 0x7f];
        stream.read_exact(&mut octets).ok()?;
        length = octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(body)
}

fn message(id: u8, operation: &[u8]) -> Vec<u8> {
    let mut message = vec![0x30, 3 + operation.len() as u8, 2, 1, id];
    message.extend_from_slice(operation);
    message
}

fn result(tag: u8, code: u8, text: &str) -> Vec<u8> {
    let mut operation = vec![tag, 7 + text.len() as u8, 10, 1, code, 4, 0, 4, text.len() as u8];
    operation.extend_from_slice(text.as_bytes());
    operation
}

/// A value of BER, its length in two octets.
fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let [high, low] = (body.len() as u16).to_be_bytes();
    [&[tag, 0x82, high, low], body.as_slice()].concat()
}

/// SearchResultEntry of the rootDSE (RFC 4511 §4.5.2).
fn root_dse(names: &[(&str, &str)]) -> Vec<u8> {
    let attribute = |(name, text): &(&str, &str)| {
        let values = value(0x31, &[&value(4, &[text.as_bytes()])]);
        value(0x30, &[&value(4, &[name.as_bytes()]), &values])
    };
    let attributes: Vec<u8> = names.iter().flat_map(attribute).collect();
    value(0x64, &[&value(4, &[]), &value(0x30, &[&attributes])])
}

fn round(port: u16, password: &str) -> (Result<u64, Trouble>, DomainStatus) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, password).unwrap();
    let config = config(folder.path(), port);
    let mut domain = Domain::new(&config.domains[0], &config, Vec::new());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let outcome = domain.round_on(&runtime, &Folder::new(&config), &mut |_, _| true);
    (outcome.trouble.map_or(Ok(outcome.entries), Err), domain.status)
}

pub(in crate::directory) fn config(folder: &Path, port: u16) -> Config {
    Config {
        folder: folder.join("kept"),
        domains: vec![DomainConfig {
            name: "lab.example".into(),
            controllers: vec!["127.0.0.1".into()],
            transport: Transport::Plain,
            port: Some(port),
            ca: None,
            allow_plain: true,
            dirsync: true,
            global_catalogs: Vec::new(),
            global_catalog_port: None,
            candidate: true,
        }],
        credentials: vec![CredentialConfig {
            domain: "lab.example".into(),
            user: "adtap@lab.example".into(),
            password_file: Some(folder.join("password")),
            credential: None,
            keytab: None,
        }],
        full_read_connections: 1, // each question is asked once, in this order
        ..Config::default()
    }
}

fn kind(outcome: Result<u64, Trouble>) -> Kind {
    outcome.unwrap_err().kind
}

#[test]
fn a_refused_password_is_told_as_such() {
    let port = controller(9, |_, id| {
        Some(message(id, &result(0x61, 49, "80090308: error, data 532, v4563")))
    });
    let (outcome, status) = round(port, "wrong");
    assert_eq!(kind(outcome), Kind::PasswordExpired);
    assert_eq!(
        (status.trouble, status.failures, status.unreachable.len()),
        (Some(Kind::PasswordExpired), 1, 0)
    );
}

#[test]
fn garbage_is_trouble_and_no_panic() {
    // Whatever it is taken for: it ends, since the controller then goes away.
    for garbage in [
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 1][..],
        &[0; 64],
        &[0x30, 8, 2, 1, 1, 0x64, 3, 4, 1, 0xff],
        &[0x30, 5, 2, 1, 1, 0x61, 0],
        &[0x30, 7, 2, 1, 2, 0x65, 2, 5, 0],
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ] {
        let port = controller(1, move |_, _| Some(garbage.to_vec()));
        let (outcome, status) = round(port, "password");
        assert!(outcome.is_err());
        assert!(status.error.is_some());
    }
}

#[test]
fn a_connection_that_drops_amid_an_answer_is_unreachable() {
    let port = controller(9, |operation, id| match operation {
        BIND => Some(message(id, &result(0x61, 0, ""))),
        _ => None,
    });
    let (outcome, _) = round(port, "password");
    assert_eq!(kind(outcome), Kind::Unreachable);
}

#[test]
fn whoever_is_no_controller_is_refused() {
    let port = controller(9, |operation, id| match operation {
        BIND => Some(message(id, &result(0x61, 0, ""))),
        _ => Some(message(id, &result(0x65, 0, ""))),
    });
    let (outcome, _) = round(port, "password");
    let trouble = outcome.unwrap_err();
    assert!(trouble.what.contains("it is no domain controller"), "{trouble}");
}

#[test]
fn a_referral_leads_nowhere() {
    let port = controller(9, |operation, id| {
        let answer = |operation: &[u8]| value(0x30, &[&[2, 1, id], operation]);
        let reference = answer(&value(
            0x73,
            &[&value(4, &[b"ldap://dc9.other.example/DC=other,DC=example"])],
        ));
        let root = answer(&root_dse(&[("defaultNamingContext", "DC=lab,DC=example")]));
        let done = |code| answer(&result(0x65, code, ""));
        Some(match (operation, id) {
            (BIND, _) => answer(&result(0x61, 0, "")),
            (_, 2) => [reference, root, done(0)].concat(),
            _ => [reference, done(10)].concat(),
        })
    });
    let (outcome, status) = round(port, "password");
    let trouble = outcome.unwrap_err();
    assert!(trouble.what.contains("10 (referral)"), "{trouble}");
    assert_eq!((trouble.kind, status.objects), (Kind::Refused, 0));
}

#[test]
fn nobody_there_is_told_of_each_controller() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (outcome, status) = round(port, "password");
    assert_eq!(kind(outcome), Kind::Unreachable);
    assert_eq!(status.unreachable[0].controller, "127.0.0.1");
}

#[test]
fn a_domain_is_named_by_its_dn() {
    assert_eq!(domain_of("DC=Lab, DC=example"), "lab.example");
    assert_eq!(domain_of("CN=Configuration,DC=lab,DC=example"), "lab.example");
}

#[test]
fn a_global_catalog_stands_in_for_controllers_that_do_not_answer() {
    let catalog = controller(9, |operation, id| {
        let answer = |operation: &[u8]| value(0x30, &[&[2, 1, id], operation]);
        let root = root_dse(&[
            ("defaultNamingContext", "DC=example"),
            ("dsServiceName", "CN=NTDS Settings"),
        ]);
        Some(match (operation, id) {
            (BIND, _) => answer(&result(0x61, 0, "")),
            (_, 2) => [answer(&root), answer(&result(0x65, 0, ""))].concat(),
            _ => answer(&result(0x65, 0, "")),
        })
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "password").unwrap();
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut config = config(folder.path(), nobody);
    config.domains[0].global_catalogs = vec!["127.0.0.1".into()];
    config.domains[0].global_catalog_port = Some(catalog);
    let mut domain = Domain::new(&config.domains[0], &config, Vec::new());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let round = domain.round_on(&runtime, &Folder::new(&config), &mut |_, _| true);
    assert_eq!((round.trouble, round.read), (None, true), "everything was read");
    let status = &domain.status;
    assert_eq!(
        (status.partial, status.method.as_str(), status.unreachable.len()),
        (true, "usnchanged", 1)
    );
}

/// Listens to a controller that answers the standing search so, until `until`.
fn listened(answer: fn(u8) -> Vec<u8>, until: fn(&Notice) -> bool) -> Notice {
    let port = controller(9, move |operation, id| match operation {
        BIND => Some(message(id, &result(0x61, 0, ""))),
        _ => Some(answer(id)),
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "password").unwrap();
    let config = config(folder.path(), port);
    let mut accounts = Credentials::new(&config.credentials).accounts("lab.example").unwrap();
    let source = Source {
        config: config.domains[0].clone(),
        host: "127.0.0.1".into(),
        address: Some((Ipv4Addr::LOCALHOST, port).into()),
        account: accounts.remove(0),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let notice = Notice::listen(source, "DC=lab,DC=example".into());
        let heard = async {
            while !until(&notice) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), heard)
            .await
            .unwrap();
        notice
    })
}

#[test]
fn a_controller_that_tells_of_a_change_is_heard_once() {
    let told = |id: u8| {
        value(
            0x30,
            &[&[2, 1, id], &value(0x64, &[&value(4, &[b"CN=a"]), &value(0x30, &[])])],
        )
    };
    let notice = listened(told, Notice::is_waiting);
    assert!(notice.take() && !notice.take());
    assert_eq!(notice.refused(), None);
}

#[test]
fn a_controller_that_does_not_tell_is_left_alone_and_says_why() {
    let notice = listened(
        |id| message(id, &result(0x65, 53, "no")),
        |notice| notice.refused().is_some(),
    );
    let why = "127.0.0.1: it is not willing, or has too many already (result code 53, no)";
    assert_eq!(notice.refused().as_deref(), Some(why));
    assert!(
        !notice.is_waiting() && !notice.is_over(),
        "it is not asked again at once"
    );
}
