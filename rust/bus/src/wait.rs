//! Waiting for several sockets at once.

use crate::error::BusError;

/// Whatever can be waited for.
pub trait AsSocket {
    /// The socket underneath.
    fn socket(&self) -> &zmq::Socket;
}

/// Returns when one of `sockets` has something to read, or after `timeout_ms`, or early on a signal.
pub fn wait(sockets: &[&dyn AsSocket], timeout_ms: i64) -> Result<(), BusError> {
    let mut items: Vec<zmq::PollItem<'_>> = sockets
        .iter()
        .map(|socket| socket.socket().as_poll_item(zmq::POLLIN))
        .collect();
    match zmq::poll(&mut items, timeout_ms) {
        Ok(_) | Err(zmq::Error::EINTR) => Ok(()),
        Err(source) => Err(BusError::transport("poll")(source)),
    }
}
