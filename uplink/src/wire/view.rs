//! An `adtap.v1.Activity` as the receiver reads it: every text lent from the bytes it came in.
//!
//! Unknown fields are passed over: a newer sensor may say more.

use std::net::IpAddr;

use smallvec::SmallVec;

pub(crate) use super::field::{Malformed, delimited};
use super::field::{Value, next};
use crate::proto::{Outcome, Transport};

/// An activity; the fields are those of `proto/adtap/v1/adtap.proto`, and a text that is absent is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActivityView<'a> {
    pub(crate) id: u64,
    pub(crate) time: i64,
    pub(crate) duration_us: Option<u64>,
    pub(crate) kind: &'a str,
    pub(crate) action_type: &'a str,
    pub(crate) protocol: &'a str,
    pub(crate) carrier: SmallVec<[&'a str; 2]>,
    pub(crate) transport: Transport,
    pub(crate) tunnel: SmallVec<[&'a str; 2]>,
    pub(crate) capture: &'a str,
    pub(crate) client: EndpointView,
    pub(crate) server: EndpointView,
    pub(crate) outcome: Outcome,
    pub(crate) status: Option<StatusView<'a>>,
    pub(crate) failure_reason: &'a str,
    /// How many it stands for, at least 1.
    pub(crate) count: u32,
    pub(crate) end_time: Option<i64>,
    pub(crate) observed: ObservedView<'a>,
    pub(crate) actor: EntityView<'a>,
    pub(crate) target: EntityView<'a>,
    pub(crate) source: ComputerView<'a>,
    pub(crate) destination: ComputerView<'a>,
    pub(crate) details: &'a str,
    pub(crate) correlated: &'a str,
}

/// One end of a flow; none of it where nobody was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EndpointView {
    pub(crate) ip: Option<IpAddr>,
    pub(crate) port: u16,
    pub(crate) mac: Option<[u8; 6]>,
}

/// The server's word.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StatusView<'a> {
    pub(crate) code: i64,
    pub(crate) name: &'a str,
    pub(crate) ntstatus: Option<u32>,
    pub(crate) ntstatus_name: &'a str,
}

/// Identifiers of the wire.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ObservedView<'a> {
    pub(crate) account: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) workstation: &'a str,
    pub(crate) spn: &'a str,
    pub(crate) dn: &'a str,
    pub(crate) sid: &'a str,
    pub(crate) target_account: &'a str,
    pub(crate) target_domain: &'a str,
    pub(crate) host: &'a str,
}

/// A resolved account, group or computer; all empty where there is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntityView<'a> {
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) upn: &'a str,
    pub(crate) display_name: &'a str,
    pub(crate) sid: &'a str,
    pub(crate) guid: &'a str,
    pub(crate) dn: &'a str,
    pub(crate) tags: SmallVec<[&'a str; 2]>,
}

/// The computer behind an address; all empty where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ComputerView<'a> {
    pub(crate) name: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) sid: &'a str,
    pub(crate) guid: &'a str,
    pub(crate) os: &'a str,
    pub(crate) certainty: &'a str,
    /// Whether anything lowers the certainty.
    doubted: bool,
    /// The message it was read from: its evidence, its tags and its doubts are read again by who wants them.
    message: &'a [u8],
}

/// A reason to believe it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EvidenceView<'a> {
    pub(crate) method: &'a str,
    pub(crate) name: &'a str,
    pub(crate) time: i64,
}

impl<'a> ActivityView<'a> {
    /// Reads an activity.
    ///
    /// # Errors
    /// The bytes are none, or a field has another type or no UTF-8.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut view = Self {
            count: 1,
            ..Self::default()
        };
        fields(bytes, |tag, value| view.field(tag, value))?;
        Ok(view)
    }

    fn field(&mut self, tag: u64, value: Value<'a>) -> Result<(), Malformed> {
        match tag {
            1 => self.id = value.number()?,
            2 => self.time = value.time()?,
            3 => self.duration_us = Some(value.number()?),
            4 => self.kind = value.text()?,
            5 => self.action_type = value.text()?,
            6 => self.protocol = value.text()?,
            7 => self.carrier.push(value.text()?),
            8 => self.transport = Transport::try_from(value.short()? as i32).unwrap_or_default(),
            9 => self.tunnel.push(value.text()?),
            10 => self.capture = value.text()?,
            11 => self.client = EndpointView::read(value)?,
            12 => self.server = EndpointView::read(value)?,
            13 => self.outcome = Outcome::try_from(value.short()? as i32).unwrap_or_default(),
            14 => self.status = Some(StatusView::read(value)?),
            15 => self.failure_reason = value.text()?,
            16 => self.count = value.short()?.max(1),
            17 => self.end_time = Some(value.time()?),
            18 => self.observed = ObservedView::read(value)?,
            19 => self.actor = EntityView::read(value)?,
            20 => self.target = EntityView::read(value)?,
            21 => self.source = ComputerView::read(value)?,
            22 => self.destination = ComputerView::read(value)?,
            23 => self.details = value.text()?,
            24 => self.correlated = value.text()?,
            _ => {}
        }
        Ok(())
    }
}

impl EndpointView {
    /// Its port, where anybody is there.
    pub(crate) fn port(&self) -> Option<i32> {
        self.ip.map(|_| i32::from(self.port))
    }

    fn read(value: Value<'_>) -> Result<Self, Malformed> {
        let mut view = Self::default();
        fields(value.bytes()?, |tag, value| {
            match tag {
                1 => view.ip = Some(address(value.bytes()?)?),
                2 => view.port = u16::try_from(value.number()?).map_err(|_| Malformed)?,
                3 => view.mac = Some(value.bytes()?.try_into().map_err(|_| Malformed)?),
                _ => {}
            }
            Ok(())
        })?;
        Ok(view)
    }
}

fn address(bytes: &[u8]) -> Result<IpAddr, Malformed> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .map_err(|_| Malformed)
}

impl<'a> StatusView<'a> {
    fn read(value: Value<'a>) -> Result<Self, Malformed> {
        let mut view = Self::default();
        fields(value.bytes()?, |tag, value| {
            match tag {
                1 => view.code = zigzag(value.number()?),
                2 => view.name = value.text()?,
                3 => view.ntstatus = Some(value.short()?),
                4 => view.ntstatus_name = value.text()?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(view)
    }
}

/// A sint64 from its varint.
const fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

impl<'a> ObservedView<'a> {
    fn read(value: Value<'a>) -> Result<Self, Malformed> {
        let mut view = Self::default();
        fields(value.bytes()?, |tag, value| {
            let slot = match tag {
                1 => &mut view.account,
                2 => &mut view.domain,
                3 => &mut view.workstation,
                4 => &mut view.spn,
                5 => &mut view.dn,
                6 => &mut view.sid,
                7 => &mut view.target_account,
                8 => &mut view.target_domain,
                9 => &mut view.host,
                _ => return Ok(()),
            };
            *slot = value.text()?;
            Ok(())
        })?;
        Ok(view)
    }
}

impl<'a> EntityView<'a> {
    fn read(value: Value<'a>) -> Result<Self, Malformed> {
        let mut view = Self::default();
        fields(value.bytes()?, |tag, value| {
            let slot = match tag {
                1 => &mut view.kind,
                2 => &mut view.name,
                3 => &mut view.domain,
                4 => &mut view.upn,
                5 => &mut view.display_name,
                6 => &mut view.sid,
                7 => &mut view.guid,
                8 => &mut view.dn,
                9 => {
                    view.tags.push(value.text()?);
                    return Ok(());
                }
                _ => return Ok(()),
            };
            *slot = value.text()?;
            Ok(())
        })?;
        Ok(view)
    }
}

impl<'a> ComputerView<'a> {
    fn read(value: Value<'a>) -> Result<Self, Malformed> {
        let message = value.bytes()?;
        let mut view = Self {
            message,
            ..Self::default()
        };
        fields(message, |tag, value| {
            let slot = match tag {
                1 => &mut view.name,
                2 => &mut view.domain,
                3 => &mut view.sid,
                4 => &mut view.guid,
                5 => &mut view.os,
                6 => &mut view.certainty,
                7 => return EvidenceView::read(value).map(drop),
                8 => return value.text().map(drop),
                9 => {
                    view.doubted = true;
                    return value.text().map(drop);
                }
                _ => return Ok(()),
            };
            *slot = value.text()?;
            Ok(())
        })?;
        Ok(view)
    }

    /// Shows `visit` the tags of its account.
    pub(crate) fn tags(&self, mut visit: impl FnMut(&'a str)) {
        // The message was read once already, without an error.
        let _ = fields(self.message, |tag, value| {
            if tag == 8 {
                visit(value.text()?);
            }
            Ok(())
        });
    }

    /// What its evidence and its tags are read from: equal bytes hold equal ones.
    pub(crate) const fn message(&self) -> &'a [u8] {
        self.message
    }

    /// What its doubts are read from; empty where it has none.
    pub(crate) const fn doubted(&self) -> &'a [u8] {
        if self.doubted { self.message } else { &[] }
    }

    /// Shows `visit` what lowers the certainty.
    pub(crate) fn doubts(&self, mut visit: impl FnMut(&'a str)) {
        let _ = fields(self.doubted(), |tag, value| {
            if tag == 9 {
                visit(value.text()?);
            }
            Ok(())
        });
    }

    /// Shows `visit` why this is believed to be the computer, strongest first.
    pub(crate) fn evidence(&self, mut visit: impl FnMut(EvidenceView<'a>)) {
        // The message was read once already, without an error.
        let _ = fields(self.message, |tag, value| {
            if tag == 7 {
                visit(EvidenceView::read(value)?);
            }
            Ok(())
        });
    }
}

impl<'a> EvidenceView<'a> {
    fn read(value: Value<'a>) -> Result<Self, Malformed> {
        let mut view = Self::default();
        fields(value.bytes()?, |tag, value| {
            match tag {
                1 => view.method = value.text()?,
                2 => view.name = value.text()?,
                3 => view.time = value.time()?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(view)
    }
}

/// Shows `visit` every field of a message.
fn fields<'a>(
    mut rest: &'a [u8],
    mut visit: impl FnMut(u64, Value<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    while !rest.is_empty() {
        let (tag, value) = next(&mut rest)?;
        visit(tag, value)?;
    }
    Ok(())
}
