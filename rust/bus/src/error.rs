//! What can go wrong with a socket.

/// Policy: at start a service gives up with this sentence; in its loop it logs it and goes on.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address itself cannot be used.
    #[error("{0}")]
    Address(String),
    /// The socket could not be made or set up.
    #[error("cannot set up a socket for {address}: {source}")]
    Socket {
        /// Where to.
        address: String,
        /// What ZeroMQ says.
        source: zmq::Error,
    },
    /// The address could not be bound.
    #[error("cannot bind {address}: {source}; is its folder there and writable, and the address free?")]
    Bind {
        /// Where to.
        address: String,
        /// What ZeroMQ says.
        source: zmq::Error,
    },
    /// Nobody is connected at the other end, and nothing was queued.
    #[error("nobody answers at {0}")]
    NotConnected(String),
    /// Sending or receiving failed.
    #[error("{address}: {source}")]
    Transport {
        /// Where.
        address: String,
        /// What ZeroMQ says.
        source: zmq::Error,
    },
}

impl BusError {
    pub(crate) fn socket(address: &str) -> impl Fn(zmq::Error) -> Self + '_ {
        move |source| Self::Socket {
            address: address.to_owned(),
            source,
        }
    }
    pub(crate) fn transport(address: &str) -> impl Fn(zmq::Error) -> Self + '_ {
        move |source| Self::Transport {
            address: address.to_owned(),
            source,
        }
    }
}
