//! Request and answer: a ROUTER that knows its peers, and a DEALER that never queues for the dead.

use prost::Message;

use crate::address::check_address;
use crate::error::BusError;
use crate::subscriber::receive;
use crate::wait::AsSocket;

/// The largest message that is read; a peer that sends more is disconnected.
const LARGEST_MESSAGE: i64 = 16 << 20;

/// One connection to a [`Router`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer(Vec<u8>);

/// What became of a message to a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is on its way.
    Sent,
    /// The connection is gone.
    PeerGone,
    /// The peer does not read and its queue is full: the message was not sent.
    PeerFull,
}

/// A ROUTER socket.
pub struct Router {
    socket: zmq::Socket,
    address: String,
}

impl Router {
    /// Binds `address`; at most `high_water_mark` messages wait per peer and direction.
    pub fn bind(context: &zmq::Context, address: &str, high_water_mark: i32) -> Result<Self, BusError> {
        check_address(address)?;
        let failed = BusError::socket(address);
        let socket = context.socket(zmq::ROUTER).map_err(&failed)?;
        socket.set_linger(200).map_err(&failed)?;
        socket.set_sndhwm(high_water_mark).map_err(&failed)?;
        socket.set_rcvhwm(high_water_mark).map_err(&failed)?;
        socket.set_maxmsgsize(LARGEST_MESSAGE).map_err(&failed)?;
        // Without it a message to an unknown peer vanishes in silence.
        socket.set_router_mandatory(true).map_err(&failed)?;
        let bound = |source| BusError::Bind {
            address: address.to_owned(),
            source,
        };
        socket.bind(address).map_err(bound)?;
        Ok(Self {
            socket,
            address: address.to_owned(),
        })
    }

    /// The next message and who sent it. Frames beyond the first of a message are dropped: the protocol has one.
    pub fn try_receive(&self) -> Result<Option<(Peer, Vec<u8>)>, BusError> {
        let Some(identity) = receive(&self.socket, &self.address)? else {
            return Ok(None);
        };
        let mut body = None;
        while self
            .socket
            .get_rcvmore()
            .map_err(BusError::transport(&self.address))?
        {
            let frame = receive(&self.socket, &self.address)?.unwrap_or_default();
            body.get_or_insert(frame);
        }
        Ok(Some((Peer(identity), body.unwrap_or_default())))
    }

    /// Sends to one peer without waiting.
    pub fn send(&self, peer: &Peer, message: &impl Message) -> Result<Delivery, BusError> {
        let body = message.encode_to_vec();
        loop {
            return match self.socket.send_multipart([&peer.0, &body], zmq::DONTWAIT) {
                Ok(()) => Ok(Delivery::Sent),
                Err(zmq::Error::EINTR) => continue,
                Err(zmq::Error::EHOSTUNREACH) => Ok(Delivery::PeerGone),
                Err(zmq::Error::EAGAIN) => Ok(Delivery::PeerFull),
                Err(source) => Err(BusError::transport(&self.address)(source)),
            };
        }
    }
}

impl AsSocket for Router {
    fn socket(&self) -> &zmq::Socket {
        &self.socket
    }
}

/// A DEALER socket. It sends only over a live connection: nothing waits for a dead peer to come back and
/// then arrives late.
pub struct Dealer {
    socket: zmq::Socket,
    address: String,
}

impl Dealer {
    /// Connects to `address`; at most `high_water_mark` messages wait in each direction.
    pub fn connect(context: &zmq::Context, address: &str, high_water_mark: i32) -> Result<Self, BusError> {
        check_address(address)?;
        let failed = BusError::socket(address);
        let socket = context.socket(zmq::DEALER).map_err(&failed)?;
        socket.set_linger(0).map_err(&failed)?;
        socket.set_immediate(true).map_err(&failed)?;
        socket.set_sndhwm(high_water_mark).map_err(&failed)?;
        socket.set_rcvhwm(high_water_mark).map_err(&failed)?;
        socket.set_maxmsgsize(LARGEST_MESSAGE).map_err(&failed)?;
        socket.set_reconnect_ivl(10).map_err(&failed)?;
        socket.set_reconnect_ivl_max(100).map_err(&failed)?;
        socket.connect(address).map_err(&failed)?;
        Ok(Self {
            socket,
            address: address.to_owned(),
        })
    }

    /// Sends without waiting; [`BusError::NotConnected`] when there is nobody to send to.
    pub fn send(&self, message: &impl Message) -> Result<(), BusError> {
        let body = message.encode_to_vec();
        loop {
            match self.socket.send(&body, zmq::DONTWAIT) {
                Ok(()) => return Ok(()),
                Err(zmq::Error::EINTR) => {}
                Err(zmq::Error::EAGAIN) => return Err(BusError::NotConnected(self.address.clone())),
                Err(source) => return Err(BusError::transport(&self.address)(source)),
            }
        }
    }

    /// The next message, or `None` when none is waiting.
    pub fn try_receive(&self) -> Result<Option<Vec<u8>>, BusError> {
        receive(&self.socket, &self.address)
    }
}

impl AsSocket for Dealer {
    fn socket(&self) -> &zmq::Socket {
        &self.socket
    }
}
