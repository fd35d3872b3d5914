//! The interfaces that domain controllers and their clients speak, by UUID, and the names of their operations.
//!
//! A file for each kind of business; names and numbers are those of the Open Specifications documents that each entry
//! names; where a document leaves out an operation that Windows has, its name is the one Windows gives it.

mod certificates;
mod clusters;
mod com;
mod components;
mod directory;
mod disks;
mod files;
mod logging;
mod messaging;
mod network;
mod performance;
mod pipes;
mod printing;
mod quotas;
mod registry;
mod resources;
mod rpc;
mod security;
mod services;
mod terminal;
#[cfg(test)]
mod tests;
mod updates;
mod verbs;
mod web;
mod windows;
mod wmi;

use std::sync::LazyLock;

use super::uuid::Uuid;
use super::wire::Syntax;
use crate::fields::Fields;
use crate::text;

/// An interface with a name.
#[derive(Debug)]
struct Known {
    uuid: Uuid,
    text: &'static str,
    name: &'static str,
    /// Its own, and those of the interfaces that it inherits from.
    operations: &'static [Operations],
}

impl Known {
    const fn new(text: &'static str, name: &'static str, operations: &'static [Operations]) -> Self {
        Self {
            uuid: Uuid::parse(text),
            text,
            name,
            operations,
        }
    }
}

/// Operations by number, in order.
#[derive(Debug)]
struct Operations(&'static [(u16, &'static str)]);

impl Operations {
    fn name(&self, opnum: u16) -> Option<&'static str> {
        let at = self.0.binary_search_by_key(&opnum, |(number, _)| *number).ok()?;
        self.0.get(at).map(|(_, name)| *name)
    }
}

/// `operations! { 0 FirstOperation, 1 SecondOperation }`: what several interfaces inherit.
macro_rules! operations {
    ($($opnum:literal $operation:ident),* $(,)?) => {
        super::Operations(&[$(($opnum, stringify!($operation))),*])
    };
}
use operations;

/// `interfaces! { "uuid" "name" { 0 FirstOperation, 1 SecondOperation } "uuid" "name" : INHERITED { 7 Operation } … }`
macro_rules! interfaces {
    ($($uuid:literal $name:literal $(: $($inherited:ident)+)? { $($opnum:literal $operation:ident),* $(,)? })*) => {
        pub(super) const INTERFACES: &[super::Known] = &[$(
            super::Known::new(
                $uuid,
                $name,
                &[super::Operations(&[$(($opnum, stringify!($operation))),*]), $($($inherited),+)?],
            ),
        )*];
    };
}
use interfaces;

const GROUPS: &[&[Known]] = &[
    certificates::INTERFACES,
    clusters::INTERFACES,
    com::INTERFACES,
    components::INTERFACES,
    directory::INTERFACES,
    disks::INTERFACES,
    files::INTERFACES,
    logging::INTERFACES,
    messaging::INTERFACES,
    network::INTERFACES,
    performance::INTERFACES,
    printing::INTERFACES,
    quotas::INTERFACES,
    registry::INTERFACES,
    resources::INTERFACES,
    rpc::INTERFACES,
    security::INTERFACES,
    services::INTERFACES,
    terminal::INTERFACES,
    updates::INTERFACES,
    web::INTERFACES,
    windows::INTERFACES,
    wmi::INTERFACES,
];

/// The interfaces of all groups in order of their UUIDs: a datagram and an endpoint mapper's list name one after another.
static BY_UUID: LazyLock<Vec<&'static Known>> = LazyLock::new(|| {
    let mut interfaces: Vec<_> = GROUPS.iter().copied().flatten().collect();
    interfaces.sort_unstable_by_key(|known| known.uuid);
    interfaces
});

fn known(uuid: Uuid) -> Option<&'static Known> {
    let at = BY_UUID.binary_search_by_key(&uuid, |known| known.uuid).ok()?;
    BY_UUID.get(at).copied()
}

/// An interface as a client asked for it, known by name or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interface {
    pub(super) syntax: Syntax,
    known: Option<&'static Known>,
    /// Its bind was not seen: a pipe's name, a port or the shape of its calls tells it.
    guessed: bool,
}

impl Interface {
    /// Looks the interface up: once a bind, not once a call.
    pub(super) fn of(syntax: Syntax) -> Self {
        Self {
            syntax,
            known: known(syntax.uuid),
            guessed: false,
        }
    }

    /// What is most likely spoken where `uuid` is at home.
    pub(super) fn guessed(syntax: Syntax) -> Self {
        Self {
            guessed: true,
            ..Self::of(syntax)
        }
    }

    /// What pipes of this name are for, where they are for one interface before all.
    pub(super) fn of_pipe(pipe: &str) -> Option<Self> {
        let known = pipes::interface(pipe)?;
        Some(Self::of_shape(Uuid::parse(known)))
    }

    /// What calls of a certain shape are of: the version is not known.
    pub(super) fn of_shape(uuid: Uuid) -> Self {
        let (major, minor) = (0, 0);
        Self::guessed(Syntax { uuid, major, minor })
    }

    /// Its name.
    pub(super) fn name(&self) -> Option<&'static str> {
        self.known.map(|known| known.name)
    }

    /// The name of an operation.
    pub(super) fn operation(&self, opnum: u16) -> Option<&'static str> {
        let operations = self.known?.operations;
        operations.iter().find_map(|operations| operations.name(opnum))
    }

    /// Whether an operation changes something, as its name says.
    pub(super) fn changes(&self, opnum: u16) -> bool {
        self.operation(opnum).is_some_and(verbs::change)
    }

    /// Writes `interface` where it has a name, `interface_uuid` and `version`; `guessed` instead of the version where no bind
    /// named it.
    pub(super) fn write(&self, fields: &mut Fields) {
        fields.set_some("interface", self.known.map(|known| known.name));
        match self.known {
            Some(known) => fields.set("interface_uuid", known.text),
            None => fields.set("interface_uuid", self.syntax.uuid.text()),
        }
        match self.guessed {
            true => fields.set("guessed", true),
            false => fields.set(
                "version",
                text::dotted([self.syntax.major.into(), self.syntax.minor.into()]),
            ),
        }
    }
}
