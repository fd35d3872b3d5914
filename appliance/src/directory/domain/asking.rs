//! What a session wants to know, asked one search after the other; while everything is read, on two connections.

use resolver::directory::sync::{Done, Entry, Refusal, Session};

use super::beside::{Beside, Second};
use super::page::Page;
use crate::directory::connection::{Asked, Connection};
use crate::directory::status::DomainStatus;
use crate::directory::trouble::{Kind, Trouble};

/// A session, and whom it asks.
pub(super) struct Asking<'a> {
    pub(super) session: &'a mut Session,
    pub(super) connection: &'a mut Connection,
    pub(super) status: &'a mut DomainStatus,
    pub(super) entries: &'a mut u64,
    /// Is told of every entry; false ends it.
    pub(super) watch: &'a mut dyn FnMut(&DomainStatus, u64) -> bool,
    /// For the other half of a full read, until that begins.
    pub(super) second: Option<Second>,
    pub(super) beside: Option<Beside>,
}

impl Asking<'_> {
    /// Until nothing is left to ask.
    pub(super) async fn all(mut self) -> Result<(), Trouble> {
        loop {
            self.searches().await?;
            if !self.session.is_halved() {
                return Ok(());
            }
            self.rejoin().await?;
        }
    }

    async fn searches(&mut self) -> Result<(), Trouble> {
        let mut ahead = None;
        loop {
            self.halve();
            let Some(search) = self.session.poll_search() else {
                return Ok(());
            };
            self.status.reading = self.session.is_reading();
            let asked = match ahead.take() {
                Some(asked) => asked,
                None => self.connection.ask(&search).await?,
            };
            ahead = self.answer(asked).await?;
            self.take_beside()?;
        }
    }

    /// Takes in an answer. Whoever asks for everything has asked for the next page by then: the controller makes that meanwhile.
    async fn answer(&mut self, asked: Asked) -> Result<Option<Asked>, Trouble> {
        let (reading, mut page) = (self.session.is_reading(), Page::default());
        let (session, host) = (&mut *self.session, &self.connection.host);
        let take = |entry: Entry| {
            *self.entries += 1;
            if !reading {
                session.handle_entry(entry);
            } else if !page.push(entry, session) {
                return Err(endless(host));
            }
            goes_on((self.watch)(self.status, *self.entries))
        };
        let done = self.connection.hear(asked, take).await?;
        self.sound(&done)?;
        let next = self.session.poll_ahead(&done);
        let ahead = match next {
            Some(next) => Some(self.connection.ask(&next).await?),
            None => None,
        };
        page.hand_on(self.session);
        let refused = |refusal: Refusal| Trouble::new(Kind::Refused, format!("{}: {refusal}", self.connection.host));
        self.session.handle_done(done).map_err(refused)?;
        Ok(ahead)
    }

    /// To take it for the last page would be to conclude from what did not come.
    fn sound(&self, done: &Done) -> Result<(), Trouble> {
        if done.code != 0 || !done.is_garbled() {
            return Ok(());
        }
        let what = format!("{}: where its answer goes on cannot be read", self.connection.host);
        Err(Trouble::new(Kind::Garbled, what))
    }

    /// Has the second connection begin, where everything is about to be read.
    fn halve(&mut self) {
        let Some(second) = self.second.take() else { return };
        match self.session.halve() {
            Some(half) => self.beside = Some(Beside::read(second, half)),
            None => self.second = Some(second),
        }
    }

    /// Takes in what has come on the second connection.
    fn take_beside(&mut self) -> Result<(), Trouble> {
        while let Some(entries) = self.beside.as_mut().and_then(Beside::poll) {
            self.take(entries)?;
        }
        Ok(())
    }

    /// Takes in the rest of what comes there. Where that is not everything, the session asks here.
    async fn rejoin(&mut self) -> Result<(), Trouble> {
        let mut beside = self.beside.take();
        while let Some(entries) = next(&mut beside).await {
            self.take(entries)?;
        }
        self.session.rejoin(beside.is_some_and(|beside| beside.is_whole()));
        Ok(())
    }

    fn take(&mut self, entries: Vec<Entry>) -> Result<(), Trouble> {
        for entry in entries {
            *self.entries += 1;
            self.session.handle_entry(entry);
            goes_on((self.watch)(self.status, *self.entries))?;
        }
        Ok(())
    }
}

async fn next(beside: &mut Option<Beside>) -> Option<Vec<Entry>> {
    beside.as_mut()?.next().await
}

/// No page has more entries than were asked for: such an answer may have no end.
fn endless(host: &str) -> Trouble {
    let what = format!("{host}: it sends more entries than were asked for in a page");
    Trouble::new(Kind::Garbled, what)
}

fn goes_on(it_does: bool) -> Result<(), Trouble> {
    let ends = || Trouble::new(Kind::Ended, "adtap ends");
    it_does.then_some(()).ok_or_else(ends)
}
