//! The other half of a full read, on a connection of its own. Whatever goes wrong with it is no trouble yet: what it was to read is read
//! on the first connection then, which tells what is the matter.

use resolver::directory::sync::{Entry, Half, PAGE};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::page::{MAX_WAITING, size};
use crate::directory::connection::{Patience, Source};
use crate::directory::trouble::{Kind, Trouble};

/// Pages that wait for the first connection; it takes some in after each of its own.
const PAGES: usize = 2;

/// Where to read, and of which controller: the host's name may lead to another one, which knows less than what is followed from.
pub(super) struct Second {
    pub(super) source: Source,
    /// Its dsServiceName.
    pub(super) controller: String,
    pub(super) patience: Patience,
}

enum Told {
    Page(Vec<Entry>),
    Over,
}

/// A half that is being read; no more when this is dropped.
pub(super) struct Beside {
    told: Receiver<Told>,
    whole: bool,
    task: JoinHandle<()>,
}

impl Beside {
    /// Reads from now on.
    pub(super) fn read(second: Second, half: Half) -> Self {
        let (out, told) = channel(PAGES);
        let task = tokio::spawn(async move {
            let host = second.source.host.clone();
            if let Err(trouble) = read(second, half, out).await {
                tracing::debug!(
                    "directory {host}: the second connection of a full read: {trouble}; the first one reads on"
                );
            }
        });
        Self {
            told,
            whole: false,
            task,
        }
    }

    /// A page, where one waits.
    pub(super) fn poll(&mut self) -> Option<Vec<Entry>> {
        let told = self.told.try_recv().ok()?;
        self.page(told)
    }

    /// The next page; none after the last.
    pub(super) async fn next(&mut self) -> Option<Vec<Entry>> {
        let told = self.told.recv().await?;
        self.page(told)
    }

    fn page(&mut self, told: Told) -> Option<Vec<Entry>> {
        match told {
            Told::Page(entries) => Some(entries),
            Told::Over => {
                self.whole = true;
                None
            }
        }
    }

    /// Whether all of it came.
    pub(super) const fn is_whole(&self) -> bool {
        self.whole
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(second: Second, mut half: Half, out: Sender<Told>) -> Result<(), Trouble> {
    let mut connection = second.source.connect().await?;
    connection.patience = second.patience;
    let host = second.source.host;
    let unusable = |what: &str| Trouble::new(Kind::Garbled, format!("{host}: {what}"));
    if connection.root().await?.controller.name != second.controller {
        return Err(unusable("it is another controller"));
    }
    let mut ahead = None;
    while let Some(search) = half.poll_search() {
        let asked = match ahead.take() {
            Some(asked) => asked,
            None => connection.ask(&search).await?,
        };
        let (mut page, mut octets) = (Vec::new(), 0);
        let take = |entry: Entry| {
            octets += size(&entry);
            page.push(entry);
            let fits = octets <= MAX_WAITING && page.len() <= PAGE as usize;
            fits.then_some(()).ok_or_else(|| unusable("a page is too large"))
        };
        let done = connection.hear(asked, take).await?;
        if !half.handle_done(&done) {
            return Err(unusable("a search did not come to its end"));
        }
        if let Some(next) = half.poll_search() {
            ahead = Some(connection.ask(&next).await?);
        }
        if out.send(Told::Page(page)).await.is_err() {
            break; // nobody wants it any more
        }
    }
    let _ = out.send(Told::Over).await;
    connection.close().await;
    Ok(())
}
