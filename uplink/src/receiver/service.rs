//! The gRPC service: each stream is a task of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::registry::Registry;
use super::stream::{Counters, Stream};
use crate::proto::uplink_server::Uplink;
use crate::proto::{ReceiverMessage, SensorMessage};

/// Answers that wait for a sensor to take them; a sensor that does not is not read from either.
const QUEUE: usize = 16;

/// What every stream is given.
pub(super) struct Service {
    pub(super) registry: Arc<Registry>,
    pub(super) counters: Arc<Counters>,
    pub(super) flush_records: usize,
    pub(super) flush_after: Duration,
    pub(super) acknowledge_after: Duration,
    pub(super) stop: watch::Receiver<bool>,
}

#[tonic::async_trait]
impl Uplink for Service {
    type StreamStream = ReceiverStream<Result<ReceiverMessage, Status>>;

    async fn stream(&self, request: Request<Streaming<SensorMessage>>) -> Result<Response<Self::StreamStream>, Status> {
        let (said, answers) = mpsc::channel(QUEUE);
        let stream = Stream {
            heard: request.into_inner(),
            said,
            registry: self.registry.clone(),
            counters: self.counters.clone(),
            flush_records: self.flush_records,
            flush_after: self.flush_after,
            acknowledge_after: self.acknowledge_after,
            stop: self.stop.clone(),
        };
        tokio::spawn(stream.run());
        Ok(Response::new(ReceiverStream::new(answers)))
    }
}
