//! The listeners from their configuration to their threads: what is opened while there are rights to, and what a reload keeps.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use capture::CaptureId;
use capture::source::live;
use crossbeam_channel::Sender;

use super::board::Board;
use super::clients::Clients;
use super::config::{EventsConfig, Places, RadiusConfig};
use super::post::Letter;
use super::radius::Accounting;
use super::remembered::{Remembered, remembered};
use super::revocation::Revocation;
use super::sockets::Sockets;
use super::syslog::{self, Syslog};
use super::tls::Door;
use super::wef::{self, Wef};
use crate::exit::Failure;
use crate::health::Shed;
use crate::health::snapshot::{Listener, Revoked};

/// What activities of each listener are told to come from, in the order of their numbers behind the interfaces'.
pub(crate) const NAMES: [&str; 3] = ["radius", "syslog", "wef"];

/// A listener's thread, before it runs.
pub(crate) struct Station {
    pub(crate) name: &'static str,
    run: Box<dyn FnOnce(&Office) + Send>,
}

/// What a listener works with.
pub(crate) struct Office {
    /// Set when it is to stop.
    pub(crate) stop: Arc<AtomicBool>,
    /// Where its letters go.
    pub(crate) post: Sender<Letter>,
}

impl Station {
    /// A thread called `name` that runs `body`.
    pub(crate) fn new(name: &'static str, body: impl FnOnce(&Office) + Send + 'static) -> Self {
        Self {
            name,
            run: Box::new(body),
        }
    }

    /// Works until it is told to stop.
    pub(crate) fn run(self, office: &Office) {
        (self.run)(office);
    }
}

/// Every listener's sockets, as one generation leaves them to the next.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    radius: Option<Sockets>,
    syslog: Option<Sockets>,
    wef: Option<Sockets>,
}

/// The listeners that are configured, opened.
#[derive(Default)]
pub(crate) struct Listeners {
    radius: Option<Open<Radius>>,
    syslog: Option<Open<Option<Door>>>,
    wef: Option<Open<wef::Parts>>,
    config: EventsConfig,
}

/// What answering takes.
struct Radius {
    clients: Arc<Clients>,
    /// Requests that an earlier run has stored.
    remembered: Vec<Remembered>,
}

/// One of them.
struct Open<W> {
    /// None where they cannot be opened, which is told.
    sockets: Option<Sockets>,
    with: W,
    board: Board,
}

impl Listeners {
    /// Opens what is configured, or goes on with `kept`; `spool` tells which requests are stored already. A place that is taken is
    /// told, and no reason to see nothing.
    ///
    /// # Errors
    /// A secret or a certificate cannot be read.
    pub(crate) fn open(
        radius: &RadiusConfig,
        events: &EventsConfig,
        spool: &Path,
        kept: Kept,
    ) -> Result<Self, Failure> {
        let mut listeners = Self {
            config: events.clone(),
            ..Self::default()
        };
        let places = radius.places();
        if !places.is_empty() {
            let with = Radius {
                clients: Arc::new(Clients::read(radius)?),
                remembered: remembered(spool),
            };
            listeners.radius = Some(Open::new("radius", &places, kept.radius, with));
        }
        let places = events.syslog.places();
        if !places.is_empty() {
            let with = syslog::door(&events.syslog)?;
            listeners.syslog = Some(Open::new("syslog", &places, kept.syslog, with));
        }
        let places = events.wef.places();
        if !places.is_empty() {
            let with = wef::Parts::open(&events.wef, spool)?;
            listeners.wef = Some(Open::new("wef", &places, kept.wef, with));
        }
        Ok(listeners)
    }

    /// Their threads. `first` is the number of the first of [`NAMES`].
    pub(crate) fn stations(&self, first: u16, shed: &Shed) -> std::io::Result<Vec<Station>> {
        let mut stations = Vec::new();
        if let Some((open, sockets)) = self.radius.as_ref().and_then(Open::sockets) {
            let (clients, remembered) = (Arc::clone(&open.with.clients), open.with.remembered.clone());
            let accounting = Accounting::new(sockets?, clients, remembered, CaptureId(first), open.board.clone())?;
            stations.push(Station::new("radius", move |office| accounting.run(office)));
        }
        if let Some((open, sockets)) = self.syslog.as_ref().and_then(Open::sockets) {
            let (capture, door) = (CaptureId(first.saturating_add(1)), open.with.clone());
            let (shed, board) = (shed.clone(), open.board.clone());
            let syslog = Syslog::new(sockets?, door, self.config.syslog.clone(), capture, shed, board)?;
            stations.push(Station::new("syslog", move |office| syslog.run(office)));
        }
        if let Some((open, sockets)) = self.wef.as_ref().and_then(Open::sockets) {
            let (capture, config) = (CaptureId(first.saturating_add(2)), self.config.wef.clone());
            let wef = Wef::new(sockets?, &open.with, config, capture, shed.clone(), open.board.clone())?;
            stations.push(Station::new("wef", move |office| wef.run(office)));
        }
        Ok(stations)
    }

    /// What they show of themselves.
    pub(crate) fn shown(&self) -> Vec<Listener> {
        let radius = self.radius.as_ref().map(|open| open.board.read());
        let syslog = self.syslog.as_ref().map(|open| Listener {
            silent_minutes: self.config.syslog.silent_minutes,
            flood_per_second: self.config.syslog.flood_per_second,
            revocation: open.with.as_ref().and_then(|door| told(door.revocation.as_deref())),
            ..open.board.read()
        });
        let wef = self.wef.as_ref().map(|open| Listener {
            silent_minutes: self.config.wef.silent_minutes,
            flood_per_second: self.config.wef.flood_per_second,
            revocation: told(open.with.revocation().as_deref()),
            ..open.board.read()
        });
        radius.into_iter().chain(syslog).chain(wef).collect()
    }

    /// What the next generation may go on with.
    pub(crate) fn keep(self) -> Kept {
        Kept {
            radius: self.radius.and_then(|open| open.sockets),
            syslog: self.syslog.and_then(|open| open.sockets),
            wef: self.wef.and_then(|open| open.sockets),
        }
    }
}

/// What is wrong with lists of revoked certificates; files that have changed are read again.
fn told(revocation: Option<&Revocation>) -> Option<Revoked> {
    let revocation = revocation?;
    let troubles = revocation.look(live::now()).into_iter();
    let troubles: Vec<_> = troubles
        .map(|(path, what)| format!("{}: {what}", path.display()))
        .collect();
    (!troubles.is_empty()).then(|| Revoked {
        troubles,
        consequence: revocation.consequence().to_owned(),
    })
}

impl<W> Open<W> {
    fn new(name: &str, places: &Places, kept: Option<Sockets>, with: W) -> Self {
        let kept = kept.filter(|kept| kept.places == *places);
        let (sockets, stopped) = match kept.map_or_else(|| Sockets::open(places), Ok) {
            Ok(sockets) => {
                tracing::info!("{name}: listening at {}", sockets.names().join(", "));
                (Some(sockets), None)
            }
            Err(what) => {
                tracing::error!(
                    "{name}: {what}; nothing is heard there; see whether the address is this host's and another process has the port, then reload"
                );
                (None, Some(what))
            }
        };
        let board = Board::default();
        board.publish(Listener {
            name: name.to_owned(),
            places: sockets.as_ref().map(Sockets::names).unwrap_or_default(),
            stopped,
            ..Listener::default()
        });
        Self { sockets, with, board }
    }

    fn sockets(&self) -> Option<(&Self, std::io::Result<Sockets>)> {
        Some((self, self.sockets.as_ref()?.share()))
    }
}
