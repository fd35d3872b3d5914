//! The program on its interface, which the rings of all its queues share.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::Judge;
use super::bpf::{Attach, CounterMap, ElephantMap, Link, Program, SocketMap};
use super::error::{Error, Trouble};
use super::program::{self, Counter, Maps};
use super::promiscuous::Promiscuous;
use super::shape;
use crate::config::Interface;

/// The loaded program with its maps. These outlive the interface: one that returns is attached again without the privilege to load.
#[derive(Debug)]
pub(super) struct Attachment {
    interface: String,
    promiscuous: bool,
    places: &'static [Attach],
    queues: u32,
    sockets: SocketMap,
    counters: CounterMap,
    elephants: Option<Arc<ElephantMap>>,
    program: Program,
    active: Mutex<Active>,
}

/// Which time it was that the program was attached, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Turn(u32);

/// What lasts while the interface does.
#[derive(Debug, Default)]
struct Active {
    turn: Turn,
    link: Option<(Link, Attach)>,
    _promiscuous: Option<Promiscuous>,
}

impl Attachment {
    /// Loads the program for `queues` queues of the interface.
    pub(super) fn load(
        interface: &Interface,
        queues: u32,
        judge: Judge<'_>,
        places: &'static [Attach],
    ) -> Result<Self, Error> {
        let name = &interface.name;
        let at = |step| move |cause| Error::new(name, Trouble::of(step, cause));
        let sockets = SocketMap::new(queues).map_err(at("its map of sockets"))?;
        let counters = CounterMap::new(queues + 1).map_err(at("its counters"))?;
        let maps = Maps {
            sockets: sockets.descriptor(),
            counters: counters.descriptor(),
            queues,
        };
        let (elephants, filter) = function(judge).map_err(|cause| Error::new(name, Trouble::Elephants(cause)))?;
        let text = program::text(maps, &filter).ok_or_else(|| Error::new(name, Trouble::TooLong))?;
        let program = Program::load(&text).map_err(|cause| Error::new(name, Trouble::of_load(cause)))?;
        Ok(Self {
            interface: name.clone(),
            promiscuous: interface.promiscuous,
            places,
            queues,
            sockets,
            counters,
            elephants,
            program,
            active: Mutex::default(),
        })
    }

    /// Attaches the program in the driver, else generic; unless another queue has done so since the interface went that `before` was attached to.
    pub(super) fn attach(&self, before: Turn) -> Result<(Attach, Turn), Error> {
        let index = self.index()?;
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, how)) = &active.link
            && active.turn != before
        {
            return Ok((*how, active.turn));
        }
        active.link = None;
        let (link, how) = self
            .link(index)
            .map_err(|cause| self.error("attaching the XDP program", cause))?;
        let promiscuous = self.promiscuous.then(|| Promiscuous::on(index)).transpose();
        let promiscuous = promiscuous.map_err(|cause| self.error("promiscuous mode", cause))?;
        let turn = Turn(before.0 + 1);
        *active = Active {
            turn,
            link: Some((link, how)),
            _promiscuous: promiscuous,
        };
        Ok((how, turn))
    }

    fn link(&self, index: u32) -> io::Result<(Link, Attach)> {
        let mut refused = io::ErrorKind::Unsupported.into();
        for &place in self.places {
            match self.program.attach(index, place) {
                Ok(link) => return Ok((link, place)),
                Err(error) => refused = error,
            }
            // Another program is in the way, or there is no way: that is so everywhere.
            let code = refused.raw_os_error();
            if matches!(code, Some(libc::EBUSY | libc::EEXIST | libc::EPERM | libc::ENODEV)) {
                break;
            }
        }
        Err(refused)
    }

    /// The interface's index now.
    pub(super) fn index(&self) -> Result<u32, Error> {
        shape::index(&self.interface)
    }

    /// Queues that it was loaded for.
    pub(super) const fn queues(&self) -> u32 {
        self.queues
    }

    /// Who is told what nobody reads.
    pub(super) const fn elephants(&self) -> Option<&Arc<ElephantMap>> {
        self.elephants.as_ref()
    }

    pub(super) const fn sockets(&self) -> &SocketMap {
        &self.sockets
    }

    /// A counter of `queue`; the first one's has those of queues that came later too.
    pub(super) fn counter(&self, queue: u32, counter: Counter) -> u64 {
        let strays = if queue == 0 {
            self.counters.read(self.queues, counter)
        } else {
            0
        };
        self.counters.read(queue, counter) + strays
    }

    /// What went wrong on this interface.
    pub(super) fn error(&self, step: &'static str, cause: io::Error) -> Error {
        Error::new(&self.interface, Trouble::of(step, cause))
    }
}

/// The function, and the map that it asks.
fn function(judge: Judge<'_>) -> io::Result<(Option<Arc<ElephantMap>>, Vec<u64>)> {
    let filter = match judge {
        Judge::Fixed(function) => return Ok((None, function.to_vec())),
        Judge::Cutting(filter) => filter,
    };
    let map = ElephantMap::new()?;
    let function = filter.extended(Some(map.descriptor()));
    Ok((Some(Arc::new(map)), function))
}
