//! What goes with the objects of a naming context, on the wire.

use capture::Timestamp;
use resolver::directory::sync::{self, Mark, Section, schema};

use super::object::Malformed;
use crate::proto::{Context, DirSyncMark, Section as Wire, UsnMark, section};

/// The longest cookie: a controller's has some hundred bytes for each other one.
const MAX_COOKIE: usize = 1 << 20;
/// The longest name.
const MAX_NAME: usize = 4_096;

pub(super) fn encode(told: Section) -> Wire {
    let mark = told.mark.map(|mark| match mark {
        Mark::DirSync { cookie, as_readable } => section::Mark::Dirsync(DirSyncMark { cookie, as_readable }),
        Mark::Usn { server, usn } => section::Mark::Usn(UsnMark { server, usn }),
    });
    let context = match told.context {
        sync::Context::Domain => Context::Domain,
        sync::Context::Configuration => Context::Configuration,
    };
    Wire {
        context: context.into(),
        base: told.base,
        domain: told.domain,
        complete: told.complete,
        schema: schema(),
        mark,
        read: nanoseconds(told.read),
        synced: nanoseconds(told.synced),
        controller: told.controller,
    }
}

/// What was told; none where it is of a kind of naming context that is not known here.
///
/// # Errors
/// It is longer than it may be.
pub(super) fn decode(wire: Wire) -> Result<Option<Section>, Malformed> {
    let context = match Context::try_from(wire.context) {
        Ok(Context::Domain) => sync::Context::Domain,
        Ok(Context::Configuration) => sync::Context::Configuration,
        Ok(Context::Unspecified) | Err(_) => return Ok(None),
    };
    let mark = wire.mark.map(|mark| match mark {
        section::Mark::Dirsync(mark) => Mark::DirSync {
            cookie: mark.cookie,
            as_readable: mark.as_readable,
        },
        section::Mark::Usn(mark) => Mark::Usn {
            server: mark.server,
            usn: mark.usn,
        },
    });
    let long = match &mark {
        Some(Mark::DirSync { cookie, .. }) => cookie.len() > MAX_COOKIE,
        Some(Mark::Usn { server, .. }) => server.len() > MAX_NAME,
        None => false,
    };
    if long
        || [&wire.base, &wire.domain, &wire.controller]
            .iter()
            .any(|name| name.len() > MAX_NAME)
    {
        return Err(Malformed("the head of a naming context is too long"));
    }
    Ok(Some(Section {
        context,
        base: wire.base,
        domain: wire.domain,
        complete: wire.complete,
        mark,
        read: time(wire.read),
        synced: time(wire.synced),
        controller: wire.controller,
    }))
}

/// Zero is never.
pub(super) fn nanoseconds(time: Option<Timestamp>) -> i64 {
    time.map_or(0, |time| time.0)
}

pub(super) fn time(nanoseconds: i64) -> Option<Timestamp> {
    (nanoseconds != 0).then_some(Timestamp(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(mark: Option<Mark>) -> Section {
        Section {
            context: sync::Context::Domain,
            base: "DC=lab,DC=example".to_owned(),
            domain: "lab.example".to_owned(),
            complete: true,
            mark,
            read: Some(Timestamp::new(7, 1)),
            synced: None,
            controller: "dc1".to_owned(),
        }
    }

    #[test]
    fn it_comes_as_it_went() {
        let usn = Mark::Usn {
            server: "CN=NTDS Settings".to_owned(),
            usn: 77,
        };
        let cookie = Mark::DirSync {
            cookie: vec![1, 2, 3],
            as_readable: true,
        };
        for mark in [None, Some(usn), Some(cookie)] {
            let told = told(mark);
            assert_eq!(decode(encode(told.clone())), Ok(Some(told)));
        }
    }

    #[test]
    fn a_newer_kind_is_passed_over_and_too_much_is_refused() {
        let newer = Wire {
            context: 9,
            ..encode(told(None))
        };
        assert_eq!(decode(newer), Ok(None));
        let long = Wire {
            controller: "x".repeat(MAX_NAME + 1),
            ..encode(told(None))
        };
        assert!(decode(long).is_err());
    }
}
