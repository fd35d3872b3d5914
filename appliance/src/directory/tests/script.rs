//! Controllers that do what is written down: what they are asked, and what they answer or break.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::{BIND, body, result, root_dse, value};

/// Connections that a controller takes.
const MOST: usize = 64;

/// Behind what is sent: the connection is closed then.
pub(in crate::directory) const CLOSES: &[u8] = b"<it closes the connection>";

/// What a controller is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::directory) enum Asked {
    Bind,
    Root,
    /// Where DirSync stands.
    Mark,
    /// A page of everything.
    Read,
    Describe,
    /// What has changed.
    Follow,
    Password,
    Other,
}

/// A request, with the octets of its LDAPMessage.
#[derive(Clone)]
pub(in crate::directory) struct Request {
    pub(in crate::directory) asked: Asked,
    /// It is about the Configuration partition.
    pub(in crate::directory) configuration: bool,
    body: Vec<u8>,
}

impl Request {
    fn new(body: Vec<u8>) -> Self {
        let has = |text: &str| body.windows(text.len()).any(|part| part == text.as_bytes());
        let asked = match () {
            () if body.get(3) == Some(&BIND) => Asked::Bind,
            () if has("defaultNamingContext") => Asked::Root,
            () if has("msDS-UserPasswordExpiryTimeComputed") => Asked::Password,
            () if has("dMD") => Asked::Mark,
            () if has("1.2.840.113556.1.4.841") => Asked::Follow,
            () if has("1.2.840.113556.1.4.319") => Asked::Read,
            () if has("1.2.840.113556.1.4.801") => Asked::Describe,
            () => Asked::Other,
        };
        Self {
            asked,
            configuration: asked != Asked::Root && has("CN=Configuration"),
            body,
        }
    }

    /// Whether it holds this text: a cookie, a filter's value.
    pub(in crate::directory) fn has(&self, text: &str) -> bool {
        self.body.windows(text.len()).any(|part| part == text.as_bytes())
    }

    /// An LDAPMessage in answer.
    pub(in crate::directory) fn message(&self, parts: &[&[u8]]) -> Vec<u8> {
        let id = self.body.get(2).copied().unwrap_or_default();
        value(0x30, &[&[2, 1, id], &parts.concat()])
    }

    /// The end of a search, or of a bind.
    pub(in crate::directory) fn done(&self, code: u8) -> Vec<u8> {
        let tag = if self.asked == Asked::Bind { 0x61 } else { 0x65 };
        self.message(&[&result(tag, code, "")])
    }

    /// The end of a search, with a control.
    pub(in crate::directory) fn done_with(&self, control: &str, content: &[u8]) -> Vec<u8> {
        let control = value(0x30, &[&value(4, &[control.as_bytes()]), &value(4, &[content])]);
        self.message(&[&result(0x65, 0, ""), &value(0xa0, &[&control])])
    }

    /// The end of an answer to DirSync, with the cookie to go on from.
    pub(in crate::directory) fn cookie(&self, cookie: &str) -> Vec<u8> {
        self.dirsync(0, cookie)
    }

    /// As that, of an answer that another one follows.
    pub(in crate::directory) fn more(&self, cookie: &str) -> Vec<u8> {
        self.dirsync(1, cookie)
    }

    fn dirsync(&self, more: u8, cookie: &str) -> Vec<u8> {
        let content = value(0x30, &[&[2, 1, more, 2, 1, 0], &value(4, &[cookie.as_bytes()])]);
        self.done_with("1.2.840.113556.1.4.841", &content)
    }

    /// The end of a page that another one follows.
    pub(in crate::directory) fn page(&self, cookie: &str) -> Vec<u8> {
        let content = value(0x30, &[&[2, 1, 0], &value(4, &[cookie.as_bytes()])]);
        self.done_with("1.2.840.113556.1.4.319", &content)
    }

    /// An entry: a user of this number and title.
    pub(in crate::directory) fn user(&self, number: u8, title: &str) -> Vec<u8> {
        let attribute = |name: &str, content: &[u8]| {
            value(
                0x30,
                &[&value(4, &[name.as_bytes()]), &value(0x31, &[&value(4, &[content])])],
            )
        };
        let attributes = [
            attribute("objectGUID", &[number; 16]),
            attribute("objectClass", b"user"),
            attribute("title", title.as_bytes()),
        ];
        let dn = format!("CN=user{number},DC=lab,DC=example");
        self.message(&[&value(
            0x64,
            &[&value(4, &[dn.as_bytes()]), &value(0x30, &[&attributes.concat()])],
        )])
    }

    /// An entry: an account's principal, and when its password ends.
    pub(in crate::directory) fn account(&self, principal: &str, ends: &str) -> Vec<u8> {
        let attribute = |(name, text): (&str, &str)| {
            let values = value(0x31, &[&value(4, &[text.as_bytes()])]);
            value(0x30, &[&value(4, &[name.as_bytes()]), &values])
        };
        let attributes = [
            ("userPrincipalName", principal),
            ("msDS-UserPasswordExpiryTimeComputed", ends),
        ];
        let attributes = attributes.map(attribute).concat();
        self.message(&[&value(0x64, &[&value(4, &[b"CN=a"]), &value(0x30, &[&attributes])])])
    }

    /// What a controller without any fault says: a domain of one user, with this title, and no news.
    pub(in crate::directory) fn sound(&self, title: &str) -> Vec<u8> {
        match self.asked {
            Asked::Root => {
                let root = root_dse(&[
                    ("defaultNamingContext", "DC=lab,DC=example"),
                    ("dsServiceName", "CN=NTDS Settings,CN=dc1"),
                ]);
                [self.message(&[&root]), self.done(0)].concat()
            }
            Asked::Mark => self.cookie("first"),
            Asked::Read if !self.configuration => [self.user(1, title), self.done(0)].concat(),
            Asked::Follow => self.cookie("next"),
            _ => self.done(0),
        }
    }
}

/// A controller at `address`, at a port of its own where that is 0; where the answer is none, it closes the connection. What it was asked
/// is written down.
pub(in crate::directory) fn scripted(
    address: Ipv4Addr,
    port: u16,
    answer: impl Fn(&Request) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> (u16, Arc<Mutex<Vec<Request>>>) {
    flooding(address, port, None, answer)
}

/// As [`scripted`]; but a search of this kind is answered with entries that have no end.
pub(in crate::directory) fn flooding(
    address: Ipv4Addr,
    port: u16,
    flood: Option<Asked>,
    answer: impl Fn(&Request) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> (u16, Arc<Mutex<Vec<Request>>>) {
    let listener = TcpListener::bind((IpAddr::from(address), port)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::<Mutex<Vec<Request>>>::default();
    let (answer, told) = (Arc::new(answer), Arc::clone(&heard));
    thread::spawn(move || {
        for stream in listener.incoming().take(MOST).flatten() {
            let (answer, heard) = (Arc::clone(&answer), Arc::clone(&heard));
            thread::spawn(move || serve(stream, flood, &*answer, &heard));
        }
    });
    (port, told)
}

fn serve(
    mut stream: TcpStream,
    flood: Option<Asked>,
    answer: &dyn Fn(&Request) -> Option<Vec<u8>>,
    heard: &Mutex<Vec<Request>>,
) {
    while let Some(body) = body(&mut stream) {
        let request = Request::new(body);
        heard.lock().unwrap().push(request.clone());
        let entry = request.user(1, "again");
        while flood == Some(request.asked) && stream.write_all(&entry).is_ok() {}
        let Some(bytes) = answer(&request) else { return };
        let last = bytes.strip_suffix(CLOSES);
        if stream.write_all(last.unwrap_or(&bytes)).is_err() || last.is_some() {
            return;
        }
    }
}

/// How often this was asked.
pub(in crate::directory) fn count(heard: &Mutex<Vec<Request>>, asked: Asked) -> usize {
    heard
        .lock()
        .unwrap()
        .iter()
        .filter(|request| request.asked == asked)
        .count()
}
