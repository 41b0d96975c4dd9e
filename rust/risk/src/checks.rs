//! Pre-trade checks: one tiny type per check. Its error holds the limit and the value, and reads as one
//! sentence.

mod compliance;
mod conduct;
mod exposure;
mod freshness;
mod grid;
mod order_size;
mod permission;
mod rate;

pub use compliance::{Restricted, SelfMatch, SymbolRestricted};
pub use conduct::{
    Drawdown, DrawdownReached, ExecutionsExceeded, LossStreak, LossStreakReached, RepeatedExecutions,
};
pub use exposure::{
    Concentration, ConcentrationExceeded, GrossExposure, GrossExposureExceeded, NetExposure,
    NetExposureExceeded, OpenPositions, OpenPositionsExceeded, Position, PositionExceeded,
};
pub use freshness::{Age, Expired, LimitsOutdated, NoReferencePrice, StaleData};
pub use grid::{LotSize, OffLot, OffTick, TickSize, UnknownInstrument};
pub use order_size::{
    Collar, CollarBreached, OrderNotional, OrderNotionalExceeded, OrderQuantity, OrderQuantityExceeded,
};
pub(crate) use permission::Stopped;
pub use permission::{DailyLoss, DailyLossReached, DuplicateOrder, GateClosed, Permission, WouldFlip};
pub use rate::{MessageRate, MessageRateExceeded};

use messages::wire::denial::Check;
use messages::{Quantity, wire};

/// The check that an order failed. Policy: the order is denied whole and never sent; the sentence and both
/// numbers go on the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
#[expect(missing_docs, reason = "each variant is the error it carries")]
pub enum Violation {
    OrderQuantity(#[from] OrderQuantityExceeded),
    OrderNotional(#[from] OrderNotionalExceeded),
    Collar(#[from] CollarBreached),
    Position(#[from] PositionExceeded),
    GrossExposure(#[from] GrossExposureExceeded),
    NetExposure(#[from] NetExposureExceeded),
    OpenPositions(#[from] OpenPositionsExceeded),
    DailyLoss(#[from] DailyLossReached),
    MessageRate(#[from] MessageRateExceeded),
    StaleData(#[from] StaleData),
    GateClosed(#[from] GateClosed),
    DuplicateOrder(#[from] DuplicateOrder),
    TickSize(#[from] OffTick),
    LotSize(#[from] OffLot),
    WouldFlip(#[from] WouldFlip),
    UnknownInstrument(#[from] UnknownInstrument),
    NoReferencePrice(#[from] NoReferencePrice),
    Expired(#[from] Expired),
    LimitsOutdated(#[from] LimitsOutdated),
    Concentration(#[from] ConcentrationExceeded),
    Drawdown(#[from] DrawdownReached),
    LossStreak(#[from] LossStreakReached),
    RepeatedExecutions(#[from] ExecutionsExceeded),
    Restricted(#[from] SymbolRestricted),
    SelfMatch(#[from] SelfMatch),
}

const SECOND: f64 = 1_000_000.0;

impl Violation {
    /// Which check it was.
    pub const fn check(&self) -> Check {
        match self {
            Self::OrderQuantity(_) => Check::OrderQuantity,
            Self::OrderNotional(_) => Check::OrderNotional,
            Self::Collar(_) => Check::PriceCollar,
            Self::Position(_) => Check::Position,
            Self::GrossExposure(_) => Check::GrossExposure,
            Self::NetExposure(_) => Check::NetExposure,
            Self::OpenPositions(_) => Check::OpenPositions,
            Self::DailyLoss(_) => Check::DailyLoss,
            Self::MessageRate(_) => Check::MessageRate,
            Self::StaleData(_) => Check::StaleData,
            Self::GateClosed(_) => Check::GateClosed,
            Self::DuplicateOrder(_) => Check::DuplicateOrder,
            Self::TickSize(_) => Check::TickSize,
            Self::LotSize(_) => Check::LotSize,
            Self::WouldFlip(_) => Check::WouldFlip,
            Self::UnknownInstrument(_) => Check::UnknownInstrument,
            Self::NoReferencePrice(_) => Check::NoReferencePrice,
            Self::Expired(_) => Check::Expired,
            Self::LimitsOutdated(_) => Check::LimitsOutdated,
            Self::Concentration(_) => Check::Concentration,
            Self::Drawdown(_) => Check::Drawdown,
            Self::LossStreak(_) => Check::LossStreak,
            Self::RepeatedExecutions(_) => Check::RepeatedExecutions,
            Self::Restricted(_) => Check::Restricted,
            Self::SelfMatch(_) => Check::SelfMatch,
        }
    }

    /// The limit and the value, as doubles; nought where the check has no number.
    pub fn numbers(&self) -> (f64, f64) {
        let quantities = |limit: Quantity, value: Quantity| (limit.to_f64(), value.to_f64());
        match self {
            Self::OrderQuantity(error) => quantities(error.limit, error.value),
            Self::OrderNotional(error) => (error.limit.to_f64(), error.value.to_f64()),
            Self::Collar(error) => (error.limit.to_f64(), error.value.to_f64()),
            Self::Position(error) => quantities(error.limit, error.value),
            Self::GrossExposure(error) => (error.limit.to_f64(), error.value.to_f64()),
            Self::NetExposure(error) => (error.limit.to_f64(), error.value.to_f64()),
            Self::OpenPositions(error) => (f64::from(error.limit), error.value as f64),
            Self::DailyLoss(error) => (error.limit.to_f64(), error.value.to_f64()),
            Self::MessageRate(error) => (f64::from(error.limit), error.value as f64),
            Self::StaleData(error) => (error.limit.0 as f64 / SECOND, error.value.0 as f64 / SECOND),
            Self::TickSize(error) => (error.tick.to_f64(), error.price.to_f64()),
            Self::LotSize(error) => quantities(error.lot, error.quantity),
            Self::WouldFlip(error) => quantities(error.limit, error.value),
            Self::Expired(error) => (error.valid_until_us as f64 / SECOND, error.now_us as f64 / SECOND),
            Self::LimitsOutdated(error) => (error.held as f64, error.carried as f64),
            Self::Concentration(error) => (error.limit.to_f64(), error.value.to_f64()),
            Self::Drawdown(error) => (error.limit.to_f64(), error.value.to_f64()),
            Self::LossStreak(error) => (f64::from(error.limit), f64::from(error.value)),
            Self::RepeatedExecutions(error) => (f64::from(error.limit), error.value as f64),
            Self::SelfMatch(error) => (error.limit.to_f64(), error.value.to_f64()),
            Self::Restricted(_)
            | Self::GateClosed(_)
            | Self::DuplicateOrder(_)
            | Self::UnknownInstrument(_)
            | Self::NoReferencePrice(_) => (0.0, 0.0),
        }
    }

    /// As it goes on the wire and on the record.
    pub fn denial(&self) -> wire::Denial {
        let (limit, value) = self.numbers();
        let gate = match self {
            Self::GateClosed(error) => error.0.kind.to_wire(),
            Self::WouldFlip(WouldFlip { gate: Some(gate), .. }) => gate.kind.to_wire(),
            _ => wire::gate::Kind::Unspecified,
        };
        wire::Denial {
            check: self.check().into(),
            limit,
            value,
            reason: self.to_string(),
            gate: gate.into(),
        }
    }
}
