//! Cancels by command: one order, a symbol, or everything.

use messages::{Symbol, wire};
use wire::command_result::Outcome;
use wire::venue_request::Body;

use super::commands::{refused, result};
use super::session::Purpose;
use super::{Engine, scope_field};
use crate::reconcile::Difference;

impl Engine {
    pub(super) fn cancel_commanded(
        &mut self,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        now_us: i64,
    ) -> wire::CommandResult {
        if command.order_id.is_empty() {
            return self.cancel_scope(command, scope, now_us);
        }
        let by_either_id = |order: &&messages::Order| {
            order.client_order_id == command.order_id || order.order_id == command.order_id
        };
        let found = self
            .state
            .orders
            .get(&command.order_id)
            .or_else(|| self.state.orders.iter().find(by_either_id));
        let Some(order) = found else {
            // The desk may not know it and the venue may: the reconciliation is what found it.
            if self
                .breaks
                .iter()
                .any(|found| is_unknown_order(found, &command.order_id))
            {
                let cancel = Body::Cancel(command.order_id.clone());
                self.send(cancel, Purpose::CancelMany);
                return wire::CommandResult {
                    working_orders: 1,
                    ..result(command, Outcome::Accepted, now_us)
                };
            }
            return refused(
                command,
                &format!("there is no order {}", command.order_id),
                now_us,
            );
        };
        if order.status.is_finished() {
            let status = order.status.to_wire().as_str_name();
            return refused(
                command,
                &format!("order {} is {status} already", command.order_id),
                now_us,
            );
        }
        let id = order.client_order_id.clone();
        self.cancel_order(&id, "cancelled by the operator", now_us);
        wire::CommandResult {
            working_orders: 1,
            ..result(command, Outcome::Accepted, now_us)
        }
    }

    /// Every order of the scope at the venue, also those the desk doesn't know.
    fn cancel_scope(
        &mut self,
        command: &wire::StrategyCommand,
        scope: Option<&Symbol>,
        now_us: i64,
    ) -> wire::CommandResult {
        let working: Vec<String> = self
            .state
            .orders
            .working_in(scope)
            .map(|order| order.client_order_id.clone())
            .collect();
        for id in &working {
            self.cancel_order(id, "cancelled by the operator", now_us);
        }
        if self.session.is_logged_on() {
            let cancel = wire::MassCancel {
                symbol: scope_field(scope),
                block: false,
                reason: "cancelled by the operator".to_owned(),
            };
            self.send(Body::MassCancel(cancel), Purpose::CancelMany);
        }
        let reason = if self.session.is_logged_on() {
            String::new()
        } else {
            "the venue does not answer; the cancels are sent again when it does".to_owned()
        };
        wire::CommandResult {
            working_orders: working.len() as u32,
            reason,
            ..result(command, Outcome::Accepted, now_us)
        }
    }
}

fn is_unknown_order(difference: &Difference, id: &str) -> bool {
    matches!(
        difference,
        Difference::OrderUnknownToDesk { client_order_id, .. } if client_order_id == id
    )
}
