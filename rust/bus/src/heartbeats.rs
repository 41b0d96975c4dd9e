//! Who is alive: a ping to every service, answered by its hot thread.

use messages::wire::{ControlReply, ControlRequest, Ping, Pong, control_reply, control_request};
use prost::Message;

use crate::error::BusError;
use crate::router::Dealer;

/// A service is asked this often.
const PERIOD_US: i64 = 200_000;

struct Pulse {
    service: String,
    dealer: Dealer,
    asked_us: i64,
    /// When the ping was sent that the newest answer belongs to.
    answered_us: Option<i64>,
    heard_us: Option<i64>,
    pong: Option<Pong>,
}

/// Pings a list of services and keeps their newest answers. Never waits. Any clock will do, best a monotonic
/// one, as long as it is always the same.
pub struct Heartbeats {
    pulses: Vec<Pulse>,
    started_us: i64,
}

impl Heartbeats {
    /// Watches each (service, control address) from `now_us` on.
    pub fn new(context: &zmq::Context, services: &[(String, String)], now_us: i64) -> Result<Self, BusError> {
        let pulses = services
            .iter()
            .map(|(service, address)| {
                let dealer = Dealer::connect(context, address, 100)?;
                let service = service.clone();
                Ok(Pulse {
                    service,
                    dealer,
                    asked_us: i64::MIN,
                    answered_us: None,
                    heard_us: None,
                    pong: None,
                })
            })
            .collect::<Result<_, BusError>>()?;
        Ok(Self {
            pulses,
            started_us: now_us,
        })
    }

    /// Sends the pings that are due and takes the answers that came. Call it every turn.
    /// Returns the services that answered since the last call.
    pub fn tick(&mut self, now_us: i64) -> Result<Vec<String>, BusError> {
        let mut answered = Vec::new();
        for pulse in &mut self.pulses {
            while let Some(frame) = pulse.dealer.try_receive()? {
                let Ok(reply) = ControlReply::decode(frame.as_slice()) else {
                    continue;
                };
                if let Some(control_reply::Body::Pong(pong)) = reply.body {
                    pulse.pong = Some(pong);
                    pulse.answered_us = reply.request_id.parse().ok();
                    pulse.heard_us = Some(now_us);
                    answered.push(pulse.service.clone());
                }
            }
            if pulse.asked_us.saturating_add(PERIOD_US) <= now_us {
                let body = Some(control_request::Body::Ping(Ping {}));
                match pulse.dealer.send(&ControlRequest {
                    request_id: now_us.to_string(),
                    body,
                }) {
                    Ok(()) | Err(BusError::NotConnected(_)) => pulse.asked_us = now_us,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(answered)
    }

    fn pulse(&self, service: &str) -> Option<&Pulse> {
        self.pulses.iter().find(|pulse| pulse.service == service)
    }

    /// The newest answer of a service, however old.
    pub fn pong(&self, service: &str) -> Option<&Pong> {
        self.pulse(service)?.pong.as_ref()
    }

    /// When the ping was sent that the newest answer of a service belongs to: its clock was read after that.
    pub fn asked_us(&self, service: &str) -> Option<i64> {
        self.pulse(service)?.answered_us
    }

    /// Microseconds since a service was last heard; since the watch began if it never was.
    pub fn age_us(&self, service: &str, now_us: i64) -> i64 {
        let heard = self.pulse(service).and_then(|pulse| pulse.heard_us);
        now_us - heard.unwrap_or(self.started_us)
    }

    /// True once a service has answered at all.
    pub fn was_heard(&self, service: &str) -> bool {
        self.pulse(service).is_some_and(|pulse| pulse.heard_us.is_some())
    }

    /// The services that are watched.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.pulses.iter().map(|pulse| pulse.service.as_str())
    }
}
