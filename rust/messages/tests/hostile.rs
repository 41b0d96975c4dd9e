//! Every decoder under garbage: whatever the bytes, a message is refused by name and field or taken whole.
//!
//! The seeds are the golden messages, read as every kind of message there is.
#![expect(
    clippy::unwrap_used,
    reason = "a golden file that can't be read fails the test"
)]

use std::fs;
use std::path::PathBuf;

use messages::hostile::{DOUBLES, Dice, spoil};
use messages::{Fill, Gate, Malformed, Money, Order, Price, Quantity, Quote, Symbol, wire};
use proptest::prelude::*;
use prost::Message;

/// The bytes of every golden message.
fn goldens() -> &'static [Vec<u8>] {
    static READ: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(read_goldens);
    &READ
}

fn read_goldens() -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/messages");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let messages = files.filter(|path| path.extension().is_some_and(|extension| extension == "bin"));
    let mut found: Vec<_> = messages.map(|path| fs::read(path).unwrap()).collect();
    found.sort();
    assert!(found.len() > 20, "the golden messages are gone");
    found
}

/// Reads `bytes` as an `M`; what can be read comes back the same when it is written and read again.
fn read<M: Message + Default>(bytes: &[u8]) -> Option<M> {
    let message = M::decode(bytes).ok()?;
    let written = message.encode_to_vec();
    // Compared as bytes: a NaN is equal to nothing.
    assert_eq!(M::decode(written.as_slice()).unwrap().encode_to_vec(), written);
    Some(message)
}

/// A domain type that was taken goes out and comes back as it is; what was refused names message and field.
fn judge<W, D>(message: &W)
where
    W: Message + Default + for<'a> From<&'a D>,
    D: for<'a> TryFrom<&'a W, Error = Malformed> + PartialEq + std::fmt::Debug,
{
    match D::try_from(message) {
        Ok(exact) => {
            let written = W::from(&exact).encode_to_vec();
            let again = W::decode(written.as_slice()).unwrap();
            assert_eq!(D::try_from(&again).as_ref(), Ok(&exact));
        }
        Err(malformed) => {
            assert!(
                !malformed.message.is_empty() && !malformed.field.is_empty() && !malformed.reason.is_empty()
            );
        }
    }
}

/// `bytes` as every message there is, and what they mean as every exact type.
fn read_as_everything(bytes: &[u8]) {
    macro_rules! read_as {
        ($($message:ident)+) => { $(read::<wire::$message>(bytes);)+ };
    }
    read_as!(
        TradingSignal Position KillStage TradingState Break CommandProgress ExecutionEvent Denial RiskDecision
        LimitUse RiskState StrategyRisk RoundTrip RiskEvent StrategyCommand CommandResult CommandRecord
        ControlRequest CommandQuery SnapshotRequest ReplayRequest BarsRequest Bars BarSeries ControlReply Pong
        SourceStatus StoreStatus ModelStatus ShadowStatus Snapshot Replay OrderRequest Limits OrderReply
        VenueRequest Logon MassCancel SessionBlock OrderQuery OpenOrdersQuery ExecutionsQuery OrderHistoryQuery
        VenueReply VenueOrder VenueOrders OrderHistory Executions VenuePositions LogonReply MassCancelReply
    );
    if let Some(order) = read::<wire::Order>(bytes) {
        judge::<_, Order>(&order);
    }
    if let Some(fill) = read::<wire::Fill>(bytes) {
        judge::<_, Fill>(&fill);
    }
    if let Some(gate) = read::<wire::Gate>(bytes) {
        judge::<_, Gate>(&gate);
    }
    if let Some(row) = read::<wire::MarketData>(bytes)
        && let Err(malformed) = Quote::try_from(&row)
    {
        assert!(!malformed.field.is_empty() && !malformed.reason.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_spoilt_message_is_refused_by_field_or_taken_whole(seed in any::<u64>()) {
        let goldens = goldens();
        let mut dice = Dice::new(seed);
        read_as_everything(&spoil(&goldens[dice.below(goldens.len())], &mut dice));
    }

    #[test]
    fn bytes_at_random_are_refused_or_taken_whole(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn a_number_is_exact_or_refused(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        if let Ok(price) = Price::from_f64(value) {
            prop_assert_eq!(Price::from_f64(price.to_f64()), Ok(price));
            prop_assert_eq!(price.to_string().parse::<Price>(), Ok(price));
        }
        if let Ok(quantity) = Quantity::from_f64(value) {
            prop_assert_eq!(Quantity::from_f64(quantity.to_f64()), Ok(quantity));
        }
        if let Ok(money) = Money::from_f64(value) {
            prop_assert!(money.to_f64().is_finite());
        }
    }

    #[test]
    fn a_name_is_a_symbol_or_refused(name in ".{0,80}") {
        if let Ok(symbol) = Symbol::new(&name) {
            prop_assert_eq!(symbol.as_str(), name.as_str());
            prop_assert!(name.is_ascii() && !name.is_empty() && name.len() <= 64 && !name.contains(' '));
        }
    }

    #[test]
    fn a_decimal_is_read_or_refused(text in "[-+0-9.eE_ ]{0,40}") {
        if let Ok(price) = text.parse::<Price>() {
            prop_assert_eq!(price.to_string().parse::<Price>(), Ok(price));
        }
    }
}

#[test]
fn hostile_numbers_are_refused_or_exact_whatever_they_are_multiplied_with() {
    for value in DOUBLES {
        for other in DOUBLES {
            if let (Ok(price), Ok(quantity)) = (Price::from_f64(value), Quantity::from_f64(other)) {
                assert!(
                    Money::notional(price, quantity, Quantity::ONE)
                        .to_f64()
                        .is_finite()
                );
            }
        }
    }
}
