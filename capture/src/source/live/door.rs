//! The way to an interface's rings, at the start and whenever the interface comes back.
//!
//! The rings of an interface are a group: they are opened together, in the order of the workers, and they die together when the interface goes.
//! The first worker that finds its ring dead has a thread open a new generation for all, since the kernel takes its time and other interfaces go on;
//! every worker finds its ring waiting then. Nothing here is touched while frames arrive.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use libc::sock_filter;

use super::error::OpenError;
use super::ring::Ring;
use crate::config::Interface;
use crate::interface::link::Links;
use crate::source::tpacket;

/// How often the interface is looked for while it is gone.
const PATIENCE: Duration = Duration::from_millis(200);

/// An interface's door.
#[derive(Debug)]
pub(super) struct Door {
    interface: Interface,
    workers: u8,
    filter: Vec<sock_filter>,
    rings: Mutex<Waiting>,
}

/// Rings that were opened and not yet fetched.
#[derive(Default)]
struct Waiting {
    generation: u64,
    /// By worker.
    rings: Vec<Option<Box<dyn Ring>>>,
    tried: Option<Instant>,
    /// A thread is at it.
    opening: bool,
    /// Why frames are not filtered in the kernel.
    refused: Option<io::Error>,
    /// Why frames do not bear the NIC's time.
    untimed: Option<String>,
}

impl Door {
    /// Opens the rings of `interface` for the first time.
    pub(super) fn open(interface: &Interface, workers: u8, filter: &[sock_filter]) -> Result<Arc<Self>, OpenError> {
        let door = Self {
            interface: interface.clone(),
            workers,
            filter: filter.to_vec(),
            rings: Mutex::default(),
        };
        let opened = door.rings()?;
        door.lock().fill(opened);
        Ok(Arc::new(door))
    }

    /// What is not as it was asked for, in sentences.
    pub(super) fn notes(&self) -> Vec<String> {
        let name = &self.interface.name;
        let refused = self.lock().refused.take();
        let note = refused.map(|error| format!("{name}: the kernel refuses the filter ({error}), so every frame is taken and sorted here; raise net.core.optmem_max, or name fewer controllers"));
        let untimed = self.lock().untimed.take();
        let untimed = untimed
            .map(|why| format!("{name}: hardware timestamps are not to be had: {why}; frames bear the kernel's time"));
        note.into_iter().chain(untimed).collect()
    }

    /// The ring of `worker`, if there is one of a later generation than `seen`; has one opened when there is none and it is time to try.
    pub(super) fn fetch(self: &Arc<Self>, worker: u8, seen: &mut u64) -> Option<Box<dyn Ring>> {
        let mut waiting = self.lock();
        if waiting.generation == *seen {
            self.retry(&mut waiting);
        }
        let ring = waiting.rings.get_mut(usize::from(worker)).and_then(Option::take);
        if ring.is_some() {
            *seen = waiting.generation;
        }
        ring
    }

    /// Closes a ring without waiting until the kernel is done with it.
    pub(super) fn close(ring: Box<dyn Ring>) {
        // Where there is no thread to be had it is closed here.
        let _ = thread::Builder::new()
            .name("close".to_owned())
            .spawn(move || drop(ring));
    }

    fn retry(self: &Arc<Self>, waiting: &mut Waiting) {
        if waiting.opening || waiting.tried.is_some_and(|tried| tried.elapsed() < PATIENCE) {
            return;
        }
        waiting.tried = Some(Instant::now());
        let door = Arc::clone(self);
        let thread = thread::Builder::new().name("reopen".to_owned());
        waiting.opening = thread.spawn(move || door.reopen()).is_ok();
    }

    fn reopen(&self) {
        let opened = self.rings();
        let mut waiting = self.lock();
        waiting.opening = false;
        // Why it fails is told by the state of the interface.
        if let Ok(opened) = opened {
            waiting.fill(opened);
        }
    }

    fn rings(&self) -> Result<tpacket::Opened, OpenError> {
        let index = self.index()?;
        tpacket::open(&self.interface, index, self.workers, &self.filter)
            .map_err(|source| OpenError::new(&self.interface, self.workers, source))
    }

    /// The interface's number, if it is there, up, and Ethernet.
    fn index(&self) -> Result<u32, OpenError> {
        let interface = self.interface.name.clone();
        let link = Links::open().and_then(|mut links| links.look(&interface));
        match link {
            Ok(link) if !link.is_ethernet() => Err(OpenError::NotEthernet {
                interface,
                hardware: link.hardware,
            }),
            Ok(link) if !link.is_up() => Err(OpenError::Down { interface }),
            Ok(link) => Ok(link.index),
            Err(source) => Err(OpenError::new(&self.interface, self.workers, source)),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn fill(&mut self, opened: tpacket::Opened) {
        self.generation += 1;
        let rings = opened.rings.into_iter();
        self.rings = rings.map(|ring| Some(Box::new(ring) as Box<dyn Ring>)).collect();
        self.refused = opened.refused;
        self.untimed = opened.untimed.map(|refused| refused.to_string());
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "generation {}", self.generation)
    }
}
