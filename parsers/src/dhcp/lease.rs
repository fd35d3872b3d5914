//! Leases that were granted: who holds which address.

use std::net::{IpAddr, Ipv4Addr};

use compact_str::CompactString;

use super::message;
use super::six;
use super::wire::{self, Message, option};
use crate::context::Context;
use crate::sighting::Source;
use crate::text;

/// Requests of one flow whose names are remembered: a relay's flow has many clients.
const MAX_NAMES: usize = 64;

/// DHCPREQUEST, DHCPACK, DHCPINFORM.
const REQUEST: u8 = 3;
const ACK: u8 = 5;
const INFORM: u8 = 8;

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
            (wire::REPLY, Some(ACK)) => {
                let known = self.take(message.xid);
                let address = [message.yiaddr, message.ciaddr]
                    .into_iter()
                    .find(|address| *address != [0; 4]);
                let (Some(address), Some(name)) = (address, name_of(message).or(known)) else {
                    return;
                };
                let domain = message.option(option::DOMAIN_NAME).map(text::bytes);
                granted(Ipv4Addr::from(address).into(), name, domain, context);
            }
            _ => {}
        }
    }

    /// The same of version 6: every message of a client may name it, a reply has what was granted.
    pub(super) fn six(&mut self, message: &six::Message<'_>, context: &mut Context<'_>) {
        const REPLY: u8 = 7;
        if message.kind != REPLY {
            if matches!(message.kind, 1 | 3..=6) {
                self.ask(message.transaction, message.fqdn());
            }
            return;
        }
        let known = self.take(message.transaction);
        let Some(name) = message.fqdn().or(known) else { return };
        let held = message.addresses().filter(|(_, seconds)| *seconds > 0);
        for (address, _) in held.take(4) {
            granted(address.into(), name.clone(), None, context);
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

fn granted(ip: IpAddr, name: CompactString, domain: Option<CompactString>, context: &mut Context<'_>) {
    context.sighting(Source::Dhcp, ip, name, domain);
}
