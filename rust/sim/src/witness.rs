//! What must hold, watched from outside: fed with what leaves, what is written and what the venue does.

mod exposure;
mod latches;
mod overtaking;

use std::collections::{BTreeMap, BTreeSet};

use messages::{Fill, Order, Origin, Quantity, Symbol, wire};
use wire::kill_stage::Stage;
use wire::strategy_command::Type;

use crate::report::Report;
use exposure::Leaning;
use overtaking::Overtaking;

/// Largest position of any symbol, and largest order.
pub(crate) const MAX_POSITION: Quantity = Quantity::from_units(120);
pub(crate) const MAX_ORDER: Quantity = Quantity::from_units(220);
/// Largest gross and net exposure, and how much of it a mid that moves after the approval may add.
pub(crate) const MAX_GROSS: f64 = 24_000.0;
pub(crate) const MAX_NET: f64 = 18_000.0;
const DRIFT: f64 = 1.05;

/// A scope of a pause or kill: one symbol, or the desk.
pub(crate) type Scope = Option<Symbol>;

/// The witness. It keeps the first thing that was wrong.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    pub(crate) violation: Option<String>,
    pub(crate) report: Report,
    left: BTreeSet<String>,
    /// Orders whose intent the engine has written.
    intents: BTreeSet<String>,
    approved: BTreeSet<String>,
    paused: BTreeSet<Scope>,
    /// Pauses and limits that are on the record and not acknowledged yet: they hold from the answer on.
    unacknowledged: Unacknowledged,
    latched: BTreeSet<Scope>,
    /// Scopes whose kill was accepted: they stay latched until a re-arm that is on the record after it.
    killed: BTreeSet<Scope>,
    pub(crate) verified: BTreeSet<Scope>,
    /// Scopes whose kill was said to be VERIFIED in this step: the venue is looked at after it.
    pub(crate) to_prove: Vec<Scope>,
    booked: BTreeSet<String>,
    executed: BTreeMap<String, Fill>,
    /// What the venue executed of each order.
    executed_of: BTreeMap<String, Quantity>,
    /// Working at the venue, with its symbol.
    open: BTreeMap<String, Symbol>,
    /// Symbols in which somebody else traded in the desk's session.
    pub(crate) intruded: BTreeSet<Symbol>,
    /// The newest limits that the engine has on its record.
    limits_version: u64,
    /// Orders that left as reductions, which no limit on exposure bars.
    reducing: BTreeSet<String>,
    /// How far the desk leans to one side.
    leaning: Leaning,
    /// Commands by which a position was adjusted, and which are not on the record.
    adjusting: BTreeSet<String>,
    /// What commands that were accepted owe.
    pub(crate) debts: Debts,
    /// Which re-arms a kill came after.
    pub(crate) overtaking: Overtaking,
    /// The engine was told that its projection is behind.
    pub(crate) projection_is_behind: bool,
}

#[derive(Debug, Default)]
struct Unacknowledged {
    paused: BTreeSet<Scope>,
    limits_version: u64,
}

/// What accepted commands have promised and is still to come.
#[derive(Debug, Default)]
pub(crate) struct Debts {
    /// Commands that were accepted and have no end on the record, with what they were.
    pub(crate) accepted: BTreeMap<String, &'static str>,
    /// Orders that an accepted cancel was about: none of them may stay open.
    pub(crate) cancelled: BTreeSet<String>,
    /// Commands whose end is on the record.
    ended: BTreeSet<String>,
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
            Some(Event::Fill(fill)) if fill.venue_sequence == 0 => self.adjusted(fill),
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
            Some(Event::Order(order)) => {
                self.intents.insert(order.client_order_id.clone());
                self.progressed(order);
            }
            Some(Event::State(state)) => self.unacknowledged.limits_version = state.limits_version,
            Some(Event::Progress(progress)) => self.went_on(progress),
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

    /// A position was adjusted, which no execution did: a person must have said so.
    fn adjusted(&mut self, fill: &wire::Fill) {
        let mut parts = fill.execution_id.splitn(3, ':');
        let is_named = matches!(parts.next(), Some("adjust" | "reverse"));
        let command = parts.next().unwrap_or_default();
        self.expect(is_named && !command.is_empty(), || {
            format!("{} is an execution of nobody's", fill.execution_id)
        });
        self.adjusting.insert(command.to_owned());
    }

    /// A cancel of the strategy's was accepted: it is on the record, and its order may not stay open.
    pub(crate) fn cancel_accepted(&mut self, client_order_id: &str) {
        let command_id = format!("strategy:{client_order_id}");
        let is_known =
            self.debts.accepted.contains_key(&command_id) || self.debts.ended.contains(&command_id);
        let works = self.open.contains_key(client_order_id);
        self.expect(is_known || !works, || {
            format!("the cancel of {client_order_id} was accepted before it was on the record")
        });
        self.debts.cancelled.insert(client_order_id.to_owned());
    }

    /// Everything that was written has been answered, or its answer died with the process.
    pub(crate) fn acknowledged(&mut self) {
        if let Some(command) = self.adjusting.pop_first() {
            self.expect(false, || {
                format!("a position was adjusted by {command}, which is no decision on the record")
            });
        }
        self.paused.append(&mut self.unacknowledged.paused);
        self.limits_version = self.unacknowledged.limits_version;
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
        if command.r#type() == Type::ResolveBreak {
            self.report.resolved += 1;
            self.adjusting.remove(&command.command_id);
        }
        if command.r#type() == Type::Rearm {
            let overtaken = self.overtaking.is_overtaken(&command.command_id);
            self.expect(!overtaken, || {
                format!("{scope:?} was re-armed by a command from before its newest kill")
            });
            let proved = self.verified.contains(&scope);
            self.expect(proved, || {
                format!("{scope:?} was re-armed before its kill was VERIFIED")
            });
        }
        match command.r#type() {
            Type::PauseTrading | Type::Rearm => {
                if command.r#type() == Type::Rearm {
                    self.killed.remove(&scope);
                }
                self.report.rearms += u64::from(command.r#type() == Type::Rearm);
                self.unacknowledged.paused.insert(scope);
            }
            Type::ResumeTrading => {
                self.unacknowledged.paused.remove(&scope);
                self.paused.remove(&scope);
            }
            Type::Cancel => {
                let is_meant = |id: &String, symbol: &Symbol| {
                    if command.order_id.is_empty() {
                        scope.as_ref().is_none_or(|scope| scope == symbol)
                    } else {
                        command.order_id == *id
                    }
                };
                let meant = self.open.iter().filter(|(id, symbol)| is_meant(id, symbol));
                self.debts.cancelled.extend(meant.map(|(id, _)| id.clone()));
            }
            Type::KillSwitch => {
                let held = self.latched.contains(&scope);
                self.expect(held, || {
                    format!("a kill of {scope:?} was answered before its latch was written")
                });
                self.killed.insert(scope);
            }
            _ => {}
        }
    }

    /// A command that takes longer than its answer went on, or ended with a reason.
    fn went_on(&mut self, progress: &wire::CommandProgress) {
        use wire::command_progress::State;
        match progress.state() {
            State::Done => {
                self.debts.accepted.remove(&progress.command_id);
                self.debts.ended.insert(progress.command_id.clone());
            }
            State::GivenUp => {
                let said = !progress.reason.is_empty();
                self.expect(said, || format!("given up without a reason: {progress:?}"));
                self.debts.accepted.remove(&progress.command_id);
            }
            State::Working => {
                let id = progress.command_id.clone();
                self.debts.accepted.insert(id, progress.r#type().as_str_name());
            }
            State::Unspecified => self.expect(false, || format!("a progress without a state: {progress:?}")),
        }
    }

    /// An order that works at the venue.
    pub(crate) fn some_open_order(&self) -> Option<String> {
        self.open.keys().next().cloned()
    }

    /// Somebody else trades in the desk's session.
    pub(crate) fn intruded(&mut self, symbol: &Symbol) {
        self.intruded.insert(symbol.clone());
    }

    /// An order left the engine.
    pub(crate) fn sent(&mut self, order: &wire::Order, now_us: i64) {
        self.report.orders += 1;
        let id = &order.client_order_id;
        let is_new = self.left.insert(id.clone());
        self.expect(is_new, || format!("{id} was sent twice"));
        let Ok(order) = Order::try_from(order) else {
            return self.expect(false, || format!("{id} left malformed"));
        };
        let by_operator = order.origin == Origin::Operator;
        let intended = self.intents.contains(id);
        self.expect(intended, || format!("{id} left before its intent was durable"));
        let lives = order.valid_until_us == 0 || order.valid_until_us >= now_us;
        self.expect(lives, || format!("{id} left after its time to live"));
        let held = self.limits_version;
        self.expect(by_operator || order.limits_version >= held, || {
            format!(
                "{id} left under limits {}, and the engine holds {held}",
                order.limits_version
            )
        });
        let is_stored = by_operator || order.reduces || !self.projection_is_behind;
        self.expect(is_stored, || {
            format!("{id} raises risk and left while the projection was behind")
        });
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
        if order.reduces {
            self.reducing.insert(id.clone());
        }
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
                self.report.strangers += u64::from(!self.left.contains(&order.client_order_id));
                self.open
                    .insert(order.client_order_id.clone(), order.symbol.clone());
                let late = order.origin == Origin::Strategy && covers(&self.verified, &order.symbol);
                self.expect(!late, || {
                    format!(
                        "the venue took {} after the kill was VERIFIED",
                        order.client_order_id
                    )
                });
            }
            venue::Event::Cancelled { client_order_id, .. } => drop(self.open.remove(client_order_id)),
            venue::Event::Filled { fill, .. } => {
                self.report.fills += 1;
                if self.reducing.contains(&fill.client_order_id) {
                    self.leaning.eased += fill.price.to_f64() * fill.quantity.to_f64();
                } else {
                    self.leaning.raised = true;
                }
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
