//! Re-arms that wait for a heartbeat of the risk manager.
//!
//! It lifted its own latch a moment ago, and its last heartbeat may be from before that: a re-arm is judged by the
//! first one given since it arrived, or by silence. What a kill overtakes meanwhile is never obeyed.

use messages::wire;
use wire::control_request::Body as Asked;
use wire::strategy_command::Type;

/// A re-arm waits this long for a heartbeat of the risk manager; they come every 200 ms.
const LONGEST_WAIT_US: i64 = 1_000_000;

struct Waiting<P> {
    peer: P,
    request: wire::ControlRequest,
    arrived_us: i64,
}

/// The re-arms that wait, each with the peer `P` that asked.
pub(crate) struct Rearms<P> {
    waiting: Vec<Waiting<P>>,
}

impl<P> Rearms<P> {
    pub(crate) const fn new() -> Self {
        Self { waiting: Vec::new() }
    }

    pub(crate) fn park(&mut self, peer: P, request: wire::ControlRequest, arrived_us: i64) {
        self.waiting.push(Waiting {
            peer,
            request,
            arrived_us,
        });
    }

    /// Those that wait no longer: the risk manager gave a heartbeat at `told_us`, after they came, or is silent.
    pub(crate) fn take_due(&mut self, told_us: i64, now_us: i64) -> Vec<(P, wire::ControlRequest)> {
        self.take(|one| told_us > one.arrived_us || now_us - one.arrived_us > LONGEST_WAIT_US)
    }

    /// Those that a kill of `killed` came after: its own symbol, or every scope when it is empty. A look at the
    /// checklist changes nothing and goes on waiting.
    pub(crate) fn take_overtaken(&mut self, killed: &str) -> Vec<(P, wire::ControlRequest)> {
        self.take(|one| {
            command(&one.request)
                .is_some_and(|rearm| !rearm.check_only && (killed.is_empty() || rearm.symbol == killed))
        })
    }

    fn take(&mut self, is_meant: impl Fn(&Waiting<P>) -> bool) -> Vec<(P, wire::ControlRequest)> {
        let taken = self.waiting.extract_if(.., |one| is_meant(one));
        taken.map(|one| (one.peer, one.request)).collect()
    }
}

/// The command in a request, if there is one.
pub(crate) const fn command(request: &wire::ControlRequest) -> Option<&wire::StrategyCommand> {
    match &request.body {
        Some(Asked::Command(command)) => Some(command),
        _ => None,
    }
}

pub(crate) fn is(request: &wire::ControlRequest, of: Type) -> bool {
    command(request).is_some_and(|command| command.r#type() == of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rearm(scope: &str, check_only: bool) -> wire::ControlRequest {
        wire::ControlRequest {
            request_id: format!("{scope}-{check_only}"),
            body: Some(Asked::Command(wire::StrategyCommand {
                r#type: Type::Rearm.into(),
                symbol: scope.into(),
                check_only,
                ..wire::StrategyCommand::default()
            })),
        }
    }

    fn ids(taken: Vec<(u8, wire::ControlRequest)>) -> Vec<String> {
        taken.into_iter().map(|(_, request)| request.request_id).collect()
    }

    #[test]
    fn one_waits_for_a_heartbeat_from_after_its_arrival_or_for_silence() {
        let mut rearms = Rearms::new();
        rearms.park(1_u8, rearm("", false), 100);
        assert!(rearms.take_due(100, 200).is_empty());
        assert_eq!(ids(rearms.take_due(101, 200)), ["-false"]);
        rearms.park(1, rearm("", false), 100);
        assert!(rearms.take_due(0, 100 + LONGEST_WAIT_US).is_empty());
        assert_eq!(ids(rearms.take_due(0, 101 + LONGEST_WAIT_US)), ["-false"]);
        assert!(
            rearms.take_due(i64::MAX, i64::MAX).is_empty(),
            "each is answered once"
        );
    }

    #[test]
    fn a_kill_overtakes_what_is_in_its_scope_and_no_look_at_the_checklist() {
        let mut rearms = Rearms::new();
        for scope in ["", "ALFA", "BRVO"] {
            rearms.park(1_u8, rearm(scope, false), 100);
        }
        rearms.park(1, rearm("", true), 100);
        assert_eq!(ids(rearms.take_overtaken("ALFA")), ["ALFA-false"]);
        assert_eq!(ids(rearms.take_overtaken("")), ["-false", "BRVO-false"]);
        assert_eq!(ids(rearms.take_due(101, 101)), ["-true"]);
    }
}
