//! The running daemon, asked over its loopback HTTP.

use std::time::Duration;

use anyhow::Context;
use ureq::Agent;

use crate::config::Config;
use crate::exit::{Code, Failure};
use crate::health::Status;

/// How long an answer may take; the daemon answers from memory.
const PATIENCE: Duration = Duration::from_secs(5);

/// Most bytes of an answer.
const MAX_BYTES: u64 = 64 << 20;

/// Where to ask.
#[derive(Debug)]
pub(super) struct Daemon {
    agent: Agent,
    url: String,
}

impl Daemon {
    /// The daemon at `url`; without one, where the configuration lets it listen.
    pub(super) fn new(url: Option<&str>, config: &Config) -> Self {
        let configured = || format!("http://{}", config.web.listen);
        let agent = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .build();
        Self {
            agent: agent.into(),
            url: url.map_or_else(configured, |url| url.trim_end_matches('/').to_owned()),
        }
    }

    /// What [`Self::json`] means.
    pub(super) fn read(&self, json: &str) -> anyhow::Result<Status> {
        serde_json::from_str(json).with_context(|| {
            let url = &self.url;
            format!("{url}/status.json: what answers there is no adtap of this version")
        })
    }

    /// All there is to say.
    pub(super) fn json(&self) -> anyhow::Result<String> {
        let path = format!("{}/status.json", self.url);
        self.answer(self.agent.get(path).call())
    }

    /// The latest activities as lines, oldest first.
    pub(super) fn activities(&self) -> anyhow::Result<Vec<String>> {
        let path = format!("{}/activities.json", self.url);
        Ok(serde_json::from_str(&self.answer(self.agent.get(path).call())?)?)
    }

    /// An operator's word on an alert: `close` or `suppress`.
    pub(super) fn tell(&self, number: u64, word: &str) -> anyhow::Result<()> {
        let path = format!("{}/alerts/{number}/{word}", self.url);
        self.answer(self.agent.post(path).send_empty()).map(drop)
    }

    fn answer(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> anyhow::Result<String> {
        let unreachable = |error: ureq::Error| {
            let url = &self.url;
            let sentence = format!(
                "no adtap answers at {url} ({error}); nothing is known of it; see whether `adtap run` runs, and what [web] says"
            );
            Failure::new(Code::Unavailable, sentence)
        };
        let mut answer = answer.map_err(unreachable)?;
        let body = answer
            .body_mut()
            .with_config()
            .limit(MAX_BYTES)
            .read_to_string()
            .map_err(unreachable)?;
        if answer.status().is_success() {
            return Ok(body);
        }
        let sentence = format!("{}: {} ({})", self.url, body.trim(), answer.status());
        Err(Failure::new(Code::Unavailable, sentence).into())
    }
}
