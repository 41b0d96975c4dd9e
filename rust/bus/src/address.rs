//! Which addresses a desk may use.

use crate::error::BusError;

/// The kernel's limit for the path of a local socket, its end mark left out.
pub const LONGEST_PATH: usize = 107;

/// Refuses an address that cannot work or must not be used: a socket path over 107 bytes, a TCP address that
/// is not loopback (there are no keys yet), or another transport.
pub fn check_address(address: &str) -> Result<(), BusError> {
    if let Some(path) = address.strip_prefix("ipc://") {
        return match path.len() {
            0 => Err(BusError::Address(format!("{address} names no path"))),
            1..=LONGEST_PATH => Ok(()),
            length => Err(BusError::Address(format!(
                "{address}: the socket path has {length} bytes, {LONGEST_PATH} are possible; \
                 choose a shorter QUARTERDECK_HOME"
            ))),
        };
    }
    if let Some(endpoint) = address.strip_prefix("tcp://") {
        let host = endpoint.rsplit_once(':').map_or(endpoint, |(host, _)| host);
        let loopback = host == "localhost"
            || host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        return if loopback {
            Ok(())
        } else {
            Err(BusError::Address(format!(
                "{address} is not loopback and would be open to everybody; use ipc:// or tcp://127.0.0.1"
            )))
        };
    }
    if address.starts_with("inproc://") {
        return Ok(());
    }
    Err(BusError::Address(format!(
        "{address} is neither ipc:// nor tcp:// on loopback"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_short_paths_pass() {
        for address in [
            "ipc:///run/desk/a.ipc",
            "tcp://127.0.0.1:5555",
            "tcp://[::1]:1",
            "tcp://localhost:1",
        ] {
            check_address(address).unwrap();
        }
    }

    #[test]
    fn others_are_refused_with_the_remedy() {
        let long = format!("ipc:///{}", "x".repeat(LONGEST_PATH));
        assert!(
            check_address(&long)
                .unwrap_err()
                .to_string()
                .contains("shorter QUARTERDECK_HOME")
        );
        check_address(&long[..long.len() - 1]).unwrap();
        for address in [
            "tcp://0.0.0.0:1",
            "tcp://10.0.0.1:1",
            "tcp://*:1",
            "udp://127.0.0.1:1",
            "ipc://",
            "",
        ] {
            assert!(check_address(address).is_err(), "{address}");
        }
    }
}
