//! What a comparison of journal and database found, as the engine takes it.

use messages::wire;
use orders::breaks::StoreDifference;
use store::projection::audit::{Audit, Discrepancy, Ledger, Totals, as_quantity};
use wire::r#break::Kind;

/// Every difference of a comparison.
pub(crate) fn differences(audit: &Audit) -> Vec<StoreDifference> {
    audit.found.iter().filter_map(difference).collect()
}

fn difference(found: &Discrepancy) -> Option<StoreDifference> {
    let (kind, quantities) = match found.ledger {
        // What stands as filled in each entry adds up to no quantity of anything.
        Ledger::Orders => (Kind::Order, false),
        Ledger::Fills => (Kind::Fill, true),
        Ledger::Positions => (Kind::Position, true),
        // The record of decisions is mended by the projection itself.
        Ledger::Commands | Ledger::Signals | Ledger::RiskState => return None,
    };
    let held = |totals: Totals| as_quantity(totals.quantity).filter(|_| quantities && totals.rows > 0);
    Some(StoreDifference {
        kind,
        symbol: found.symbol.clone(),
        desk: held(found.journal),
        store: held(found.database),
        can_be_stored_again: found.can_be_stored_again(),
        detail: found.in_words(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_that_holds_nothing_has_no_quantity() {
        let totals = |rows, quantity| Totals {
            rows,
            quantity,
            ..Totals::default()
        };
        let audit = Audit {
            number: 1,
            sequence: 9,
            found: vec![
                Discrepancy {
                    ledger: Ledger::Fills,
                    symbol: "ALFA".into(),
                    journal: totals(2, -3_000_000_000),
                    database: totals(0, 0),
                },
                Discrepancy {
                    ledger: Ledger::Orders,
                    symbol: "ALFA".into(),
                    journal: totals(4, 0),
                    database: totals(3, 0),
                },
            ],
        };
        let found = differences(&audit);
        let decimals = found
            .iter()
            .map(|one| (one.kind, one.desk.map(|held| held.0), one.store));
        assert_eq!(
            decimals.collect::<Vec<_>>(),
            [
                (Kind::Fill, Some(-3_000_000_000), None),
                (Kind::Order, None, None)
            ]
        );
    }
}
