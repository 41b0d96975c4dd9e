//! The receiving end of a stream.

use crate::address::check_address;
use crate::error::BusError;
use crate::wait::AsSocket;

/// The prefix that subscribes to one symbol: field 1 of the message as protobuf writes it.
/// Symbols have at most 64 bytes, so the length is one byte.
pub fn symbol_topic(symbol: &str) -> Vec<u8> {
    let length = u8::try_from(symbol.len()).unwrap_or(u8::MAX);
    [&[0x0a, length], symbol.as_bytes()].concat()
}

/// Frames that were received together. It is filled anew by each call, so that no frame allocates.
pub struct Batch {
    messages: Vec<zmq::Message>,
    filled: usize,
}

impl Batch {
    /// Room for `capacity` frames, at least one.
    pub fn new(capacity: usize) -> Self {
        let messages = std::iter::repeat_with(zmq::Message::new).take(capacity.max(1));
        Self {
            messages: messages.collect(),
            filled: 0,
        }
    }

    /// The frames of the last call, in the order they came.
    pub fn frames(&self) -> impl Iterator<Item = &[u8]> {
        self.messages[..self.filled].iter().map(|message| &**message)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.filled
    }

    /// True when nothing was waiting.
    pub const fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// True when more may be waiting.
    pub const fn is_full(&self) -> bool {
        self.filled == self.messages.len()
    }
}

/// A SUB socket, read frame by frame or in batches.
pub struct Subscriber {
    socket: zmq::Socket,
    address: String,
}

impl Subscriber {
    /// Connects to `address` and subscribes to each prefix of `topics` (an empty one takes everything).
    /// At most `high_water_mark` messages wait here; what comes beyond is dropped by the publisher, as a gap.
    pub fn connect(
        context: &zmq::Context,
        address: &str,
        topics: &[Vec<u8>],
        high_water_mark: i32,
    ) -> Result<Self, BusError> {
        check_address(address)?;
        let failed = BusError::socket(address);
        let socket = context.socket(zmq::SUB).map_err(&failed)?;
        socket.set_linger(0).map_err(&failed)?;
        socket.set_rcvhwm(high_water_mark).map_err(&failed)?;
        socket.set_reconnect_ivl(20).map_err(&failed)?;
        socket.set_reconnect_ivl_max(200).map_err(&failed)?;
        for topic in topics {
            socket.set_subscribe(topic).map_err(&failed)?;
        }
        socket.connect(address).map_err(&failed)?;
        Ok(Self {
            socket,
            address: address.to_owned(),
        })
    }

    /// The next frame, or `None` when none is waiting.
    pub fn try_receive(&self) -> Result<Option<Vec<u8>>, BusError> {
        receive(&self.socket, &self.address)
    }

    /// The next frames in place of those in `batch`, as many as are waiting and have room.
    pub fn receive_batch(&self, batch: &mut Batch) -> Result<(), BusError> {
        batch.filled = 0;
        while let Some(message) = batch.messages.get_mut(batch.filled) {
            match self.socket.recv(message, zmq::DONTWAIT) {
                Ok(()) => batch.filled += 1,
                Err(zmq::Error::EAGAIN) => return Ok(()),
                Err(zmq::Error::EINTR) => {}
                Err(source) => return Err(BusError::transport(&self.address)(source)),
            }
        }
        Ok(())
    }
}

/// One frame without waiting; an interruption by a signal is tried again.
pub(crate) fn receive(socket: &zmq::Socket, address: &str) -> Result<Option<Vec<u8>>, BusError> {
    loop {
        match socket.recv_bytes(zmq::DONTWAIT) {
            Ok(frame) => return Ok(Some(frame)),
            Err(zmq::Error::EAGAIN) => return Ok(None),
            Err(zmq::Error::EINTR) => {}
            Err(source) => return Err(BusError::transport(address)(source)),
        }
    }
}

impl AsSocket for Subscriber {
    fn socket(&self) -> &zmq::Socket {
        &self.socket
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_the_first_field_of_the_message() {
        use prost::Message;
        let message = messages::wire::MarketData {
            symbol: "ESH4".into(),
            volume: 1.0,
            ..Default::default()
        };
        assert!(message.encode_to_vec().starts_with(&symbol_topic("ESH4")));
        assert!(
            !message.encode_to_vec().starts_with(&symbol_topic("ESH")),
            "a prefix of a name is another name"
        );
    }
}
