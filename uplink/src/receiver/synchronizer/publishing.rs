//! One publication that comes: a head, sections and objects, an end. Taken as a whole, or not at all.

use std::time::Duration;

use tokio::time::timeout;
use tonic::{Status, Streaming};

use super::desk::Refused;
use super::log::Incoming;
use super::office::{Office, at, store};
use crate::proto::publish_message::Message as Heard;
use crate::proto::{PublishHead, PublishMessage};

/// How long the next message may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes it; answers what the log ends with.
pub(super) async fn serve(office: &Office, mut heard: Streaming<PublishMessage>) -> Result<u64, Status> {
    let head = match next(&mut heard).await? {
        Some(Heard::Head(head)) => head,
        _ => return Err(Status::invalid_argument("a publication begins with a head")),
    };
    let desk = office.desk(&head.sensor, &head.spool, &head.domain)?;
    let begin = {
        let head = head.clone();
        move |desk: &mut super::desk::Desk| desk.begin(&head)
    };
    let incoming = at(desk.clone(), begin).await?.map_err(|refused| status(&refused))?;
    let incoming = receive(&mut heard, incoming).await?;
    let sequence = at(desk, move |desk| {
        let told = desk.publish(&head, incoming);
        told.inspect(|sequence| tell(&head, *sequence))
    });
    sequence.await?.map_err(|refused| status(&refused))
}

fn tell(head: &PublishHead, sequence: u64) {
    let what = if head.whole { "as a whole" } else { "what has changed" };
    tracing::debug!(domain = head.domain, sensor = head.sensor, sequence, "published {what}");
}

/// Everything up to its end. A file is written as it comes: what is buffered makes that hardly ever wait.
async fn receive(heard: &mut Streaming<PublishMessage>, mut incoming: Incoming) -> Result<Incoming, Status> {
    let mut begun = false;
    loop {
        let message = match next(heard).await? {
            Some(Heard::End(_)) => return Ok(incoming),
            Some(Heard::Section(section)) => {
                begun = true;
                Heard::Section(section)
            }
            Some(Heard::Objects(objects)) if begun => Heard::Objects(objects),
            Some(Heard::Objects(_)) => return Err(Status::invalid_argument("objects of no section")),
            Some(Heard::Head(_)) => return Err(Status::invalid_argument("a second head")),
            None => continue, // something newer
        };
        let message = PublishMessage { message: Some(message) };
        let push = tokio::task::spawn_blocking(move || {
            let fits = incoming.push(&message);
            (incoming, fits)
        });
        let (back, fits) = push.await.map_err(|error| Status::internal(error.to_string()))?;
        incoming = back;
        if !fits.map_err(|error| store(&error))? {
            return Err(Status::resource_exhausted("a publication is too large"));
        }
    }
}

/// The next message; that the stream ends before the publication does is an error.
async fn next(heard: &mut Streaming<PublishMessage>) -> Result<Option<Heard>, Status> {
    let message = timeout(PATIENCE, heard.message())
        .await
        .map_err(|_| Status::deadline_exceeded("the publication does not go on"))??;
    let message = message.ok_or_else(|| Status::invalid_argument("the publication has no end"))?;
    Ok(message.message)
}

fn status(refused: &Refused) -> Status {
    match refused {
        Refused::Fenced => Status::aborted(refused.to_string()),
        Refused::Hole(_) => Status::failed_precondition(refused.to_string()),
        Refused::Full => Status::resource_exhausted(refused.to_string()),
        Refused::Store(error) => store(error),
    }
}
