//! An activity with the entities it is about, and the JSON line that says so.

use std::sync::Arc;

use parsers::activity::Activity;
use parsers::json::{Object, WriteJson};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::correlation::Correlation;
use crate::entity::{Certainty, Computer, Entity};

/// A resolved activity; what is absent could not be resolved, and `activity.observed` holds what was seen.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The activity.
    pub activity: Box<Activity>,
    /// Who acted.
    pub actor: Option<Arc<Entity>>,
    /// What the activity was joined with to know who acted, where it does not say that itself.
    pub correlated: Option<Correlation>,
    /// Whom or what it was about.
    pub target: Option<Arc<Entity>>,
    /// The client's computer.
    pub source: Option<Arc<Computer>>,
    /// The server's computer.
    pub destination: Option<Arc<Computer>>,
    /// Whether it waited for evidence of the client's computer.
    pub waited: bool,
}

impl Resolved {
    /// Whether it is sure which computer the client is.
    pub(crate) fn is_source_certain(&self) -> bool {
        let source = self.source.as_ref();
        source.is_some_and(|source| source.certainty == Certainty::High)
    }
}

/// A resolved activity that is kept for a while, and whether its source is certain: the computer itself is not in the cache any
/// more when it leaves.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) resolved: Resolved,
    pub(crate) certain: bool,
}

/// A resolved activity as one line of JSON: `id`, the common fields, the entities, `details` last.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedLine<'a> {
    /// The sensor's sequence number, once the spool gave one.
    pub id: Option<u64>,
    /// The activity.
    pub resolved: &'a Resolved,
    /// Name of the capture it was seen in.
    pub capture: &'a str,
}

impl WriteJson for ResolvedLine<'_> {
    fn write_json(&self, out: &mut Vec<u8>) {
        let Resolved {
            activity,
            actor,
            correlated,
            target,
            source,
            destination,
            waited: _,
        } = self.resolved;
        let mut object = Object::begin(out);
        object.some("id", self.id.as_ref());
        activity.write_json(&mut object, self.capture);
        object.some("actor", actor.as_deref());
        object.some("correlated", correlated.as_ref());
        object.some("target", target.as_deref());
        object.some("source", source.as_deref());
        object.some("destination", destination.as_deref());
        object.some("details", Some(&activity.details).filter(|details| !details.is_empty()));
        object.end();
    }
}

impl Serialize for ResolvedLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let resolved = self.resolved;
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "id", self.id.as_ref())?;
        resolved.activity.write(&mut map, self.capture)?;
        entry(&mut map, "actor", resolved.actor.as_deref())?;
        entry(&mut map, "correlated", resolved.correlated.as_ref())?;
        entry(&mut map, "target", resolved.target.as_deref())?;
        entry(&mut map, "source", resolved.source.as_deref())?;
        entry(&mut map, "destination", resolved.destination.as_deref())?;
        if !resolved.activity.details.is_empty() {
            map.serialize_entry("details", &resolved.activity.details)?;
        }
        map.end()
    }
}

fn entry<M: SerializeMap, T: Serialize>(map: &mut M, name: &'static str, value: Option<&T>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}
