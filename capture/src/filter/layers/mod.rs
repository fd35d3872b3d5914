//! The rules become a program: layer by layer into the frame, and into what tunnels carry.
//!
//! The outermost addresses and ports are asked first, what is inside only then: nobody is a tunnel for its port alone, and a datagram to a
//! tunnel's port that belongs to a controller passes as what it is. Labels say where the cursor is when they are reached.

mod gre;
mod link;
mod network;
mod transport;
mod tunnels;

use super::Reason;
use super::program::{Draft, Label, Program, Size, Step, Test};
use super::rules::{Rules, Scope};

/// Where a tunnel's inside goes on.
#[derive(Clone, Copy)]
struct Inside {
    /// The cursor is at an Ethernet header.
    ether: Label,
    /// At what may be an IP header.
    ip: Label,
    /// At an MPLS label.
    mpls: Label,
}

/// Where it is decided.
#[derive(Clone, Copy)]
struct Ends {
    controller: Label,
    names: Label,
    port: Label,
    dynamic: Label,
    fragment: Label,
    tunnel: Label,
    damaged: Label,
    not_ip: Label,
    protocol: Label,
    bulk: Label,
    elsewhere: Label,
}

/// Writes one layer: from an Ethernet header or an IP header to the transport's, and on to the next layer's [`Inside`].
struct Layer<'a> {
    rules: &'a Rules,
    draft: &'a mut Draft,
    ends: Ends,
    here: Inside,
    /// None where no more tunnels are followed.
    inside: Option<Inside>,
}

/// The program of `rules`, which looks into so many tunnels.
pub(super) fn program(rules: &Rules, depth: usize) -> Program {
    let mut draft = Draft::default();
    if rules.scope == Scope::All {
        draft.end(Reason::Off);
        return draft.finish();
    }
    let mut here = inside(&mut draft);
    for level in 0..=depth {
        let next = (level < depth).then(|| inside(&mut draft));
        let ends = ends(&mut draft);
        let mut layer = Layer {
            rules,
            draft: &mut draft,
            ends,
            here,
            inside: next,
        };
        layer.write();
        here = next.unwrap_or(here);
    }
    draft.finish()
}

fn inside(draft: &mut Draft) -> Inside {
    Inside {
        ether: draft.label(),
        ip: draft.label(),
        mpls: draft.label(),
    }
}

fn ends(draft: &mut Draft) -> Ends {
    Ends {
        controller: draft.label(),
        names: draft.label(),
        port: draft.label(),
        dynamic: draft.label(),
        fragment: draft.label(),
        tunnel: draft.label(),
        damaged: draft.label(),
        not_ip: draft.label(),
        protocol: draft.label(),
        bulk: draft.label(),
        elsewhere: draft.label(),
    }
}

impl Layer<'_> {
    fn write(&mut self) {
        self.link();
        self.close();
        self.network();
    }

    /// Decides what has been decided so far, so that jumps to it are short, and goes on with ends that are not yet placed.
    fn close(&mut self) {
        let fresh = ends(self.draft);
        let ends = std::mem::replace(&mut self.ends, fresh);
        self.end(ends.controller, Reason::Controller);
        self.end(ends.names, Reason::Names);
        self.end(ends.port, Reason::Port);
        self.end(ends.dynamic, Reason::Dynamic);
        self.end(ends.fragment, Reason::Fragment);
        self.end(ends.tunnel, Reason::Tunnel);
        self.end(ends.damaged, Reason::Damaged);
        self.end(ends.not_ip, Reason::NotIp);
        self.end(ends.protocol, Reason::Protocol);
        self.end(ends.bulk, Reason::Bulk);
        self.end(ends.elsewhere, Reason::Elsewhere);
    }

    fn end(&mut self, label: Label, reason: Reason) {
        self.draft.place(label);
        self.draft.end(reason);
    }

    /// Where an IP header in a packet is looked at; where no more tunnels are followed it passes.
    fn inner(&self) -> Label {
        self.inside.map_or(self.ends.tunnel, |inside| inside.ip)
    }

    /// The value is what is so many bytes behind the cursor.
    fn load(&mut self, size: Size, offset: u16) {
        self.draft.load(size, offset);
    }

    /// The cursor goes so far, and the program to `to`.
    fn skip(&mut self, bytes: u32, to: Label) {
        self.draft.push(Step::Skip(bytes));
        self.go(to);
    }

    /// Many ways lead here.
    fn meet(&mut self, label: Label) {
        self.draft.place(label);
        self.draft.push(Step::Meet);
    }

    fn go(&mut self, to: Label) {
        self.draft.push(Step::Go(to));
    }

    fn equal(&mut self, value: u32, to: Label) {
        self.draft.when(Test::Equal(value), to);
    }

    /// Goes to `hit` if the value is one of `ports`.
    fn among(&mut self, ports: &[u16], hit: Label) {
        let miss = self.draft.label();
        let values: Vec<_> = ports.iter().map(|port| (u32::from(*port), hit)).collect();
        self.draft.search(&values, miss);
        self.draft.place(miss);
    }
}
