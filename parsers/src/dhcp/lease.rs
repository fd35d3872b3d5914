//! Leases that were granted: who holds which address.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use capture::Timestamp;
use compact_str::CompactString;

use super::message;
use super::six;
use super::wire::{self, Message, option};
use crate::context::Context;
use crate::sighting::{Sighting, Source};
use crate::text;

/// Requests of one flow whose names are remembered: a relay's flow has many clients.
const MAX_NAMES: usize = 64;

/// Addresses of one message of version 6 that are told.
const MAX_ADDRESSES: usize = 4;

/// DHCPREQUEST, DHCPACK, DHCPRELEASE, DHCPINFORM.
const REQUEST: u8 = 3;
const ACK: u8 = 5;
const RELEASE: u8 = 7;
const INFORM: u8 = 8;

/// A lease that does not end (RFC 2131 §3.3).
const INFINITE: u32 = u32::MAX;

/// The names that clients of a flow gave themselves, the oldest overwritten first.
#[derive(Debug, Default)]
pub(super) struct Names {
    asked: Vec<(u32, CompactString)>,
    next: usize,
}

impl Names {
    /// A request is remembered, an acknowledgement is a lease.
    pub(super) fn four(&mut self, message: &Message<'_>, context: &mut Context<'_>) {
        match (message.op, message.kind()) {
            (wire::REQUEST, Some(REQUEST | INFORM)) => self.ask(message.xid, name_of(message)),
            (wire::REQUEST, Some(RELEASE)) => released(Ipv4Addr::from(message.ciaddr).into(), context),
            (wire::REPLY, Some(ACK)) => {
                let known = self.take(message.xid);
                let address = [message.yiaddr, message.ciaddr]
                    .into_iter()
                    .find(|address| *address != [0; 4]);
                let Some(address) = address else { return };
                let seconds = message.option(option::LEASE_TIME).and_then(|data| data.try_into().ok());
                let lease = Sighting {
                    name: name_of(message).or(known).unwrap_or_default(),
                    domain: message.option(option::DOMAIN_NAME).map(text::bytes),
                    mac: message.mac,
                    until: seconds
                        .map(u32::from_be_bytes)
                        .and_then(|seconds| end(seconds, context)),
                    ..Sighting::new(Source::Dhcp, Ipv4Addr::from(address).into())
                };
                granted(lease, context);
            }
            _ => {}
        }
    }

    /// The same of version 6: every message of a client may name it, a reply has what was granted.
    pub(super) fn six(&mut self, message: &six::Message<'_>, context: &mut Context<'_>) {
        const RELEASE: u8 = 8;
        const REPLY: u8 = 7;
        if message.kind == RELEASE {
            let addresses = message.addresses().take(MAX_ADDRESSES);
            return addresses.for_each(|(address, _)| released(address.into(), context));
        }
        if message.kind != REPLY {
            if matches!(message.kind, 1 | 3..=6) {
                self.ask(message.transaction, message.fqdn());
            }
            return;
        }
        let name = message.fqdn().or(self.take(message.transaction)).unwrap_or_default();
        let held = message.addresses().filter(|(_, seconds)| *seconds > 0);
        for (address, seconds) in held.take(MAX_ADDRESSES) {
            let lease = Sighting {
                name: name.clone(),
                mac: message.mac(),
                until: end(seconds, context),
                ..Sighting::new(Source::Dhcp, address.into())
            };
            granted(lease, context);
        }
    }

    fn ask(&mut self, transaction: u32, name: Option<CompactString>) {
        let Some(name) = name else { return };
        match self.asked.get_mut(self.next) {
            Some(slot) => *slot = (transaction, name),
            None => self.asked.push((transaction, name)),
        }
        self.next = (self.next + 1) % MAX_NAMES;
    }

    fn take(&mut self, transaction: u32) -> Option<CompactString> {
        let (_, name) = self
            .asked
            .iter_mut()
            .rfind(|(asked, name)| *asked == transaction && !name.is_empty())?;
        Some(std::mem::take(name))
    }
}

/// The client's full name, else its host name.
fn name_of(message: &Message<'_>) -> Option<CompactString> {
    let host = || {
        message
            .option(option::HOST_NAME)
            .map(text::bytes)
            .filter(|name| !name.is_empty())
    };
    message::fqdn(message).or_else(host)
}

/// When a lease of `seconds` from now on ends; none where it does not.
fn end(seconds: u32, context: &Context<'_>) -> Option<Timestamp> {
    let lease = Duration::from_secs(seconds.into());
    (seconds != INFINITE).then(|| context.time.after(lease))
}

/// A lease that tells neither a name nor a network card tells nothing.
fn granted(lease: Sighting, context: &mut Context<'_>) {
    if !lease.name.is_empty() || lease.mac.is_some() {
        context.sighting(lease);
    }
}

fn released(ip: IpAddr, context: &mut Context<'_>) {
    if !ip.is_unspecified() {
        context.sighting(Sighting::new(Source::DhcpRelease, ip));
    }
}
