//! What must hold, watched from outside: fed with what leaves, what is written and what the venue does.

use std::collections::{BTreeMap, BTreeSet};

use messages::{Fill, Order, Origin, Quantity, Symbol, wire};
use wire::kill_stage::Stage;
use wire::strategy_command::Type;

/// Largest position of any symbol, and largest order.
pub(crate) const MAX_POSITION: Quantity = Quantity::from_units(120);
pub(crate) const MAX_ORDER: Quantity = Quantity::from_units(220);

/// A scope of a pause or kill: one symbol, or the desk.
pub(crate) type Scope = Option<Symbol>;

/// Figures of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Things that happened.
    pub steps: u64,
    /// Orders that left the engine.
    pub orders: u64,
    /// Executions at the venue.
    pub fills: u64,
    /// Decisions that denied an order.
    pub denials: u64,
    /// Kills that reached VERIFIED.
    pub kills_verified: u64,
    /// Kills that were re-armed.
    pub rearms: u64,
    /// Processes that died.
    pub crashes: u64,
}

impl std::ops::AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.orders += other.orders;
        self.fills += other.fills;
        self.denials += other.denials;
        self.kills_verified += other.kills_verified;
        self.rearms += other.rearms;
        self.crashes += other.crashes;
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            steps,
            orders,
            fills,
            denials,
            kills_verified,
            rearms,
            crashes,
        } = self;
        write!(
            out,
            "{steps} steps, {orders} orders sent, {fills} fills, {denials} denials, \
             {kills_verified} kills verified, {rearms} re-armed, {crashes} crashes"
        )
    }
}

/// The witness. It keeps the first thing that was wrong.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    pub(crate) violation: Option<String>,
    pub(crate) report: Report,
    left: BTreeSet<String>,
    approved: BTreeSet<String>,
    paused: BTreeSet<Scope>,
    latched: BTreeSet<Scope>,
    verified: BTreeSet<Scope>,
    /// Scopes whose kill was said to be VERIFIED in this step: the venue is looked at after it.
    pub(crate) to_prove: Vec<Scope>,
    booked: BTreeSet<String>,
    executed: BTreeMap<String, Fill>,
    /// What the venue executed of each order.
    executed_of: BTreeMap<String, Quantity>,
}

fn covers(scopes: &BTreeSet<Scope>, symbol: &Symbol) -> bool {
    scopes.contains(&None) || scopes.contains(&Some(symbol.clone()))
}

impl Witness {
    pub(crate) fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds && self.violation.is_none() {
            self.violation = Some(what());
        }
    }

    /// The risk manager put a decision on its record.
    pub(crate) fn decided(&mut self, decision: &wire::RiskDecision) {
        use wire::risk_decision::Outcome;
        match decision.outcome() {
            Outcome::Approved => {
                let id = decision
                    .order
                    .as_ref()
                    .map(|order| order.client_order_id.clone())
                    .unwrap_or_default();
                let is_new = self.approved.insert(id.clone());
                self.expect(is_new, || format!("the risk manager approved {id} twice"));
            }
            Outcome::Denied => {
                self.report.denials += 1;
                let said = decision
                    .denial
                    .as_ref()
                    .is_some_and(|denial| !denial.reason.is_empty());
                self.expect(said, || format!("a denial without a reason: {decision:?}"));
            }
            Outcome::NoOrder | Outcome::Unspecified => {}
        }
    }

    /// The engine wrote an event.
    pub(crate) fn written(&mut self, event: &wire::ExecutionEvent) {
        use wire::execution_event::Event;
        match &event.event {
            Some(Event::Fill(fill)) => {
                let is_new = self.booked.insert(fill.execution_id.clone());
                self.expect(is_new, || format!("{} was booked twice", fill.execution_id));
                let told = Fill::try_from(fill);
                let held = self.executed.get(&fill.execution_id);
                let same = told.as_ref().is_ok_and(|told| Some(told) == held);
                self.expect(same, || {
                    format!("booked {told:?}, which is not what the venue holds")
                });
            }
            Some(Event::Order(order)) => self.progressed(order),
            Some(Event::Kill(stage)) => {
                let Ok(scope) = Symbol::scope(&stage.symbol) else {
                    return;
                };
                if stage.stage() == Stage::Verified && self.verified.insert(scope.clone()) {
                    self.report.kills_verified += 1;
                    self.to_prove.push(scope);
                }
            }
            Some(Event::Command(record)) => self.obeyed(record),
            _ => {}
        }
    }

    /// An order is in its new state: one that ended holds all that was executed of it.
    fn progressed(&mut self, order: &wire::Order) {
        let Ok(order) = Order::try_from(order) else {
            return self.expect(false, || {
                format!("the engine wrote {order:?}, which is malformed")
            });
        };
        let executed = self.executed_of.get(&order.client_order_id);
        let executed = executed.copied().unwrap_or_default();
        let whole = !order.status.is_finished() || order.filled_quantity == executed;
        self.expect(whole, || {
            format!(
                "{} is {:?} with {} filled, and {executed} of it were executed",
                order.client_order_id, order.status, order.filled_quantity
            )
        });
    }

    fn obeyed(&mut self, record: &wire::CommandRecord) {
        use wire::command_result::Outcome;
        let (Some(command), Some(result)) = (&record.command, &record.result) else {
            return;
        };
        let Ok(scope) = Symbol::scope(&command.symbol) else {
            return;
        };
        if !matches!(result.outcome(), Outcome::Done | Outcome::Accepted) {
            let said = !result.reason.is_empty();
            return self.expect(said, || {
                format!("a command was refused without a reason: {record:?}")
            });
        }
        match command.r#type() {
            Type::PauseTrading | Type::Rearm => {
                self.report.rearms += u64::from(command.r#type() == Type::Rearm);
                self.paused.insert(scope);
            }
            Type::ResumeTrading => {
                self.paused.remove(&scope);
            }
            Type::KillSwitch => {
                let held = self.latched.contains(&scope);
                self.expect(held, || {
                    format!("a kill of {scope:?} was answered before its latch was written")
                });
            }
            _ => {}
        }
    }

    /// The engine's latch file was written.
    pub(crate) fn latch_written(&mut self, scopes: Vec<Scope>) {
        self.latched = scopes.into_iter().collect();
        self.verified.retain(|scope| self.latched.contains(scope));
    }

    /// An order left the engine.
    pub(crate) fn sent(&mut self, order: &wire::Order) {
        self.report.orders += 1;
        let id = &order.client_order_id;
        let is_new = self.left.insert(id.clone());
        self.expect(is_new, || format!("{id} was sent twice"));
        let Ok(order) = Order::try_from(order) else {
            return self.expect(false, || format!("{id} left malformed"));
        };
        let by_operator = order.origin == Origin::Operator;
        let killed = covers(&self.latched, &order.symbol);
        let may = if by_operator {
            !killed || covers(&self.verified, &order.symbol)
        } else {
            !killed
        };
        self.expect(may, || format!("{id} left although {} is killed", order.symbol));
        let paused = covers(&self.paused, &order.symbol);
        self.expect(!paused || order.reduces || by_operator, || {
            format!(
                "{id} left although {} is paused, and it doesn't reduce",
                order.symbol
            )
        });
        let known = by_operator || self.approved.contains(&order.client_order_id);
        self.expect(known, || {
            format!("{id} left without an approval on the risk manager's record")
        });
        self.expect(order.quantity <= MAX_ORDER, || {
            format!("{id} is larger than the limit")
        });
    }

    /// The venue's book changed.
    pub(crate) fn happened(&mut self, event: &venue::Event) {
        match event {
            venue::Event::Accepted { order, .. } => {
                let late = order.origin == Origin::Strategy && covers(&self.verified, &order.symbol);
                self.expect(!late, || {
                    format!(
                        "the venue took {} after the kill was VERIFIED",
                        order.client_order_id
                    )
                });
            }
            venue::Event::Filled { fill, .. } => {
                self.report.fills += 1;
                *self.executed_of.entry(fill.client_order_id.clone()).or_default() += fill.quantity;
                let earlier = self.executed.insert(fill.execution_id.clone(), fill.clone());
                self.expect(earlier.is_none(), || {
                    format!("the venue gave {} twice", fill.execution_id)
                });
            }
            _ => {}
        }
    }
}
