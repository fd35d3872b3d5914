//! The page: what `/status.json` says, to be read by people, in any browser.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::health::{Alert, Health, Standing, Status, Table, tables};

/// The template's view of a status.
#[derive(Template)]
#[template(path = "status.html")]
struct Page<'a> {
    status: &'a Status,
    summary: Vec<String>,
    standing: Vec<&'a Alert>,
    aside: Vec<&'a Alert>,
    tables: Vec<Table>,
}

pub(super) async fn page(State(health): State<Health>) -> Response {
    let status = health.status();
    let page = Page {
        summary: tables::summary(&status),
        standing: status.open().collect(),
        aside: aside(&status),
        tables: tables::all(&status),
        status: &status,
    };
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What stands and is not open.
fn aside(status: &Status) -> Vec<&Alert> {
    let aside = status.alerts.iter().filter(|alert| alert.standing != Standing::Open);
    aside.collect()
}
