//! The DNS servers that this host uses: resolv.conf(5).

use std::net::IpAddr;
use std::path::Path;

/// Where they are named.
const FILE: &str = "/etc/resolv.conf";

/// As many as the C library asks (MAXNS).
const MAX: usize = 3;

/// The servers that the system names; none where the file cannot be read.
pub(crate) fn of_the_system() -> Vec<IpAddr> {
    let text = std::fs::read_to_string(Path::new(FILE)).unwrap_or_default();
    read(&text)
}

fn read(text: &str) -> Vec<IpAddr> {
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver"))
            .then(|| words.next()?.parse().ok())
            .flatten()
    };
    text.lines().filter_map(server).take(MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_servers_count() {
        let text = "# nameserver 10.0.0.1\nsearch lab.example\nnameserver 10.77.0.10 # dc1\n\tnameserver\tfd77::10\nnameserver x\n";
        let servers: Vec<IpAddr> = ["10.77.0.10", "fd77::10"].map(|ip| ip.parse().unwrap()).into();
        assert_eq!(read(text), servers);
        assert_eq!(read(&"nameserver 10.0.0.1\n".repeat(9)).len(), MAX);
    }
}
