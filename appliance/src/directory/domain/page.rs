//! A page of everything that is read: it waits until the next one is asked for, so that the controller makes that meanwhile.

use resolver::directory::sync::{Entry, PAGE, Session};

/// Octets of entries that wait at most; what is beyond is taken in as it comes, and the next page asked for later.
pub(super) const MAX_WAITING: usize = 16 << 20;

/// Entries that wait, in the order they came.
#[derive(Default)]
pub(super) struct Page {
    waiting: Vec<Entry>,
    octets: usize,
    came: u32,
}

impl Page {
    /// Takes an entry. False where there are more than were asked for: then this is no page, and may have no end.
    #[must_use]
    pub(super) fn push(&mut self, entry: Entry, session: &mut Session) -> bool {
        self.came += 1;
        self.octets += size(&entry);
        self.waiting.push(entry);
        if self.octets > MAX_WAITING {
            self.hand_on(session);
        }
        self.came <= PAGE
    }

    /// Has the session take in what waits.
    pub(super) fn hand_on(&mut self, session: &mut Session) {
        self.octets = 0;
        self.waiting.drain(..).for_each(|entry| session.handle_entry(entry));
    }
}

/// Octets of an entry.
pub(super) fn size(entry: &Entry) -> usize {
    let attributes = entry.attributes.iter();
    let octets = attributes.map(|(name, values)| name.len() + values.iter().map(Vec::len).sum::<usize>());
    entry.dn.len() + octets.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use resolver::directory::Guid;
    use resolver::directory::sync::{Context, Controller, Replica};

    use super::*;

    fn reading() -> Session {
        let base = "DC=lab,DC=example".to_owned();
        let mut session = Session::new(Context::Domain, base, Replica::new("lab.example"), None, false);
        session.begin(Controller::default());
        session
    }

    fn entry(number: u8, octets: usize) -> Entry {
        Entry {
            dn: format!("CN=user{number},DC=lab,DC=example").into_bytes(),
            attributes: vec![
                (b"objectGUID".to_vec(), vec![vec![number; 16]]),
                (b"title".to_vec(), vec![vec![b'x'; octets]]),
            ],
        }
    }

    #[test]
    fn entries_wait_up_to_a_number_of_octets() {
        let (mut session, mut page) = (reading(), Page::default());
        let known = |session: &Session, number| session.replica().find(Guid([number; 16])).is_some();
        assert!(page.push(entry(1, MAX_WAITING / 2), &mut session));
        assert!(!known(&session, 1), "it waits");
        assert!(page.push(entry(2, MAX_WAITING / 2), &mut session));
        assert!(known(&session, 1) && known(&session, 2) && page.waiting.is_empty());
        assert!(page.push(entry(3, 7), &mut session));
        assert!(!known(&session, 3));
        page.hand_on(&mut session);
        assert!(known(&session, 3));
    }

    #[test]
    fn more_entries_than_were_asked_for_are_no_page() {
        let (mut session, mut page) = (reading(), Page::default());
        assert!((0..PAGE).all(|_| page.push(entry(1, 1), &mut session)));
        assert!(!page.push(entry(1, 1), &mut session));
    }
}
