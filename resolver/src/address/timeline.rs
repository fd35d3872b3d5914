//! Who held one address, from when to when: its tenures, what closes them, and whether several share it.

use std::sync::Arc;
use std::time::Duration;

use capture::{Stack, Timestamp};
use compact_str::CompactString;
use smallvec::SmallVec;

use super::claim::{Claim, Spans, Standing};
use super::crowd::{Crowd, Crowding};
use super::prints::{News, Prints};
use super::tenure::{Closed, Piece, Repeat, Tenure};
use crate::entity::{Computer, Doubt, Method};
use crate::host::HostName;

/// The most tenures of an address; beyond it the least believed of the oldest is forgotten, and counted.
pub(crate) const MAX_TENURES: usize = 16;
/// An address that changes hands twice within this time without a lease is shared.
const HURRY: Duration = Duration::from_secs(3_600);
/// How long nothing is certain of an address after it last showed that several machines, or many accounts, are behind it: nights and weekends
/// show nothing, and a router and a terminal server stay what they are.
const SHARED: Duration = Duration::from_secs(7 * 86_400);
/// How long an address of a VPN gateway is one after its last session.
const POOLED: Duration = Duration::from_secs(86_400);
/// A computer that is back so soon has several addresses at a time.
const BACK: Duration = Duration::from_secs(600);

/// A session that was given an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session<'a> {
    /// Whose.
    pub(crate) user: &'a str,
    /// Whether by a VPN gateway.
    pub(crate) vpn: bool,
    /// What the gateway calls itself, and by which it says that all of its sessions ended.
    pub(crate) gateway: &'a [CompactString],
}

/// From when to when something was so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl Span {
    pub(crate) const NEVER: Self = Self {
        from: Timestamp(0),
        until: Timestamp(0),
    };

    /// It is so from `now` on for `duration`.
    fn extend(&mut self, now: Timestamp, duration: Duration) {
        if now >= self.until {
            self.from = now;
        }
        self.until = self.until.max(now.after(duration));
    }

    pub(crate) fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// What hearing a claim did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The address went from one computer to another.
    pub(crate) conflict: bool,
    /// Pieces of evidence that gave way.
    pub(crate) replaced: u64,
    /// Tenures forgotten.
    pub(crate) forgotten: u64,
}

/// One address.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// In the order they began.
    pub(crate) tenures: Vec<Tenure>,
    pub(crate) crowd: Crowd,
    /// What few addresses have.
    pub(crate) lot: Option<Box<Lot>>,
    /// When something new was last said.
    pub(crate) heard: Timestamp,
    /// What it comes to, until something changes or ends.
    pub(crate) judged: Judged,
    /// Whose TCP it looked like lately.
    pub(crate) prints: Prints,
    /// Used since it was last considered for being forgotten.
    pub(crate) used: bool,
    /// Asked for since its verdict was last considered for being dropped, and whether it is on the list of those to consider.
    pub(crate) asked: bool,
    pub(crate) queued: bool,
}

/// A hundred thousand of them are held: beyond this the allocator takes the next larger size.
const _: () = assert!(size_of::<Timeline>() <= 128);

/// Who was given the address, and whether several share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lot {
    /// Whose lease it was last.
    pub(crate) mac: Option<[u8; 6]>,
    /// Whose VPN session it was last.
    pub(crate) session: Option<CompactString>,
    /// What the gateway of that session calls itself.
    pub(crate) gateway: Vec<CompactString>,
    /// When several machines were behind it; many accounts; a VPN gateway.
    pub(crate) shared: Span,
    pub(crate) crowded: Span,
    pub(crate) pooled: Span,
    /// When it last changed hands without a lease.
    pub(crate) changed: Option<Timestamp>,
}

/// Given to nobody, and one computer's.
const PLAIN: Lot = Lot {
    mac: None,
    session: None,
    gateway: Vec::new(),
    shared: Span::NEVER,
    crowded: Span::NEVER,
    pooled: Span::NEVER,
    changed: None,
};
static NO_LOT: Lot = PLAIN;

impl Default for Lot {
    fn default() -> Self {
        PLAIN
    }
}

/// A verdict, and how long it stands.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) computer: Option<Arc<Computer>>,
    /// Whether that is certain: here, since the computer itself is seldom in the cache.
    pub(crate) certain: bool,
    pub(crate) until: Option<Timestamp>,
    /// The version of the pools it was made with.
    pub(crate) pools: u32,
}

impl Timeline {
    /// Who was given it, and whether several share it.
    pub(crate) fn lot(&self) -> &Lot {
        self.lot.as_deref().unwrap_or(&NO_LOT)
    }

    fn lot_mut(&mut self) -> &mut Lot {
        self.lot.get_or_insert_default()
    }

    /// Whether `claim` was made before and still holds: it is seen again.
    pub(crate) fn repeat(&mut self, claim: &Claim<'_>, now: Timestamp, spans: &Spans) -> bool {
        let mut tenures = self.tenures.iter_mut().rev();
        let repeat =
            tenures.find_map(|tenure| Some(tenure.repeat(claim, now, spans)).filter(|repeat| *repeat != Repeat::New));
        let clears = |computer: &Computer| computer.doubts.iter().any(|doubt| doubt.can_be_cleared());
        match repeat {
            None | Some(Repeat::New) => return false,
            Some(Repeat::Moved) => self.judged.until = None,
            Some(Repeat::Same) => {
                if claim.standing > Standing::Word && self.judged.computer.as_deref().is_some_and(clears) {
                    self.judged.until = None;
                }
            }
        }
        true
    }

    /// Something new is said.
    pub(crate) fn hear(&mut self, host: &HostName, claim: &Claim<'_>, now: Timestamp, spans: &Spans) -> Heard {
        if claim.method == Method::MachineLogon && self.forwards(host, now, spans) {
            return Heard::default();
        }
        let conflict = claim.standing == Standing::Proof && self.take(host, claim.method, now, spans);
        if conflict {
            self.change(now);
        }
        let piece = Piece::new(claim, now);
        let (mut replaced, mut forgotten) = (0, 0);
        match self.own(host, claim, now, spans) {
            Some(tenure) => replaced = tenure.add(host, piece),
            None => {
                forgotten = self.make_room(now, spans);
                self.tenures.reserve_exact(1); // most addresses have one, and a vector begins with four
                self.tenures.push(Tenure::new(host.clone(), piece));
            }
        }
        self.heard = self.heard.max(now);
        self.judged.until = None;
        Heard {
            conflict,
            replaced,
            forgotten,
        }
    }

    /// Whether a domain controller holds it that is not `host`: one that is read-only passes on what its clients ask the others
    /// for, which proves nothing of its own address.
    fn forwards(&self, host: &HostName, now: Timestamp, spans: &Spans) -> bool {
        let controller = |tenure: &&Tenure| {
            let mut live = tenure.live(now, spans);
            live.any(|piece| piece.method == Method::CldapAnswer)
        };
        let mut controllers = self.tenures.iter().filter(controller).peekable();
        controllers.peek().is_some() && !controllers.any(|tenure| tenure.host.agrees(host))
    }

    /// A proof ends everybody else's tenure; of a service's key alone, those that nobody proved by the machine's own; where several
    /// share the address, none. True where one was proved.
    fn take(&mut self, host: &HostName, method: Method, now: Timestamp, spans: &Spans) -> bool {
        let mut conflict = false;
        let shared = self.lot().shared.holds(now);
        for tenure in self.tenures.iter_mut().filter(|tenure| tenure.is_open(now, spans)) {
            let machine = tenure.pieces.iter().any(Piece::is_machines_proof);
            if tenure.host.agrees(host) || (machine && method == Method::KerberosService) {
                continue;
            }
            if !shared {
                tenure.close(now, Closed::Proof);
                self.prints = self.prints.handed_over(now);
            }
            conflict |= machine;
        }
        conflict
    }

    /// The tenure that a claim about `host` belongs to, where it goes on.
    fn own(&mut self, host: &HostName, claim: &Claim<'_>, now: Timestamp, spans: &Spans) -> Option<&mut Tenure> {
        let mut open = self.tenures.iter_mut().rev();
        let tenure = open.find(|tenure| tenure.is_open(now, spans) && tenure.host.agrees(host))?;
        if claim.standing < Standing::Proof {
            return Some(tenure);
        }
        if let Some(moved) = tenure.moved() {
            tenure.set_moved(None);
            if now.since(moved) > BACK {
                tenure.close(moved, Closed::Moved);
                return None;
            }
            tenure.several = true;
        }
        let mut proofs = tenure.pieces.iter().filter(|piece| piece.standing == Standing::Proof);
        if tenure.is_proved() && proofs.all(|piece| now >= piece.worth(spans)) {
            tenure.close(now, Closed::Renewed);
            return None;
        }
        Some(tenure)
    }

    /// Forgets a tenure where there are too many: one that is over before one that goes on, one that nobody proved before one
    /// that somebody did, the one heard of longest ago first.
    fn make_room(&mut self, now: Timestamp, spans: &Spans) -> u64 {
        if self.tenures.len() < MAX_TENURES {
            return 0;
        }
        let value = |tenure: &Tenure| (tenure.is_proved(), tenure.is_open(now, spans), tenure.seen());
        let least = self.tenures.iter().enumerate().min_by_key(|(_, tenure)| value(tenure));
        if let Some((at, _)) = least {
            self.tenures.remove(at);
        }
        1
    }

    /// It goes to another computer, and no lease says why.
    fn change(&mut self, now: Timestamp) {
        let lot = self.lot_mut();
        if lot.changed.is_some_and(|changed| now.since(changed) < HURRY) {
            lot.shared.extend(now, SHARED);
        }
        lot.changed = Some(now);
    }

    /// It was granted to `mac`, who calls itself `host`; true where that is somebody else than before.
    pub(crate) fn grant(
        &mut self,
        mac: Option<[u8; 6]>,
        host: Option<&HostName>,
        now: Timestamp,
        spans: &Spans,
    ) -> bool {
        let same = self.lot().mac.zip(mac).map(|(before, now)| before == now);
        if mac.is_some() {
            self.lot_mut().mac = mac;
        }
        let ends = |tenure: &Tenure| match host {
            Some(host) => same != Some(true) && !tenure.host.agrees(host),
            None => same == Some(false),
        };
        self.end(now, Closed::Lease, spans, ends)
    }

    /// It was given back.
    pub(crate) fn release(&mut self, now: Timestamp, spans: &Spans) {
        if let Some(lot) = &mut self.lot {
            (lot.mac, lot.session) = (None, None);
            lot.gateway.clear();
        }
        self.end(now, Closed::Release, spans, |_| true);
    }

    /// It was given to `session`.
    pub(crate) fn begin(&mut self, session: &Session<'_>, now: Timestamp, spans: &Spans) {
        let Session { user, vpn, gateway } = *session;
        if self.lot().session.as_deref() != Some(user) {
            self.end(now, Closed::Lease, spans, |_| true);
            self.lot_mut().session = Some(user.into());
            self.heard = self.heard.max(now);
        }
        if self.lot().gateway != gateway {
            self.lot_mut().gateway = gateway.to_vec();
        }
        if vpn {
            self.lot_mut().pooled.extend(now, POOLED);
            self.judged.until = None;
        }
    }

    /// Whether it is given to a session of the gateway that calls itself one of `names`.
    pub(crate) fn is_given_by(&self, names: &[CompactString]) -> bool {
        let lot = self.lot();
        lot.session.is_some() && lot.gateway.iter().any(|name| names.contains(name))
    }

    /// Ends the tenures that `ends` chooses, and what was counted under them.
    fn end(&mut self, now: Timestamp, why: Closed, spans: &Spans, ends: impl Fn(&Tenure) -> bool) -> bool {
        let mut ended = false;
        for tenure in &mut self.tenures {
            if tenure.is_open(now, spans) && ends(tenure) {
                tenure.close(now, why);
                ended = true;
            }
        }
        if ended {
            self.crowd = Crowd::default();
            self.prints = Prints::default();
            self.judged.until = None;
            if let Some(lot) = &mut self.lot {
                lot.changed = None;
                lot.shared.until = lot.shared.until.min(now);
                lot.crowded.until = lot.crowded.until.min(now);
            }
        }
        ended
    }

    /// `host` proved that it is at another address.
    pub(crate) fn left(&mut self, host: &HostName, now: Timestamp, spans: &Spans) {
        let here = |tenure: &&mut Tenure| tenure.is_open(now, spans) && !tenure.several && tenure.host.agrees(host);
        for tenure in self.tenures.iter_mut().filter(here) {
            tenure.set_moved(Some(now));
            self.judged.until = None;
        }
    }

    /// Whether one computer alone holds it, and proved it.
    pub(crate) fn is_firm(&self, now: Timestamp, spans: &Spans) -> bool {
        let mut open = self.tenures.iter().filter(|tenure| tenure.is_open(now, spans));
        open.next().is_some_and(Tenure::is_proved) && open.next().is_none()
    }

    /// `name`, an account's or a machine's, came from it.
    pub(crate) fn crowd(&mut self, what: Crowding, name: &str, now: Timestamp) {
        if !self.crowd.see(what, name, now) {
            return;
        }
        let lot = self.lot_mut();
        let span = match what {
            Crowding::Accounts => &mut lot.crowded,
            Crowding::Machines => &mut lot.shared,
        };
        let before = span.holds(now);
        span.extend(now, SHARED);
        if !before {
            self.judged.until = None;
        }
    }

    /// A connection began whose SYN, its own, was made by `stack`.
    pub(crate) fn print(&mut self, stack: Stack, now: Timestamp) {
        let shown = |computer: &Computer| {
            let mut methods = computer.evidence.iter().map(|evidence| evidence.method);
            methods.any(|method| method == Method::TcpFingerprint)
        };
        match self.prints.see(stack, now) {
            News::None => {}
            News::Minute => {
                if self.judged.computer.as_deref().is_some_and(shown) {
                    self.judged.until = None;
                }
            }
            News::Count => {
                self.heard = self.heard.max(now);
                self.judged.until = None;
            }
        }
    }

    /// Why nothing about it is certain at `at`.
    pub(crate) fn doubts(&self, at: Timestamp) -> SmallVec<[Doubt; 2]> {
        let lot = self.lot();
        let spans = [
            (lot.shared, Doubt::Nat),
            (lot.crowded, Doubt::TerminalServer),
            (lot.pooled, Doubt::Vpn),
        ];
        let holds = spans.into_iter().filter(|(span, _)| span.holds(at));
        holds.map(|(_, doubt)| doubt).collect()
    }
}
