//! What the daemon answers over HTTP: metrics, health, status, a page to read, and an operator's word on alerts.
//!
//! | path | answer |
//! |---|---|
//! | `/` | a page, without scripts |
//! | `/health` | 200 where nothing of medium or high severity is open, else 503; JSON |
//! | `/metrics` | OpenMetrics text, for Prometheus |
//! | `/status.json` | everything, as `adtap status` and `adtap top` read it |
//! | `/activities.json` | the latest activities as lines, from this host alone: `adtap top` |
//! | `POST /alerts/N/close`, `POST /alerts/N/suppress` | an operator's word on alert N, from this host alone |
//!
//! It runs on a thread and a runtime of its own, and shares nothing with the pipeline but [`Health`].

mod alerts;
mod config;
mod families;
mod guard;
mod metrics;
mod page;
#[cfg(test)]
mod tests;

use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use anyhow::Context;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::sync::oneshot;

pub(crate) use config::Config;

use crate::exit::{Code, Failure};
use crate::health::Health;

/// A socket that listens: taken before privileges are dropped.
#[derive(Debug)]
pub(crate) struct Bound(TcpListener);

/// Listens where `config` says; none where it is turned off.
///
/// # Errors
/// The address is taken or not this host's, or others could reach it.
pub(crate) fn bind(config: &Config) -> anyhow::Result<Option<Bound>> {
    if !config.enabled {
        return Ok(None);
    }
    if let Some(problem) = config.problems().pop() {
        return Err(Failure::new(Code::Config, problem).into());
    }
    let listener = TcpListener::bind(config.listen).map_err(|error| {
        let at = config.listen;
        let sentence = format!("web.listen: {at} cannot be listened on ({error}); there is no page and `adtap status` has nobody to ask; see whether adtap runs already, or choose another port");
        Failure::new(Code::Unavailable, sentence)
    })?;
    listener.set_nonblocking(true)?;
    Ok(Some(Bound(listener)))
}

impl Bound {
    /// Where it listens.
    #[cfg(test)]
    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().expect("it is bound")
    }

    /// Answers what `health` knows, until the server is dropped.
    pub(crate) fn serve(self, health: Health) -> anyhow::Result<Server> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(self.0)?
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let app = router(health).into_make_service_with_connect_info::<SocketAddr>();
        let body = move || {
            runtime.block_on(async {
                tokio::select! {
                    ended = axum::serve(listener, app) => ended,
                    _ = stopped => Ok(()),
                }
            })
        };
        let thread = thread::Builder::new()
            .name("web".into())
            .spawn(body)
            .context("the web thread")?;
        Ok(Server {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// The server; it stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl Server {
    /// Whether it answers no more, which before it is dropped it never should.
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

fn router(health: Health) -> Router {
    let operator = Router::new()
        .route("/alerts/{number}/close", post(alerts::close))
        .route("/alerts/{number}/suppress", post(alerts::suppress))
        .route("/activities.json", get(activities))
        .layer(from_fn(guard::operator));
    Router::new()
        .route("/", get(page::page))
        .route("/health", get(verdict))
        .route("/metrics", get(metrics))
        .route("/status.json", get(status))
        .merge(operator)
        .layer(from_fn(guard::host))
        .with_state(health)
}

async fn status(State(health): State<Health>) -> Response {
    Json(health.status()).into_response()
}

async fn activities(State(health): State<Health>) -> Response {
    Json(health.activities().lines()).into_response()
}

async fn metrics(State(health): State<Health>) -> Response {
    let (snapshot, alerts) = health.newest();
    match metrics::text(snapshot, alerts) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// For load balancers and monitoring: one word and a code.
async fn verdict(State(health): State<Health>) -> Response {
    let status = health.status();
    let code = if status.is_healthy() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let open = status.open().map(|alert| {
        json!({"number": alert.number, "id": alert.id, "name": alert.name, "subject": alert.finding.subject,
            "severity": alert.finding.severity, "opened": alert.opened})
    });
    let open: Vec<_> = open.collect();
    let body = json!({"healthy": status.is_healthy(), "severity": status.severity, "stale_seconds": status.stale_seconds, "alerts": open});
    (code, Json(body)).into_response()
}
