//! Who may ask: whoever reaches the socket may read, this host's operator alone may act, and no foreign web page either.
//!
//! A page in the operator's browser can send requests to loopback. It cannot choose the `Host` header, so a name that was
//! rebound to loopback is refused; and it cannot hide its `Origin`, so a form on another page is refused.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets requests through that name this server by address, or as `localhost`.
pub(super) async fn host(request: Request, next: Next) -> Response {
    match text(request.headers(), header::HOST.as_str()) {
        Some(host) if is_address(host) => {
            let mut response = next.run(request).await;
            let headers = response.headers_mut();
            let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
            for (name, value) in [
                (header::CONTENT_SECURITY_POLICY, policy),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CACHE_CONTROL, "no-store"),
            ] {
                headers.insert(name, header::HeaderValue::from_static(value));
            }
            response
        }
        _ => refuse("ask by address or as localhost; a name may be anybody's"),
    }
}

/// Lets this host through, unless another page sent it.
pub(super) async fn operator(ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request, next: Next) -> Response {
    if !peer.ip().to_canonical().is_loopback() {
        return refuse("alerts are closed and suppressed from the sensor itself");
    }
    if is_foreign(request.headers()) {
        return refuse("another page sent this");
    }
    next.run(request).await
}

fn refuse(why: &'static str) -> Response {
    (StatusCode::FORBIDDEN, format!("{why}\n")).into_response()
}

fn is_address(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let inside = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || inside.parse::<IpAddr>().is_ok()
}

/// Whether the browser says that it was sent by a page of another origin (Fetch standard, §3.2).
fn is_foreign(headers: &HeaderMap) -> bool {
    let own = text(headers, header::HOST.as_str()).unwrap_or_default();
    let foreign = |origin: &str| origin.strip_prefix("http://") != Some(own);
    let site = text(headers, "sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
    site || text(headers, header::ORIGIN.as_str()).is_some_and(foreign)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_are_hosts() {
        for good in [
            "127.0.0.1:4391",
            "127.0.0.1",
            "[::1]:4391",
            "localhost:4391",
            "10.1.2.3:80",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "evil.example:4391",
            "localhost.evil.example",
            "127.0.0.1.nip.example",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
