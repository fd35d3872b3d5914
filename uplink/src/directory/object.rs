//! Objects of the directory on the wire: by the names of their attributes, so that sensors of several versions understand each other.

use prost::Message;
use resolver::directory::sync::{Shared, State};
use resolver::directory::{Attribute, Guid, Record};

use crate::proto::{AttributeValues, DirectoryObject, ObjectState, Objects};

/// Bytes of a run of objects, before compression, after which another one begins.
const RUN: usize = 1 << 20;
/// The most bytes of one object; a larger one is left out, and counted.
const MAX_OBJECT: usize = 4 << 20;
/// The most bytes of a run before compression.
const MAX_RAW: usize = RUN + MAX_OBJECT + 16;
/// Members that are told with an object; further ones follow.
const MEMBERS: usize = 1 << 16;
/// Zstandard level.
const LEVEL: i32 = 1;
const GUID: usize = 16;

/// What is no run of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// Packs objects into runs, which go to `out`; answers how many were too large.
pub(super) fn pack(objects: impl Iterator<Item = Shared>, mut out: impl FnMut(Objects)) -> u64 {
    let (mut raw, mut count, mut refused) = (Vec::new(), 0, 0);
    for shared in objects {
        for object in pieces(&shared) {
            if object.encoded_len() > MAX_OBJECT {
                refused += 1;
                continue;
            }
            // A vector takes whatever is encoded.
            let _ = object.encode_length_delimited(&mut raw);
            count += 1;
            if raw.len() >= RUN {
                out(run(&raw, count));
                raw.clear();
                count = 0;
            }
        }
    }
    if count > 0 {
        out(run(&raw, count));
    }
    refused
}

fn run(raw: &[u8], count: u32) -> Objects {
    Objects {
        count,
        raw_bytes: raw.len() as u32,
        objects: zstd::bulk::compress(raw, LEVEL).unwrap_or_default(),
    }
}

/// What a run holds.
///
/// # Errors
/// It is no such run, or larger than one may be.
pub(super) fn unpack(run: &Objects) -> Result<Vec<Shared>, Malformed> {
    let size = run.raw_bytes as usize;
    if size > MAX_RAW {
        return Err(Malformed("a run of objects is too large"));
    }
    let raw = zstd::bulk::decompress(&run.objects, size).map_err(|_| Malformed("objects cannot be decompressed"))?;
    let mut rest = raw.as_slice();
    let mut objects = Vec::new();
    while !rest.is_empty() {
        let object = DirectoryObject::decode_length_delimited(&mut rest).map_err(|_| Malformed("an object is none"))?;
        objects.push(shared(object)?);
    }
    if raw.len() != size || objects.len() != run.count as usize {
        return Err(Malformed("a run of objects is not as long as it says"));
    }
    Ok(objects)
}

/// An object, and its further members where they are many.
fn pieces(shared: &Shared) -> impl Iterator<Item = DirectoryObject> {
    let mut chunks = shared.members.chunks(MEMBERS).map(bytes);
    let first = object(shared, chunks.next().unwrap_or_default());
    let more = chunks.map(|members| DirectoryObject {
        guid: shared.guid.0.to_vec(),
        state: ObjectState::More.into(),
        members,
        ..DirectoryObject::default()
    });
    std::iter::once(first).chain(more)
}

fn object(shared: &Shared, members: Vec<u8>) -> DirectoryObject {
    let mut attributes: Vec<AttributeValues> = Vec::new();
    for (attribute, value) in &shared.record.values {
        match attributes.last_mut().filter(|last| last.name == attribute.name()) {
            Some(last) => last.values.push(value.clone()),
            None => attributes.push(AttributeValues {
                name: attribute.name().to_owned(),
                values: vec![value.clone()],
            }),
        }
    }
    let state = match shared.state {
        State::Gone => ObjectState::Gone,
        State::Object => ObjectState::Object,
        State::Stub => ObjectState::Stub,
        State::More => ObjectState::More,
    };
    DirectoryObject {
        guid: shared.guid.0.to_vec(),
        state: state.into(),
        dn: shared.record.dn.to_string(),
        attributes,
        members,
    }
}

fn bytes(members: &[Guid]) -> Vec<u8> {
    members.iter().flat_map(|guid| guid.0).collect()
}

fn shared(object: DirectoryObject) -> Result<Shared, Malformed> {
    let state = match ObjectState::try_from(object.state) {
        Ok(ObjectState::Gone) => State::Gone,
        Ok(ObjectState::Object) => State::Object,
        Ok(ObjectState::Stub) => State::Stub,
        Ok(ObjectState::More) => State::More,
        Err(_) => return Err(Malformed("an object is in a state that is not known")),
    };
    let guid = Guid::of(&object.guid).ok_or(Malformed("an object has no GUID"))?;
    let (members, []) = object.members.as_chunks::<GUID>() else {
        return Err(Malformed("members are no GUIDs"));
    };
    let values = object.attributes.into_iter().flat_map(|attribute| {
        let known = Attribute::of(attribute.name.as_bytes());
        let values = attribute.values.into_iter();
        values.filter_map(move |value| Some((known?, value)))
    });
    Ok(Shared {
        guid,
        state,
        record: Record {
            line: 0,
            dn: object.dn.into(),
            values: values.collect(),
        },
        members: members.iter().copied().map(Guid).collect(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn user(number: u32, members: usize) -> Shared {
        let mut guid = [0; GUID];
        guid[..4].copy_from_slice(&number.to_le_bytes());
        let values = [
            (Attribute::ObjectClass, b"top".to_vec()),
            (Attribute::ObjectClass, b"user".to_vec()),
            (Attribute::SamAccountName, format!("user{number}").into_bytes()),
        ];
        Shared {
            guid: Guid(guid),
            state: State::Object,
            record: Record {
                line: 0,
                dn: format!("CN=user{number},DC=lab,DC=example").into(),
                values: values.into(),
            },
            members: (0..members).map(|member| Guid([member as u8; GUID])).collect(),
        }
    }

    fn packed(objects: Vec<Shared>) -> (Vec<Objects>, u64) {
        let mut runs = Vec::new();
        let refused = pack(objects.into_iter(), |run| runs.push(run));
        (runs, refused)
    }

    #[test]
    fn objects_come_as_they_went_in_runs_of_bounded_size() {
        let objects: Vec<Shared> = (0..20_000).map(|number| user(number, 2)).collect();
        let (runs, refused) = packed(objects.clone());
        assert!(runs.len() > 1 && runs.iter().all(|run| run.raw_bytes as usize <= MAX_RAW));
        let back: Vec<Shared> = runs.iter().flat_map(|run| unpack(run).unwrap()).collect();
        assert_eq!((back == objects, refused), (true, 0));
    }

    #[test]
    fn many_members_follow_their_group_and_what_is_too_large_is_counted() {
        let mut large = user(1, 0);
        large.record.values.push((Attribute::Mail, vec![b'x'; MAX_OBJECT]));
        let (runs, refused) = packed(vec![user(0, MEMBERS + 1), large]);
        let back: Vec<Shared> = runs.iter().flat_map(|run| unpack(run).unwrap()).collect();
        let told: Vec<_> = back.iter().map(|shared| (shared.state, shared.members.len())).collect();
        assert_eq!(told, [(State::Object, MEMBERS), (State::More, 1)]);
        assert_eq!(refused, 1);
    }

    #[test]
    fn a_run_that_lies_is_refused() {
        let good = packed(vec![user(0, 1)]).0.remove(0);
        for bad in [
            Objects {
                count: 2,
                ..good.clone()
            },
            Objects {
                raw_bytes: u32::MAX,
                ..good.clone()
            },
            Objects {
                raw_bytes: good.raw_bytes + 1,
                ..good.clone()
            },
            Objects {
                objects: vec![0; 9],
                ..good
            },
        ] {
            assert!(unpack(&bad).is_err());
        }
    }

    #[test]
    fn an_attribute_of_a_newer_version_is_passed_over() {
        let mut object = object(&user(0, 0), Vec::new());
        object.attributes.push(AttributeValues {
            name: "msDS-Unheard".to_owned(),
            values: vec![vec![1]],
        });
        assert_eq!(shared(object), Ok(user(0, 0)));
        let odd = DirectoryObject {
            guid: vec![0; 16],
            members: vec![0; 17],
            ..DirectoryObject::default()
        };
        assert!(shared(odd).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(raw in proptest::collection::vec(any::<u8>(), 0..300), count in 0_u32..4) {
            let _ = unpack(&run(&raw, count));
            let _ = unpack(&Objects { count, raw_bytes: raw.len() as u32, objects: raw });
        }
    }
}
