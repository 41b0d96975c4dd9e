//! A difference as a break: durable, with a stable id, and with what can be done about it.
//!
//! The break is a message: it is journalled and published as it is. Quantities in it are signed.

use std::collections::BTreeSet;

use messages::mutation::{Mutant, planted};
use messages::{Fill, Order, Quantity, Side, Symbol, wire};
use wire::r#break::{Action, Kind, State};

use crate::ledger::OrderLedger;
use crate::reconcile::{Difference, VenueView};

/// What the venue said of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// Its order.
    pub order: Option<&'a Order>,
    /// Its execution.
    pub execution: Option<&'a Fill>,
    /// What the desk booked in its place.
    pub booked: Option<&'a Fill>,
}

/// `difference` as a new break, OPEN since `now_us`.
pub fn opened(
    difference: &Difference,
    orders: &OrderLedger,
    evidence: Evidence<'_>,
    now_us: i64,
) -> wire::Break {
    let remaining = |order: &Order| order.side.signed(order.remaining());
    let executed = |fill: &Fill| fill.side.signed(fill.quantity);
    let held = |id: &str| orders.get(id).map(remaining);
    let told = evidence.order.map(remaining);
    let (kind, desk, venue, actions): (_, _, _, &[Action]) = match difference {
        Difference::OrderUnknownToDesk { remaining, .. } => (
            Kind::Order,
            None,
            Some(*remaining),
            &[Action::Adopt, Action::Flatten, Action::Ignore],
        ),
        Difference::OrderEndedUnseen { .. } => (
            Kind::Order,
            None,
            Some(Quantity::ZERO),
            &[Action::Adopt, Action::Ignore],
        ),
        Difference::OrderFinishedAtDesk { .. } => (
            Kind::Order,
            Some(Quantity::ZERO),
            told,
            &[Action::Adopt, Action::Flatten, Action::Ignore],
        ),
        Difference::OrderMissingAtVenue { client_order_id, .. } => (
            Kind::Order,
            held(client_order_id),
            None,
            &[Action::Adopt, Action::Ignore],
        ),
        Difference::OrderDiffers { client_order_id, .. } => (
            Kind::Order,
            held(client_order_id),
            told,
            &[Action::Adopt, Action::Flatten, Action::Ignore],
        ),
        Difference::FillDiffers { .. } => {
            let (desk, venue) = (evidence.booked.map(executed), evidence.execution.map(executed));
            (Kind::Fill, desk, venue, &[Action::Adopt, Action::Ignore])
        }
        // The record holds each execution once: it can't give way to itself. A position that is apart is a break by
        // itself, and can be adopted.
        Difference::FillChanged { .. } => {
            let (desk, venue) = (evidence.booked.map(executed), evidence.execution.map(executed));
            (Kind::Fill, desk, venue, &[Action::Ignore])
        }
        Difference::FillUnreadable { .. } => (Kind::Fill, None, None, &[Action::Ignore]),
        Difference::FillOfUnknownOrder { .. } => {
            let booked = evidence.execution.map(executed);
            (
                Kind::Fill,
                booked,
                booked,
                &[Action::Adopt, Action::Flatten, Action::Ignore],
            )
        }
        Difference::Position { desk, venue, .. } => {
            let reduces = closing(*desk, *venue).is_some();
            let actions: &[Action] = if reduces {
                &[Action::Adopt, Action::Flatten, Action::Ignore]
            } else {
                &[Action::Adopt, Action::Ignore]
            };
            (Kind::Position, Some(*desk), Some(*venue), actions)
        }
    };
    wire::Break {
        id: difference.id(),
        symbol: difference.symbol().map_or_else(String::new, Symbol::to_string),
        kind: kind.into(),
        desk: desk.map(Quantity::to_f64),
        venue: venue.map(Quantity::to_f64),
        since_us: now_us,
        state: State::Open.into(),
        detail: match evidence.order {
            Some(order) => format!("{difference}: {}", order_in_words(order)),
            None => difference.to_string(),
        },
        actions: actions.iter().map(|action| (*action).into()).collect(),
        execution: evidence.execution.map(wire::Fill::from),
        order: evidence.order.map(wire::Order::from),
        ..wire::Break::default()
    }
}

fn order_in_words(order: &Order) -> String {
    let side = match order.side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    };
    match order.price {
        Some(price) => format!("{side} {} at {price}", order.quantity),
        None => format!("{side} {} at the market", order.quantity),
    }
}

/// Begins the id of a break between the desk's journal and its database.
const OF_STORE: &str = "store:";

/// What the database holds otherwise than the journal, in one symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreDifference {
    /// What it is about.
    pub kind: Kind,
    /// Its instrument; empty when an entry names none.
    pub symbol: String,
    /// As the journal says, signed.
    pub desk: Option<Quantity>,
    /// As the database holds it.
    pub store: Option<Quantity>,
    /// True when storing the journal again may mend it.
    pub can_be_stored_again: bool,
    /// In a sentence that stays the same while the difference does.
    pub detail: String,
}

/// A difference of the database as a new break, OPEN since `now_us`. The venue has no say in it: it counts with the
/// desk, and no exposure changes by it.
pub fn of_store(found: &StoreDifference, now_us: i64) -> wire::Break {
    let name = found.kind.as_str_name().to_lowercase();
    let actions: &[Action] = if found.can_be_stored_again {
        &[Action::Adopt, Action::Ignore]
    } else {
        &[Action::Ignore]
    };
    wire::Break {
        id: format!("{OF_STORE}{name}:{}", found.symbol),
        symbol: found.symbol.clone(),
        kind: found.kind.into(),
        desk: found.desk.map(Quantity::to_f64),
        store: found.store.map(Quantity::to_f64),
        venue: found.desk.map(Quantity::to_f64),
        since_us: now_us,
        state: State::Open.into(),
        detail: found.detail.clone(),
        actions: actions.iter().map(|action| (*action).into()).collect(),
        ..wire::Break::default()
    }
}

/// Why `found` can't be met by `action`, and what can be done.
pub fn refusal(found: &wire::Break, action: Action) -> String {
    if is_of_store(found) && action == Action::Adopt {
        return format!(
            "{} can't be adopted: storing the journal again adds rows that are missing, and neither changes nor \
             removes the others; ignore it with a reason, or have the database's owner put its rows right",
            found.id
        );
    }
    let name = action.as_str_name().to_lowercase();
    format!(
        "{} can't be met by {name}: it allows {}",
        found.id,
        allowed(found)
    )
}

/// True when it is between the desk's journal and its database.
pub fn is_of_store(found: &wire::Break) -> bool {
    found.id.starts_with(OF_STORE)
}

/// Every difference of a comparison as a break.
pub fn of_comparison(
    differences: &BTreeSet<Difference>,
    orders: &OrderLedger,
    view: &VenueView,
    now_us: i64,
) -> Vec<wire::Break> {
    let evidence = |difference: &Difference| match difference {
        Difference::OrderUnknownToDesk { client_order_id, .. }
        | Difference::OrderFinishedAtDesk { client_order_id, .. }
        | Difference::OrderDiffers { client_order_id, .. } => Evidence {
            order: view.orders.get(client_order_id),
            ..Evidence::default()
        },
        _ => Evidence::default(),
    };
    differences
        .iter()
        .map(|found| opened(found, orders, evidence(found), now_us))
        .collect()
}

/// The order, signed, that closes at the venue what the desk doesn't know of: `None` when it would not reduce
/// what the venue holds.
pub fn closing(desk: Quantity, venue: Quantity) -> Option<Quantity> {
    let apart = venue - desk;
    let reduces = apart.0.signum() == venue.0.signum() && apart.abs() <= venue.abs();
    (reduces && !apart.is_zero()).then(|| Quantity(-apart.0))
}

/// By how much the venue is away from the desk, a side that knows nothing counted as nought.
pub fn apart(found: &wire::Break) -> Quantity {
    quantity(found.venue) - quantity(found.desk)
}

/// What one side of a break holds: nought when it knows nothing, or nothing that is a quantity.
pub fn quantity(side: Option<f64>) -> Quantity {
    side.and_then(|value| Quantity::from_f64(value).ok())
        .unwrap_or_default()
}

/// True when it is over, and no break any more.
pub fn is_over(found: &wire::Break) -> bool {
    matches!(
        found.state(),
        State::Resolved | State::Adopted | State::Unspecified
    )
}

/// True while it closes the gate of its symbol.
pub fn closes_gate(found: &wire::Break) -> bool {
    matches!(found.state(), State::Open | State::Flattening)
}

/// True when a comparison of books can't show that it is gone: it lasts until somebody has decided about it.
pub fn is_lasting(found: &wire::Break) -> bool {
    let ended = |order: &wire::Order| {
        messages::OrderStatus::try_from(order.status).is_ok_and(messages::OrderStatus::is_finished)
    };
    found.kind() == Kind::Fill || (found.desk.is_none() && found.order.as_ref().is_some_and(ended))
}

/// The order it is about, when the desk never placed it and the venue cancelled it before anything was filled.
pub fn cancelled_unfilled(found: &wire::Break) -> Option<&str> {
    let order = found.order.as_ref().filter(|_| found.desk.is_none())?;
    let cancelled = messages::OrderStatus::try_from(order.status) == Ok(messages::OrderStatus::Cancelled);
    let unfilled = order.filled_quantity == 0.0;
    (found.kind() == Kind::Order && cancelled && unfilled).then_some(order.client_order_id.as_str())
}

/// True when it is a fill of an order the desk never placed: booked, and waiting for somebody to answer for it.
pub fn is_unexplained_fill(found: &wire::Break) -> bool {
    // Of the fills, only one that is booked can be closed by an order.
    found.kind() == Kind::Fill && found.actions().any(|action| action == Action::Flatten)
}

/// True when what `held` was ignored for is not what is `seen` now.
pub fn has_changed(held: &wire::Break, seen: &wire::Break) -> bool {
    if planted(Mutant::IgnoredForEver) {
        false
    } else if is_of_store(held) {
        held.detail != seen.detail
    } else if held.kind() == Kind::Position && seen.kind() == Kind::Position {
        apart(held) != apart(seen)
    } else {
        held.detail != seen.detail || apart(held) != apart(seen)
    }
}

/// What it allows, in words.
pub fn allowed(found: &wire::Break) -> String {
    let words: Vec<_> = found
        .actions()
        .map(|action| action.as_str_name().to_lowercase())
        .collect();
    words.join(", ")
}

/// True when this break is about `scope`, or the other way round; `None` is the desk.
pub fn touches(found: &wire::Break, scope: Option<&Symbol>) -> bool {
    scope.is_none_or(|symbol| found.symbol.is_empty() || found.symbol == symbol.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_order_that_reduces_what_the_venue_holds_closes_a_difference() {
        let units = Quantity::from_units;
        assert_eq!(closing(units(3), units(5)), Some(units(-2)));
        assert_eq!(closing(units(0), units(-4)), Some(units(4)));
        assert_eq!(
            closing(units(-1), units(4)),
            None,
            "it would flip the venue's position"
        );
        assert_eq!(
            closing(units(5), units(3)),
            None,
            "it would raise the venue's position"
        );
        assert_eq!(closing(units(5), units(0)), None);
        assert_eq!(closing(units(5), units(5)), None);
    }
}
