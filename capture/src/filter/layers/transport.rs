//! TCP and UDP: ports, and the ports of tunnels.

use super::Layer;
use super::network::Carried;
use crate::filter::program::{Label, Size, Test};
use crate::filter::rules::{DYNAMIC, SYSTEM, Scope};

/// RFC 9293 §3.1, RFC 768: both have them at the same places.
const SOURCE: u16 = 0;
const DESTINATION: u16 = 2;

impl Layer<'_> {
    pub(super) fn transport(&mut self, carried: Carried) {
        self.tcp_ports(carried.tcp);
        self.udp_ports(carried.udp);
        self.tunnels(carried.gre);
        self.close();
    }

    /// A controller's traffic: what nobody reads is left out, unless the other end is at a port that is read.
    pub(super) fn bulk(&mut self, carried: Carried) {
        let rules = self.rules;
        let [source, destination] = [self.draft.label(), self.draft.label()];
        for (here, ports) in [(carried.bulk_tcp, &rules.bulk_tcp), (carried.bulk_udp, &rules.bulk_udp)] {
            self.meet(here);
            if !ports.is_empty() {
                self.load(Size::Half, SOURCE);
                self.among(ports, source);
                self.load(Size::Half, DESTINATION);
                self.among(ports, destination);
            }
            self.go(self.ends.controller);
        }
        for (label, other) in [(source, DESTINATION), (destination, SOURCE)] {
            self.draft.place(label);
            self.load(Size::Half, other);
            self.among(&rules.known, self.ends.controller);
            self.go(self.ends.bulk);
        }
    }

    fn tcp_ports(&mut self, here: Label) {
        let rules = self.rules;
        self.meet(here);
        self.load(Size::Half, SOURCE);
        self.among(&rules.tcp, self.ends.port);
        self.load(Size::Half, DESTINATION);
        self.among(&rules.tcp, self.ends.port);
        if rules.dynamic {
            self.rpc();
        }
        self.go(self.ends.elsewhere);
    }

    /// One port is of RPC's range, the other no other service's; the value is the destination's.
    fn rpc(&mut self) {
        let (ends, high) = (self.ends, self.draft.label());
        self.draft.when(Test::AtLeast(DYNAMIC.into()), high);
        self.draft.unless(Test::AtLeast(SYSTEM.into()), ends.elsewhere);
        self.load(Size::Half, SOURCE);
        self.draft.when(Test::AtLeast(DYNAMIC.into()), ends.dynamic);
        self.go(ends.elsewhere);
        self.draft.place(high);
        self.load(Size::Half, SOURCE);
        self.draft.when(Test::AtLeast(SYSTEM.into()), ends.dynamic);
    }

    fn udp_ports(&mut self, here: Label) {
        let rules = self.rules;
        let hit = if rules.scope == Scope::Controllers {
            self.ends.names
        } else {
            self.ends.port
        };
        self.meet(here);
        self.load(Size::Half, SOURCE);
        self.among(&rules.udp, hit);
        self.load(Size::Half, DESTINATION);
        self.among(&rules.udp, hit);
    }
}
