//! The publishing end of a stream.

use prost::Message;

use crate::address::check_address;
use crate::clock;
use crate::error::BusError;

/// The three fields that every published message carries, under the numbers of the contract.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Stamp {
    /// One per start of the publisher.
    #[prost(uint64, tag = "13")]
    pub epoch: u64,
    /// Per symbol on market data and signals, per stream elsewhere; 0 on a picture that is no event.
    #[prost(uint64, tag = "14")]
    pub sequence: u64,
    /// Microseconds since 1970.
    #[prost(int64, tag = "15")]
    pub published_us: i64,
}

/// `message` with its stamp behind it. Protobuf merges a concatenation, so this is the message with fields 13
/// to 15 set; the message itself must leave them unset.
pub fn stamped(message: &impl Message, stamp: &Stamp) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(message.encoded_len() + stamp.encoded_len());
    message.encode_raw(&mut bytes);
    stamp.encode_raw(&mut bytes);
    bytes
}

/// A PUB socket that stamps what it sends.
pub struct Publisher {
    socket: zmq::Socket,
    address: String,
    epoch: u64,
}

impl Publisher {
    /// Binds `address`. A reader that falls `high_water_mark` messages behind loses the newest ones and sees
    /// a gap. The caller holds its [`InstanceLock`](crate::InstanceLock): a second bind steals an ipc address.
    pub fn bind(context: &zmq::Context, address: &str, high_water_mark: i32) -> Result<Self, BusError> {
        check_address(address)?;
        let failed = BusError::socket(address);
        let socket = context.socket(zmq::PUB).map_err(&failed)?;
        socket.set_linger(200).map_err(&failed)?;
        socket.set_sndhwm(high_water_mark).map_err(&failed)?;
        let bound = |source| BusError::Bind {
            address: address.to_owned(),
            source,
        };
        socket.bind(address).map_err(bound)?;
        Ok(Self {
            socket,
            address: address.to_owned(),
            epoch: clock::now_us().unsigned_abs(),
        })
    }

    /// This start's epoch: the time of the bind in microseconds, so a later start has a larger one.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Sends `message` to whoever listens, without waiting.
    pub fn send(&self, message: &impl Message, sequence: u64, now_us: i64) -> Result<(), BusError> {
        let stamp = Stamp {
            epoch: self.epoch,
            sequence,
            published_us: now_us,
        };
        self.send_frame(&stamped(message, &stamp))
    }

    /// Sends a frame that is stamped already.
    pub fn send_frame(&self, frame: &[u8]) -> Result<(), BusError> {
        loop {
            match self.socket.send(frame, zmq::DONTWAIT) {
                Ok(()) => return Ok(()),
                Err(zmq::Error::EINTR) => {}
                Err(source) => return Err(BusError::transport(&self.address)(source)),
            }
        }
    }
}
