//! An operator's word on an alert.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::health::{Health, Standing};

pub(super) async fn close(State(health): State<Health>, Path(number): Path<u64>, headers: HeaderMap) -> Response {
    set(&health, number, Standing::ClosedManual, &headers)
}

pub(super) async fn suppress(State(health): State<Health>, Path(number): Path<u64>, headers: HeaderMap) -> Response {
    set(&health, number, Standing::Suppressed, &headers)
}

/// The alert as it stands now; whoever came from the page goes back there.
fn set(health: &Health, number: u64, standing: Standing, headers: &HeaderMap) -> Response {
    let Some(alert) = health.set(number, standing) else {
        return (StatusCode::NOT_FOUND, format!("no alert {number} stands\n")).into_response();
    };
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accepts.is_some_and(|accept| accept.contains("text/html")) {
        Redirect::to("/").into_response()
    } else {
        Json(alert).into_response()
    }
}
