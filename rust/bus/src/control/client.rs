//! The asker's end of the control protocol.

use messages::wire::{ControlReply, ControlRequest, control_request};
use prost::Message;

use crate::clock;
use crate::error::BusError;
use crate::router::Dealer;
use crate::wait::wait;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Nobody answered in time. Policy: the outcome is unknown; ask by the same id, never guess.
    #[error("no answer from {address} within {timeout_ms} ms: the outcome is unknown")]
    NoAnswer {
        /// Who was asked.
        address: String,
        /// How long.
        timeout_ms: u64,
    },
    /// The socket failed.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// What came back is no answer.
    #[error("{address} answered what cannot be read: {reason}")]
    Malformed {
        /// Who was asked.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A DEALER that asks and waits. It repeats a request under the same id while nobody answers.
pub struct ControlClient {
    dealer: Dealer,
    address: String,
}

/// A request is sent again after this long; services answer a repeated command from what they stored.
const RETRY_AFTER_US: u64 = 100_000;

impl ControlClient {
    /// Connects to `address`; nobody needs to be there yet.
    pub fn connect(context: &zmq::Context, address: &str) -> Result<Self, BusError> {
        Ok(Self {
            dealer: Dealer::connect(context, address, 1_000)?,
            address: address.to_owned(),
        })
    }

    /// Asks and waits up to `timeout_ms` for the answer to this very request.
    pub fn request(
        &self,
        body: control_request::Body,
        timeout_ms: u64,
    ) -> Result<ControlReply, ControlError> {
        let request = ControlRequest {
            request_id: crate::new_id(),
            body: Some(body),
        };
        let started = clock::monotonic_us();
        let mut sent_at = None::<u64>;
        loop {
            let now = clock::monotonic_us();
            if now - started >= timeout_ms * 1_000 {
                return Err(ControlError::NoAnswer {
                    address: self.address.clone(),
                    timeout_ms,
                });
            }
            if sent_at.is_none_or(|at| now - at >= RETRY_AFTER_US) {
                match self.dealer.send(&request) {
                    Ok(()) => sent_at = Some(now),
                    Err(BusError::NotConnected(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            wait(&[&self.dealer], 5)?;
            while let Some(frame) = self.dealer.try_receive()? {
                let reply =
                    ControlReply::decode(frame.as_slice()).map_err(|error| ControlError::Malformed {
                        address: self.address.clone(),
                        reason: error.to_string(),
                    })?;
                // An answer to an earlier request that had been given up is dropped here.
                if reply.request_id == request.request_id {
                    return Ok(reply);
                }
            }
        }
    }
}
