//! Desk against venue, as an outer join: what only one of them has is a difference as well.
//!
//! Compared at one execution sequence of the venue, and believed only when the next comparison says the same:
//! what is in flight is no break.

mod words;

use std::collections::{BTreeMap, BTreeSet};

use messages::mutation::{Mutant, planted};
use messages::{Order, Quantity, Symbol};

use crate::ledger::OrderLedger;
use crate::position::PositionBook;

/// Something desk and venue don't agree on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Open at the venue, and the desk never heard of it.
    OrderUnknownToDesk {
        /// Its id at the venue's side.
        client_order_id: String,
        /// Its instrument.
        symbol: Symbol,
        /// What is left of it, signed.
        remaining: Quantity,
    },
    /// It has come and gone at the venue, and the desk never heard of it.
    OrderEndedUnseen {
        /// Its id at the venue's side.
        client_order_id: String,
        /// Its instrument.
        symbol: Symbol,
        /// How it ended.
        status: &'static str,
    },
    /// Open at the venue, and finished for the desk.
    OrderFinishedAtDesk {
        /// The desk's id.
        client_order_id: String,
        /// Its instrument.
        symbol: Symbol,
    },
    /// Working for the desk, and not open at the venue.
    OrderMissingAtVenue {
        /// The desk's id.
        client_order_id: String,
        /// Its instrument.
        symbol: Symbol,
    },
    /// Open at both, in different words.
    OrderDiffers {
        /// The desk's id.
        client_order_id: String,
        /// Its instrument.
        symbol: Symbol,
        /// What differs, in words.
        what: String,
    },
    /// An execution under one sequence that is another one at the venue.
    FillDiffers {
        /// Its instrument.
        symbol: Symbol,
        /// The venue's sequence.
        sequence: u64,
        /// The execution the desk booked under it; `None` when nothing is.
        desk: Option<String>,
        /// The execution the venue has under it; `None` when nothing is.
        venue: Option<String>,
        /// What the venue tells of it, in words; empty when it has none.
        told: String,
    },
    /// An execution that is booked, and that the venue tells otherwise.
    FillChanged {
        /// Its instrument, as it is booked.
        symbol: Symbol,
        /// The execution.
        execution_id: String,
        /// What is booked, in words.
        desk: String,
        /// What the venue tells now, in words.
        venue: String,
    },
    /// An execution the venue told of that can't be read, and so is not booked.
    FillUnreadable {
        /// Its instrument; `None` when that can't be read either.
        symbol: Option<Symbol>,
        /// The execution, or its sequence where it has no id.
        execution_id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An execution of an order the desk never heard of. Its position is booked.
    FillOfUnknownOrder {
        /// Its instrument.
        symbol: Symbol,
        /// The execution.
        execution_id: String,
        /// The order it names.
        client_order_id: String,
    },
    /// The quantities held differ.
    Position {
        /// The instrument.
        symbol: Symbol,
        /// Signed, at the desk.
        desk: Quantity,
        /// Signed, at the venue.
        venue: Quantity,
    },
}

impl Difference {
    /// The instrument whose gate it closes; `None` when nobody can say which, and the desk's closes.
    pub const fn symbol(&self) -> Option<&Symbol> {
        match self {
            Self::OrderUnknownToDesk { symbol, .. }
            | Self::OrderEndedUnseen { symbol, .. }
            | Self::OrderFinishedAtDesk { symbol, .. }
            | Self::OrderMissingAtVenue { symbol, .. }
            | Self::OrderDiffers { symbol, .. }
            | Self::FillDiffers { symbol, .. }
            | Self::FillChanged { symbol, .. }
            | Self::FillOfUnknownOrder { symbol, .. }
            | Self::Position { symbol, .. } => Some(symbol),
            Self::FillUnreadable { symbol, .. } => symbol.as_ref(),
        }
    }

    /// Stable while the difference lasts, whatever quantities move meanwhile.
    pub fn id(&self) -> String {
        match self {
            Self::OrderUnknownToDesk { client_order_id, .. }
            | Self::OrderEndedUnseen { client_order_id, .. }
            | Self::OrderFinishedAtDesk { client_order_id, .. }
            | Self::OrderMissingAtVenue { client_order_id, .. }
            | Self::OrderDiffers { client_order_id, .. } => format!("order:{client_order_id}"),
            Self::FillDiffers {
                desk,
                venue,
                sequence,
                ..
            } => {
                let name = venue.as_ref().or(desk.as_ref());
                name.map_or_else(|| format!("fill:#{sequence}"), |name| format!("fill:{name}"))
            }
            Self::FillChanged { execution_id, .. } => changed_id(execution_id),
            Self::FillUnreadable { execution_id, .. } | Self::FillOfUnknownOrder { execution_id, .. } => {
                format!("fill:{execution_id}")
            }
            Self::Position { symbol, .. } => format!("position:{symbol}"),
        }
    }

    /// True when `other` is the same difference seen again. A position may trade meanwhile: what counts is by
    /// how much the two sides are apart.
    pub fn is_still(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Position { symbol, desk, venue },
                Self::Position {
                    symbol: of,
                    desk: held,
                    venue: told,
                },
            ) => symbol == of && *venue - *desk == *told - *held,
            _ => self == other,
        }
    }

    /// The desk's order it is about, when the venue's word about it settles it.
    pub fn order_to_ask(&self) -> Option<&str> {
        match self {
            Self::OrderFinishedAtDesk { client_order_id, .. }
            | Self::OrderMissingAtVenue { client_order_id, .. } => Some(client_order_id),
            _ => None,
        }
    }
}

/// The id of a difference about what a booked execution says, apart from whether it is there and whose it is.
pub fn changed_id(execution_id: &str) -> String {
    format!("changed:{execution_id}")
}

/// The venue's answers, all at one execution sequence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VenueView {
    /// Its open orders by `client_order_id`.
    pub orders: BTreeMap<String, Order>,
    /// What it holds for the session, signed; nought may be left out.
    pub positions: BTreeMap<Symbol, Quantity>,
}

/// Every difference. Orders the venue has not acknowledged yet are in flight and no difference.
pub fn compare(orders: &OrderLedger, book: &PositionBook, venue: &VenueView) -> BTreeSet<Difference> {
    let mut differences = BTreeSet::new();
    for theirs in venue.orders.values() {
        differences.extend(compare_order(orders.get(&theirs.client_order_id), theirs));
    }
    for ours in orders.working() {
        let acknowledged = ours.accepted_us != 0;
        if acknowledged && !venue.orders.contains_key(&ours.client_order_id) {
            differences.insert(Difference::OrderMissingAtVenue {
                client_order_id: ours.client_order_id.clone(),
                symbol: ours.symbol.clone(),
            });
        }
    }
    let held = book.open().map(|position| &position.symbol);
    let symbols: BTreeSet<&Symbol> = held.chain(venue.positions.keys()).collect();
    for symbol in symbols {
        let desk = book.quantity(symbol);
        let told = venue.positions.get(symbol).copied();
        let compared = told.is_some() || !planted(Mutant::ReconcileInnerJoin);
        let venue = told.unwrap_or_default();
        if desk != venue && compared {
            differences.insert(Difference::Position {
                symbol: symbol.clone(),
                desk,
                venue,
            });
        }
    }
    differences
}

fn compare_order(ours: Option<&Order>, theirs: &Order) -> Option<Difference> {
    let (client_order_id, symbol) = (theirs.client_order_id.clone(), theirs.symbol.clone());
    let Some(ours) = ours else {
        if planted(Mutant::ReconcileInnerJoin) {
            return None;
        }
        let remaining = theirs.side.signed(theirs.remaining());
        return Some(Difference::OrderUnknownToDesk {
            client_order_id,
            symbol,
            remaining,
        });
    };
    if ours.status.is_finished() {
        return Some(Difference::OrderFinishedAtDesk {
            client_order_id,
            symbol,
        });
    }
    let what = if ours.symbol != theirs.symbol || ours.side != theirs.side {
        format!(
            "{:?} {} at the desk, {:?} {} at the venue",
            ours.side, ours.symbol, theirs.side, theirs.symbol
        )
    } else if ours.quantity != theirs.quantity {
        format!(
            "quantity {} at the desk, {} at the venue",
            ours.quantity, theirs.quantity
        )
    } else if ours.price != theirs.price {
        format!(
            "price {:?} at the desk, {:?} at the venue",
            ours.price, theirs.price
        )
    } else if ours.filled_quantity != theirs.filled_quantity {
        format!(
            "{} filled at the desk, {} at the venue",
            ours.filled_quantity, theirs.filled_quantity
        )
    } else {
        return None;
    };
    Some(Difference::OrderDiffers {
        client_order_id,
        symbol,
        what,
    })
}

/// Believes a difference that two comparisons in a row have found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confirmation {
    last: BTreeMap<String, Difference>,
}

/// What came out of a comparison together with the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Found twice: a break.
    pub confirmed: BTreeSet<Difference>,
    /// Found for the first time: compare again.
    pub unconfirmed: BTreeSet<Difference>,
}

impl Confirmation {
    /// Adds a comparison.
    pub fn observe(&mut self, differences: BTreeSet<Difference>) -> Verdict {
        let before = std::mem::replace(
            &mut self.last,
            differences
                .iter()
                .map(|found| (found.id(), found.clone()))
                .collect(),
        );
        let (confirmed, unconfirmed) = differences.into_iter().partition(|found| {
            let twice = before.get(&found.id()).is_some_and(|last| found.is_still(last));
            twice || planted(Mutant::OneLookIsABreak)
        });
        Verdict {
            confirmed,
            unconfirmed,
        }
    }

    /// Forgets, after a new connection.
    pub fn reset(&mut self) {
        self.last.clear();
    }
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
