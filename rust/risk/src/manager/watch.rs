//! What time brings: heartbeats, stale data, re-pricing, the trading day and its loss.

use messages::mutation::{Mutant, planted};
use messages::{Gate, GateKind, Quote, Symbol, wire};
use wire::source_status::State as Source;

use super::{Action, ENGINE, Follow, MARKET_DATA, RiskManager, SERVICE};
use crate::latch::LatchEntry;
use crate::sizing;

/// The clockwork turns at most this often; inputs in between wait for the next turn.
const TURN_US: i64 = 5_000;
/// What got no answer is asked again after this long.
pub(super) const AGAIN_US: i64 = 500_000;
/// A cancel is asked for again after this long.
const CANCEL_AGAIN_US: i64 = 1_000_000;
/// An event the engine's heartbeat tells of may be under way this long before it counts as lost.
const TAIL_US: i64 = 500_000;

impl RiskManager {
    /// Takes one row of market data.
    pub fn on_quote(&mut self, quote: &Quote, now_us: i64) {
        self.book.quote(quote, now_us);
    }

    /// Takes a service's heartbeat, heard at `heard_us`, with the gates it holds.
    pub fn on_pong(&mut self, service: &str, pong: &wire::Pong, heard_us: i64) -> Vec<Action> {
        self.heard_us.insert(service.to_owned(), heard_us);
        match service {
            ENGINE => {
                // What the stream said after this answer was given is newer.
                if pong.now_us >= self.engine_said_us {
                    match &pong.trading {
                        Some(trading) => self.engine_state(trading, pong.now_us),
                        None => self.engine_gates(&pong.gates),
                    }
                }
                self.watch_tail(pong, heard_us);
            }
            SERVICE => {}
            _ => {
                let readable = pong.gates.iter().filter_map(|gate| Gate::try_from(gate).ok());
                self.gates.replace(service, readable);
            }
        }
        if service == MARKET_DATA
            && let Some(source) = &pong.source
        {
            (self.source, self.source_reason) = (source.state(), source.reason.clone());
            self.watch_session(heard_us);
        }
        self.take()
    }

    /// A heartbeat that tells of events which never arrive shows a lost tail.
    fn watch_tail(&mut self, pong: &wire::Pong, now_us: i64) {
        let Follow::Live { epoch, sequence } = self.follow else {
            return;
        };
        if pong.epoch < epoch {
            return;
        }
        if pong.epoch == epoch && pong.last_sequence <= sequence {
            self.owed = None;
            return;
        }
        match self.owed {
            Some((owed, since_us)) if pong.epoch > epoch || sequence < owed => {
                if now_us - since_us > TAIL_US {
                    self.owed = None;
                    self.lose(
                        "the engine's heartbeat tells of events that never arrived",
                        now_us,
                    );
                }
            }
            _ => self.owed = Some((pong.last_sequence, now_us)),
        }
    }

    fn watch_session(&mut self, now_us: i64) {
        let reason = match self.source {
            Source::Ended => "the replay has ended".to_owned(),
            Source::Failed => format!("the source of market data failed: {}", self.source_reason),
            _ => return self.open(GateKind::SessionClosed, None, now_us),
        };
        self.close(&Gate {
            kind: GateKind::SessionClosed,
            symbol: None,
            closed_by: SERVICE.into(),
            reason,
            since_us: now_us,
            opens_when: "a source runs again (`quarterdeck up`)".into(),
        });
    }

    /// Says whether the file `KILL` lies in `run/`. Its presence latches a kill of the desk.
    pub fn on_kill_file(&mut self, is_present: bool, now_us: i64) -> Vec<Action> {
        self.kill_file = is_present;
        if is_present && self.latch.desk.is_none() {
            self.latch_by_itself("file KILL", "a file named KILL lies in run/", now_us);
        }
        self.take()
    }

    /// Lets time pass. Call it every turn of the loop, with whatever clock the rest uses.
    pub fn on_tick(&mut self, now_us: i64) -> Vec<Action> {
        if now_us >= self.ticked_us && now_us - self.ticked_us < TURN_US {
            return Vec::new();
        }
        self.ticked_us = now_us;
        self.watch_heartbeats(now_us);
        self.watch_market_data(now_us);
        self.watch_engine(now_us);
        self.watch_orders(now_us);
        self.mark(now_us);
        self.watch_loss(now_us);
        self.watch_conduct(now_us);
        self.watch_clocks(now_us);
        self.watch_latch_file(now_us);
        for decision in self.denials.ended(now_us) {
            self.journal(
                "decision",
                None,
                wire::risk_event::Event::Decision(decision),
                now_us,
            );
        }
        self.book.prune(now_us);
        self.show(now_us);
        self.take()
    }

    pub(super) fn heartbeat_age_us(&self, service: &str, now_us: i64) -> i64 {
        let heard_us = self.heard_us.get(service).copied().unwrap_or(self.started_us);
        // A clock that was put back a little makes no age negative.
        (now_us - heard_us).max(0)
    }

    fn watch_heartbeats(&mut self, now_us: i64) {
        let limit_us = self.limits.heartbeat_after_us;
        let names = |is_missing: &dyn Fn(&String) -> bool| {
            let names: Vec<&str> = self
                .config
                .services
                .iter()
                .filter(|name| is_missing(name))
                .map(String::as_str)
                .collect();
            names.join(", ")
        };
        let never = names(&|service| !self.heard_us.contains_key(service));
        let watched = !planted(Mutant::HeartbeatUnwatched);
        let lost = names(&|service| watched && self.heartbeat_age_us(service, now_us) > limit_us);
        let reason = if !never.is_empty() {
            format!("not heard yet: {never}")
        } else if !lost.is_empty() {
            format!("not heard for {} s: {lost}", limit_us as f64 / 1e6)
        } else if !self.is_informed {
            "the engine's snapshot is not in yet".to_owned()
        } else if self.is_following() {
            return self.open(GateKind::HeartbeatLost, None, now_us);
        } else {
            return;
        };
        self.close_unheard(reason, now_us);
    }

    fn watch_market_data(&mut self, now_us: i64) {
        let limit_us = self.limits.stale_after_us;
        let ages: Vec<(Symbol, Option<i64>)> = self
            .book
            .iter()
            .map(|(symbol, book)| (symbol.clone(), book.last_row_us))
            .collect();
        for (symbol, last_row_us) in ages {
            // A symbol without any data yet closes no gate: it has no reference price to trade at.
            match last_row_us.map(|last_us| now_us - last_us) {
                Some(age_us) if age_us > limit_us && !planted(Mutant::AgeUnwatched) => self.close(&Gate {
                    kind: GateKind::StaleMarketData,
                    symbol: Some(symbol),
                    closed_by: SERVICE.into(),
                    reason: format!("no market data for {} s", limit_us / 1_000_000),
                    since_us: now_us,
                    opens_when: "a row of market data arrives".into(),
                }),
                _ => self.open(GateKind::StaleMarketData, Some(&symbol), now_us),
            }
        }
    }

    fn watch_engine(&mut self, now_us: i64) {
        if now_us - self.asked_us < AGAIN_US {
            return;
        }
        let overdue = |book: &crate::book::SymbolBook| {
            book.working()
                .any(|view| !view.known && now_us > view.order.valid_until_us)
        };
        // An approved order that nobody answered for: past its time the engine tells whether it ever was.
        if !self.is_following() || self.book.iter().any(|(_, book)| overdue(book)) {
            self.ask_engine(now_us);
        }
    }

    pub(super) fn may_ask_again(&self, client_order_id: &str, now_us: i64) -> bool {
        let asked = self
            .book
            .order(client_order_id)
            .and_then(|view| view.cancel_asked_us);
        asked.is_none_or(|asked_us| now_us - asked_us >= CANCEL_AGAIN_US)
    }

    /// Cancels strategy orders that must not work on: of a killed scope, of a closed session, or due to be
    /// priced anew.
    fn watch_orders(&mut self, now_us: i64) {
        let session_closed = self.gates.get(SERVICE, GateKind::SessionClosed, None).is_some();
        let mut ends = Vec::new();
        for (symbol, book) in self.book.iter() {
            let ordered_to_end = session_closed || self.latch.kills(symbol);
            for view in book.strategy_orders() {
                let order = &view.order;
                let near = book
                    .touch
                    .map(|touch| sizing::limit_price(order.side, false, &touch, &book.instrument));
                let age_us = now_us.saturating_sub(view.since_us);
                let (style, after_us) = (self.config.order_style, self.config.reprice_after_us);
                let is_due = view.known && sizing::is_due(style, age_us, after_us, order.price, near);
                if ordered_to_end || is_due {
                    ends.push((symbol.clone(), order.client_order_id.clone(), !ordered_to_end));
                }
            }
        }
        for (symbol, client_order_id, timed_out) in ends {
            if !self.may_ask_again(&client_order_id, now_us) {
                continue;
            }
            match self.strategies.get_mut(&symbol) {
                Some(strategy) if timed_out => strategy.timed_out = true,
                _ => self.forget_target(&symbol),
            }
            self.cancel(&client_order_id, now_us);
        }
    }

    /// Marks the positions and takes the figures of the day.
    pub(super) fn mark(&mut self, now_us: i64) {
        if !self.is_informed {
            return;
        }
        if self.daily.update(now_us, self.book.figures()) {
            for conduct in self.conducts.values_mut() {
                conduct.forgive();
            }
            self.record_state(now_us);
        }
        // A restart must not know a lower peak: it is on the record before it matters by a hundredth.
        let recorded = self.recorded.1.as_ref().map_or(0.0, |state| state.daily_peak_pnl);
        let risen = self.daily.peak().to_f64() - recorded;
        if risen > 0.0 && risen * 100.0 >= self.limits.max_drawdown.to_f64() {
            self.record_state(now_us);
        }
    }

    fn watch_loss(&mut self, now_us: i64) {
        if !self.daily.is_at_limit(self.limits.max_daily_loss) || planted(Mutant::LossLimitUnwatched) {
            self.open(GateKind::LossLimit, None, now_us);
            self.loss_kill = None;
            return;
        }
        let (loss, limit) = (self.daily.loss(), self.limits.max_daily_loss);
        let reason = format!(
            "the day's loss of {:.2} reached the limit of {limit}",
            loss.to_f64()
        );
        self.close(&Gate {
            kind: GateKind::LossLimit,
            symbol: None,
            closed_by: SERVICE.into(),
            reason: reason.clone(),
            since_us: now_us,
            opens_when: "the next trading day begins or the limit is raised; then re-arm".into(),
        });
        if self.latch.desk.is_none() {
            self.latch_by_itself(SERVICE, &reason, now_us);
            self.record_state(now_us);
        }
        if self.engine_killed {
            self.loss_kill = None;
            return;
        }
        // Both latch a kill, each alone; this one goes on asking until the engine says that it has.
        let (command, asked_us) = self.loss_kill.take().unwrap_or_else(|| {
            let latched = self.latch.desk.as_ref();
            let named = latched.map(|entry| entry.command_id.clone());
            // A latch file that couldn't be read names no command.
            let command_id = named
                .filter(|id| !id.is_empty())
                .unwrap_or_else(|| self.next_id(now_us));
            (kill_command(command_id, SERVICE, &reason, now_us), i64::MIN / 2)
        });
        if now_us - asked_us >= AGAIN_US {
            self.actions.push(Action::CommandEngine(command.clone()));
            self.loss_kill = Some((command, now_us));
        } else {
            self.loss_kill = Some((command, asked_us));
        }
    }

    /// A kill of the desk that no command asked for. It goes on the record as if one had.
    fn latch_by_itself(&mut self, operator: &str, reason: &str, now_us: i64) {
        let command_id = self.next_id(now_us);
        let command = kill_command(command_id.clone(), operator, reason, now_us);
        let entry = LatchEntry {
            command_id,
            at_us: now_us,
            operator: operator.to_owned(),
            reason: reason.to_owned(),
        };
        self.latch_scope(None, entry, now_us);
        let result = self.killed_result(&command, now_us);
        self.record_command(command, result, now_us);
    }
}

fn kill_command(command_id: String, operator: &str, reason: &str, now_us: i64) -> wire::StrategyCommand {
    wire::StrategyCommand {
        r#type: wire::strategy_command::Type::KillSwitch.into(),
        reason: reason.to_owned(),
        command_id,
        operator: operator.to_owned(),
        session: SERVICE.to_owned(),
        issued_us: now_us,
        ..Default::default()
    }
}
