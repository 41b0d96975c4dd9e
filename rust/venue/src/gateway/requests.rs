//! What each request does and is answered.

use messages::{Order, OrderStatus, Symbol, wire};
use wire::venue_reply::Body as Reply;
use wire::venue_request::Body as Request;

use super::replies::{order_body, refused_body, reply, unknown_body};
use super::{Gateway, PAGE};
use crate::event::SessionName;
use crate::exchange::Submission;

/// `Err` is a refusal with its reason; either way there may be something to show.
type Answer = (Result<(), String>, Option<Reply>);

impl<C: Clone + Ord> Gateway<C> {
    /// Answers one request, with all that follows from it.
    pub fn handle(&mut self, connection: &C, request: wire::VenueRequest, now_us: i64) {
        self.counters.requests += 1;
        let wire::VenueRequest { request_id, body } = request;
        let executions_from = match &body {
            Some(Request::Logon(logon)) => logon.executions_from,
            _ => 0,
        };
        let session = match &body {
            Some(Request::Logon(logon)) => self.log_on(connection, logon, now_us),
            _ => self.connections.get(connection).cloned().ok_or_else(|| {
                "this connection is not logged on: send Logon with the name of the session first".to_owned()
            }),
        };
        let session = match session {
            Ok(session) => session,
            Err(reason) => return self.refuse(connection, &request_id, reason, now_us),
        };
        if matches!(body, Some(Request::Submit(_) | Request::Heartbeat(_)))
            && let Some(attendance) = self.attendance.get_mut(&session)
        {
            attendance.trades(connection);
        }
        let from = self.events.len();
        let first_reply = self.replies.len();
        let (outcome, body) = match body {
            Some(body) => self.act(&session, body, now_us),
            None => (Err("the request asks for nothing known here".to_owned()), None),
        };
        let mut answer = reply(&self.exchange, Some(&session), outcome, body, now_us);
        answer.request_id = request_id;
        // The answer to a submit or a cancel is the report of its first event; what came of it follows.
        let is_order = matches!(answer.body, Some(Reply::Order(_)));
        if is_order && self.events.len() > from {
            self.replies.insert(first_reply, (connection.clone(), answer));
            self.report(from..=from, Some(connection), now_us);
            self.report(from + 1.., None, now_us);
        } else {
            self.report(from.., None, now_us);
            self.replies.push((connection.clone(), answer));
        }
        if executions_from > 0 {
            self.send_missed(connection, &session, executions_from, now_us);
        }
    }

    /// A frame that is no request. Counted, and answered so that its sender notices.
    pub fn handle_unreadable(&mut self, connection: &C, reason: &str, now_us: i64) {
        self.refuse(
            connection,
            "",
            format!("the request can't be read: {reason}"),
            now_us,
        );
    }

    fn refuse(&mut self, connection: &C, request_id: &str, reason: String, now_us: i64) {
        self.counters.malformed += 1;
        let mut answer = reply(&self.exchange, None, Err(reason), None, now_us);
        request_id.clone_into(&mut answer.request_id);
        self.replies.push((connection.clone(), answer));
    }

    fn log_on(&mut self, connection: &C, logon: &wire::Logon, now_us: i64) -> Result<SessionName, String> {
        let named = !logon.session.is_empty() && logon.session.len() <= 64;
        if !named || !logon.session.bytes().all(|byte| byte.is_ascii_graphic()) {
            let name = &logon.session;
            return Err(format!(
                "{name:?} is no session: 1 to 64 printable ASCII characters, no space"
            ));
        }
        let session: SessionName = logon.session.as_str().into();
        if self
            .connections
            .get(connection)
            .is_some_and(|before| *before != session)
        {
            self.gone(connection);
        }
        let attendance = self.attendance.entry(session.clone()).or_default();
        let trades = logon.executions_from > 0;
        let pushed_out = attendance.log_on(connection, logon.cancel_on_disconnect, trades, self.steady_us);
        let guarded = attendance.is_guarded();
        if let Some(pushed_out) = pushed_out {
            self.connections.remove(&pushed_out);
            if pushed_out == *connection {
                return Err(
                    "as many connections as there may be trade in this session; try again later".into(),
                );
            }
        }
        self.connections.insert(connection.clone(), session.clone());
        self.exchange.guard(&session, guarded, now_us, &mut self.events);
        Ok(session)
    }

    /// The first page of what a session missed; the answer to its logon says how far there is to go.
    fn send_missed(&mut self, connection: &C, session: &SessionName, from: u64, now_us: i64) {
        for fill in self.exchange.executions(session, from, PAGE) {
            let body = Some(Reply::Fill(fill.into()));
            let report = reply(&self.exchange, Some(session), Ok(()), body, now_us);
            self.replies.push((connection.clone(), report));
        }
    }

    fn act(&mut self, session: &SessionName, request: Request, now_us: i64) -> Answer {
        match request {
            Request::Logon(_) => (Ok(()), Some(self.standing(session, now_us))),
            Request::Submit(order) => self.submit(session, order, now_us),
            Request::Cancel(client_order_id) => self.cancel(session, &client_order_id, now_us),
            Request::MassCancel(request) => match Symbol::scope(&request.symbol) {
                Ok(symbol) => self.mass_cancel(session, symbol.as_ref(), &request, now_us),
                Err(malformed) => (Err(malformed.to_string()), None),
            },
            Request::Block(request) => match Symbol::scope(&request.symbol) {
                Ok(symbol) => self.change_blocks(session, symbol.as_ref(), &request, now_us),
                Err(malformed) => (Err(malformed.to_string()), None),
            },
            Request::Query(query) => (Ok(()), Some(self.state(session, &query.client_order_id))),
            Request::OpenOrders(query) => match Symbol::scope(&query.symbol) {
                Ok(symbol) => {
                    let orders = self
                        .exchange
                        .open_orders(session, symbol.as_ref())
                        .map(Into::into)
                        .collect();
                    (Ok(()), Some(Reply::Orders(wire::VenueOrders { orders })))
                }
                Err(malformed) => (Err(malformed.to_string()), None),
            },
            Request::Executions(query) => {
                let limit = if query.limit == 0 {
                    PAGE
                } else {
                    PAGE.min(query.limit as usize)
                };
                let page = self.exchange.executions(session, query.from_sequence, limit);
                let fills = page.iter().map(Into::into).collect();
                let last_sequence = self.exchange.last_execution(session);
                (
                    Ok(()),
                    Some(Reply::Executions(wire::Executions { fills, last_sequence })),
                )
            }
            Request::OrderHistory(query) => {
                let limit = if query.limit == 0 {
                    PAGE
                } else {
                    PAGE.min(query.limit as usize)
                };
                let page = self.exchange.order_history(session, query.from_sequence, limit);
                let history = wire::OrderHistory {
                    orders: page.map(Into::into).collect(),
                    last_sequence: self.exchange.entered_count(session),
                };
                (Ok(()), Some(Reply::OrderHistory(history)))
            }
            Request::Positions(_) => (Ok(()), Some(self.positions(session))),
            Request::Heartbeat(_) => (Ok(()), Some(Reply::Heartbeat(wire::VenueHeartbeat {}))),
        }
    }

    fn submit(&mut self, session: &SessionName, message: wire::Order, now_us: i64) -> Answer {
        let refused = |message, reason: String| {
            let body = refused_body(message, &reason, now_us);
            (Err(reason), Some(body))
        };
        let order = match Order::try_from(&message) {
            Ok(order) => order,
            Err(malformed) => {
                self.counters.refused += 1;
                return refused(message, malformed.to_string());
            }
        };
        let client_order_id = order.client_order_id.clone();
        let from = self.events.len();
        let submission = self.exchange.submit(session, order, now_us, &mut self.events);
        match submission {
            Submission::Accepted => match self.events.get(from) {
                // As it entered: executions that followed at once are reported by themselves.
                Some(crate::Event::Accepted { order, .. }) => {
                    (Ok(()), Some(order_body(&self.exchange, session, order)))
                }
                _ => (Ok(()), Some(self.state(session, &client_order_id))),
            },
            Submission::Duplicate => {
                self.counters.duplicates += 1;
                let rejected = self
                    .exchange
                    .order(session, &client_order_id)
                    .filter(|order| order.status == OrderStatus::Rejected)
                    .map(|order| order.rejection_reason.clone());
                (
                    rejected.map_or(Ok(()), Err),
                    Some(self.state(session, &client_order_id)),
                )
            }
            Submission::Rejected => {
                self.counters.refused += 1;
                let reason = self
                    .exchange
                    .order(session, &client_order_id)
                    .map(|order| &order.rejection_reason);
                (
                    Err(reason.cloned().unwrap_or_default()),
                    Some(self.state(session, &client_order_id)),
                )
            }
            Submission::Refused(reason) => {
                self.counters.refused += 1;
                refused(message, reason)
            }
        }
    }

    fn state(&self, session: &SessionName, client_order_id: &str) -> Reply {
        let order = self.exchange.order(session, client_order_id);
        order.map_or_else(unknown_body, |order| order_body(&self.exchange, session, order))
    }

    fn cancel(&mut self, session: &SessionName, client_order_id: &str, now_us: i64) -> Answer {
        let reason = "the session asked for it";
        let outcome = self
            .exchange
            .cancel(session, client_order_id, reason, now_us, &mut self.events);
        (
            outcome.map_err(|refused| refused.to_string()),
            Some(self.state(session, client_order_id)),
        )
    }

    fn change_blocks(
        &mut self,
        session: &SessionName,
        symbol: Option<&Symbol>,
        request: &wire::SessionBlock,
        now_us: i64,
    ) -> Answer {
        if request.kill_ids.is_empty() {
            return (
                Err("no kill is named: give the kill_ids of the blocks".to_owned()),
                None,
            );
        }
        let events = &mut self.events;
        for kill_id in &request.kill_ids {
            if request.blocked {
                let reason = &request.reason;
                self.exchange
                    .block(session, symbol, kill_id, reason, now_us, events);
            } else {
                self.exchange.unblock(session, symbol, kill_id, now_us, events);
            }
        }
        (Ok(()), Some(self.standing(session, now_us)))
    }

    fn mass_cancel(
        &mut self,
        session: &SessionName,
        symbol: Option<&Symbol>,
        request: &wire::MassCancel,
        now_us: i64,
    ) -> Answer {
        if request.block {
            let (kill_id, reason) = (&request.kill_id, &request.reason);
            self.exchange
                .block(session, symbol, kill_id, reason, now_us, &mut self.events);
        }
        let reason = if request.reason.is_empty() {
            "mass cancel"
        } else {
            &request.reason
        };
        let client_order_ids = self
            .exchange
            .mass_cancel(session, symbol, reason, now_us, &mut self.events);
        let cancelled = u32::try_from(client_order_ids.len()).unwrap_or(u32::MAX);
        // This venue refuses no cancel of a working order.
        let refused = Vec::new();
        let blocking = self
            .exchange
            .blocking(session, symbol)
            .map(str::to_owned)
            .collect();
        (
            Ok(()),
            Some(Reply::MassCancel(wire::MassCancelReply {
                cancelled,
                client_order_ids,
                refused,
                blocking,
            })),
        )
    }

    /// How the session stands: what it is told at logon and after a block.
    fn standing(&self, session: &SessionName, now_us: i64) -> Reply {
        Reply::Logon(wire::LogonReply {
            session: session.to_string(),
            blocked: self.exchange.blocked(session).is_some(),
            blocked_symbols: self
                .exchange
                .blocked_symbols(session)
                .map(Symbol::to_string)
                .collect(),
            last_execution: self.exchange.last_execution(session),
            venue_now_us: now_us,
        })
    }

    fn positions(&self, session: &SessionName) -> Reply {
        let positions = self
            .exchange
            .positions(session)
            .map(|(symbol, position)| {
                let multiplier = self.exchange.instruments()[symbol].multiplier;
                wire::Position {
                    symbol: symbol.to_string(),
                    quantity: position.quantity.to_f64(),
                    avg_cost: position
                        .average_cost(multiplier)
                        .map_or(0.0, messages::Price::to_f64),
                    realized_pnl: (position.realized - position.fees).to_f64(),
                    fees: position.fees.to_f64(),
                    multiplier: multiplier.to_f64(),
                    last_updated_us: position.updated_us,
                    ..wire::Position::default()
                }
            })
            .collect();
        Reply::Positions(wire::VenuePositions { positions })
    }
}
