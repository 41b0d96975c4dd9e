//! From the transport to the gateway: requests wait out their way, and every duration goes by the steady clock.

use messages::mutation::{Mutant, planted};
use messages::wire;
use prost::Message;
use rand::Rng;

use crate::gateway::Gateway;
use crate::latency::{DelayLine, LatencyModel};

/// One moment, by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// By the clock that is never set, in microseconds: how long something takes.
    pub steady_us: i64,
    /// By the wall clock, in microseconds since 1970: when something is.
    pub wall_us: i64,
}

impl Moment {
    /// What requests travel by. By a clock that can be set back, all that comes after one that is due in an hour
    /// would wait an hour.
    fn travel_us(self) -> i64 {
        if planted(Mutant::RequestsByWallClock) {
            self.wall_us
        } else {
            self.steady_us
        }
    }
}

/// Requests on their way to the gateway, from connections of kind `C`.
#[derive(Debug)]
pub struct Arrivals<C> {
    line: DelayLine<(C, Result<wire::VenueRequest, String>)>,
    latency: LatencyModel,
}

impl<C: Clone + Ord> Arrivals<C> {
    /// Nothing is on its way yet.
    pub fn new(latency: LatencyModel) -> Self {
        Self {
            line: DelayLine::default(),
            latency,
        }
    }

    /// A frame came from `connection`, which is heard with that; what it asks for arrives after a draw of latency.
    pub fn take(
        &mut self,
        gateway: &mut Gateway<C>,
        connection: C,
        frame: &[u8],
        at: Moment,
        random: &mut impl Rng,
    ) {
        let request = wire::VenueRequest::decode(frame).map_err(|error| error.to_string());
        gateway.heard(&connection, at.steady_us, at.wall_us);
        let delay_us = self.latency.sample(random);
        self.line.push((connection, request), at.travel_us(), delay_us);
    }

    /// Hands over what has arrived by now, and lets silent sessions be cancelled.
    pub fn deliver(&mut self, gateway: &mut Gateway<C>, at: Moment) {
        while let Some((connection, request)) = self.line.pop(at.travel_us()) {
            match request {
                Ok(request) => gateway.handle(&connection, request, at.wall_us),
                Err(reason) => gateway.handle_unreadable(&connection, &reason, at.wall_us),
            }
        }
        gateway.tick(at.steady_us, at.wall_us);
    }

    /// How long nothing arrives, at most `longest_us`.
    pub fn rest_us(&self, at: Moment, longest_us: i64) -> i64 {
        let due_us = self.line.next_due_us();
        due_us.map_or(longest_us, |due_us| {
            (due_us - at.travel_us()).clamp(0, longest_us)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use wire::venue_request::Body as Request;

    use super::*;
    use crate::{Exchange, FeeModel};

    const HOUR_US: i64 = 3_600_000_000;

    fn gateway() -> Gateway<u8> {
        Gateway::open(Exchange::new("t", [], FeeModel::Free), 0)
    }

    fn logon(cancel_on_disconnect: bool) -> Vec<u8> {
        let logon = wire::Logon {
            session: "desk".into(),
            cancel_on_disconnect,
            executions_from: 1,
        };
        let body = Some(Request::Logon(logon));
        let request_id = String::new();
        wire::VenueRequest { request_id, body }.encode_to_vec()
    }

    #[test]
    fn a_wall_clock_put_back_holds_up_no_request_and_silences_no_session() {
        let (mut gateway, mut random) = (gateway(), ChaCha8Rng::seed_from_u64(1));
        let mut arrivals = Arrivals::new(LatencyModel::Fixed(500));
        let before = Moment {
            steady_us: 1_000,
            wall_us: 2 * HOUR_US,
        };
        arrivals.take(&mut gateway, 1, &logon(true), before, &mut random);
        let set_back = |steady_us| Moment {
            steady_us,
            wall_us: HOUR_US,
        };
        arrivals.deliver(&mut gateway, set_back(1_499));
        assert_eq!(gateway.counters().requests, 0);
        assert_eq!(arrivals.rest_us(set_back(1_499), 10_000), 1);
        arrivals.deliver(&mut gateway, set_back(1_500));
        assert_eq!(gateway.counters().requests, 1);
        arrivals.take(&mut gateway, 1, b"\xff", set_back(1_600), &mut random);
        arrivals.deliver(&mut gateway, set_back(2_100));
        assert_eq!(
            (gateway.counters().malformed, gateway.counters().silences),
            (1, 0)
        );
        // And one put forward: no time has passed by that.
        let forward = Moment {
            steady_us: 3_000,
            wall_us: 9 * HOUR_US,
        };
        arrivals.deliver(&mut gateway, forward);
        assert_eq!(gateway.counters().silences, 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_arrives_when_does_not_hang_on_the_wall_clock(
            steps in prop::collection::vec((1..2_000_i64, -HOUR_US..HOUR_US, any::<bool>()), 1..60),
        ) {
            let run = |follows_jumps: bool| {
                let (mut gateway, mut random) = (gateway(), ChaCha8Rng::seed_from_u64(2));
                let mut arrivals = Arrivals::new(LatencyModel::Uniform(100, 3_000));
                let mut at = Moment { steady_us: 0, wall_us: 5 * HOUR_US };
                let mut arrived = Vec::new();
                for (passed_us, jump_us, sends) in &steps {
                    at.steady_us += passed_us;
                    at.wall_us += passed_us + if follows_jumps { *jump_us } else { 0 };
                    if *sends {
                        arrivals.take(&mut gateway, 1, &logon(true), at, &mut random);
                    }
                    arrivals.deliver(&mut gateway, at);
                    let counters = gateway.counters();
                    arrived.push((counters.requests, counters.silences, arrivals.rest_us(at, HOUR_US)));
                }
                arrived
            };
            prop_assert_eq!(run(true), run(false));
        }
    }
}
