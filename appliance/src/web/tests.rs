//! The server over real HTTP on loopback.

use ureq::Agent;
use ureq::http::{Response, StatusCode};

use super::{Bound, Config, Server, bind, metrics};
use crate::health::{Config as Thresholds, Health, Status, examples};

/// A server that knows a sensor, and somebody to ask it.
struct Bench {
    health: Health,
    url: String,
    agent: Agent,
    _server: Server,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let health = Health::open(&Thresholds::default(), folder.path());
        let config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            ..Config::default()
        };
        let bound: Bound = bind(&config).unwrap().unwrap();
        let url = format!("http://{}", bound.address());
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .build();
        let server = bound.serve(health.clone()).unwrap();
        Self {
            health,
            url,
            agent: agent.into(),
            _server: server,
            _folder: folder,
        }
    }

    /// So many seconds without traffic of the second controller.
    fn live(&self, seconds: u64) {
        for second in 0..seconds {
            let mut snapshot = examples::healthy(second);
            snapshot.controllers[1] = examples::healthy(0).controllers[1].clone();
            self.health.observe(snapshot);
        }
    }

    fn get(&self, path: &str) -> (StatusCode, String) {
        body(self.agent.get(format!("{}{path}", self.url)).call().unwrap())
    }

    fn post(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        body(request.send_empty().unwrap())
    }
}

fn body(mut response: Response<ureq::Body>) -> (StatusCode, String) {
    (response.status(), response.body_mut().read_to_string().unwrap())
}

#[test]
fn health_is_a_code_and_a_word() {
    let bench = Bench::new();
    bench.live(30);
    let (code, text) = bench.get("/health");
    assert_eq!(code, StatusCode::OK, "{text}");
    assert!(text.contains("\"healthy\":true"), "{text}");
    bench.live(700);
    let (code, text) = bench.get("/health");
    assert_eq!(code, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("\"id\":1017") && text.contains("dc2"), "{text}");
}

#[test]
fn the_status_is_read_back() {
    let bench = Bench::new();
    bench.live(700);
    let (code, text) = bench.get("/status.json");
    assert_eq!(code, StatusCode::OK);
    let status: Status = serde_json::from_str(&text).unwrap();
    let known = bench.health.status();
    assert_eq!((&status.snapshot, &status.ledger), (&known.snapshot, &known.ledger));
    assert_eq!((status.alerts, status.severity), (known.alerts, known.severity));
}

#[test]
fn an_operator_closes_and_suppresses() {
    let bench = Bench::new();
    bench.live(700);
    let (code, text) = bench.post("/alerts/1/suppress", &[]);
    assert_eq!(code, StatusCode::OK);
    assert!(
        text.contains("\"standing\":\"suppressed\"") && text.contains("\"type\":\"sensor\""),
        "{text}"
    );
    assert_eq!(bench.get("/health").0, StatusCode::OK);
    let (code, _) = bench.post("/alerts/1/close", &[("accept", "text/html")]);
    assert_eq!(code, StatusCode::SEE_OTHER);
    assert_eq!(bench.post("/alerts/2/close", &[]).0, StatusCode::NOT_FOUND);
    assert_eq!(bench.get("/alerts/1/close").0, StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn another_page_neither_acts_nor_reads() {
    let bench = Bench::new();
    bench.live(700);
    for foreign in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        assert_eq!(
            bench.post("/alerts/1/close", &[foreign]).0,
            StatusCode::FORBIDDEN,
            "{foreign:?}"
        );
    }
    assert_eq!(
        bench.post("/alerts/1/close", &[("host", "evil.example")]).0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(bench.health.status().open().count(), 1);
    assert_eq!(
        bench.post("/alerts/1/close", &[("origin", &bench.url)]).0,
        StatusCode::OK
    );
}

#[test]
fn the_page_needs_no_script_and_escapes_what_it_shows() {
    let bench = Bench::new();
    let mut snapshot = examples::healthy(1);
    snapshot.controllers[0].name = "<script>alert(1)</script>".to_owned();
    bench.health.observe(snapshot);
    let (code, text) = bench.get("/");
    assert_eq!(code, StatusCode::OK);
    assert!(!text.contains("<script") && text.contains("&#60;script&#62;"), "{text}");
    assert!(text.contains("Nothing is the matter") && text.contains("Nothing was lost") == text.contains("no loss"));
}

#[test]
fn metrics_are_open_metrics() {
    let bench = Bench::new();
    bench.live(1);
    let (code, text) = bench.get("/metrics");
    assert_eq!(code, StatusCode::OK);
    assert!(text.ends_with("# EOF\n"), "{text}");
    let status = examples::status();
    let text = metrics::text(status.snapshot, status.alerts).unwrap();
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "1.2.3"));
}

#[test]
fn metrics_tell_what_asking_hosts_came_to() {
    let mut snapshot = examples::healthy(1);
    assert!(!metrics::text(snapshot.clone(), Vec::new()).unwrap().contains("lookup"));
    snapshot.lookup = Some(examples::lookup());
    let text = metrics::text(snapshot, Vec::new()).unwrap();
    for line in [
        "adtap_lookup_probes_total{method=\"rpc\",outcome=\"named\"} 40",
        "adtap_lookup_probes_total{method=\"rdp\",outcome=\"refused\"} 9",
        "adtap_lookup_events_total{reason=\"begun\"} 60",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn a_socket_that_others_reach_is_refused() {
    let config = Config {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..Config::default()
    };
    assert!(bind(&config).unwrap_err().to_string().contains("allow-remote"));
    assert!(
        bind(&Config {
            enabled: false,
            ..config
        })
        .unwrap()
        .is_none()
    );
}
