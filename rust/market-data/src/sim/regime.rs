//! What the market is doing for the next while.

use super::Dice;

/// The kinds of weather. Rates are in basis points of the price, per second or per square root of a second.
///
/// | regime | lasts | drift | noise | spread | buyers |
/// |---|---|---|---|---|---|
/// | trend up, down | 30–120 s | ±1.0 | 1.2 | 1.2 | 76 %, 24 % |
/// | mean reversion | 30–90 s | 40 % of the deviation per second | 2.0 | 1.5 | against the deviation |
/// | calm | 20–60 s | none | 0.4 | 1.0 | 50 % |
/// | volatile | 15–45 s | none | 4.0 | 3.0 | 50 % |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regime {
    /// The fair price rises.
    TrendUp,
    /// The fair price falls.
    TrendDown,
    /// The fair price swings around where the regime began.
    MeanReversion,
    /// Little happens.
    Calm,
    /// Much happens, in no direction.
    Volatile,
}

impl Regime {
    /// The next regime and how long it lasts in seconds. `stretch` is the price over its anchor, less one.
    pub(super) fn draw(dice: &mut Dice, stretch: f64) -> (Self, f64) {
        let kind = dice.unit();
        let regime = if kind < 0.56 {
            // At 4 % above the anchor a trend goes down nine times in ten.
            if dice.hit((0.5 - stretch * 10.0).clamp(0.1, 0.9)) {
                Self::TrendUp
            } else {
                Self::TrendDown
            }
        } else if kind < 0.76 {
            Self::MeanReversion
        } else if kind < 0.90 {
            Self::Calm
        } else {
            Self::Volatile
        };
        let (least, most) = match regime {
            Self::TrendUp | Self::TrendDown => (30.0, 120.0),
            Self::MeanReversion => (30.0, 90.0),
            Self::Calm => (20.0, 60.0),
            Self::Volatile => (15.0, 45.0),
        };
        (regime, least + dice.unit() * (most - least))
    }

    /// Drift in basis points per second, `deviation` basis points above where the regime began.
    pub(super) fn drift(self, deviation: f64) -> f64 {
        match self {
            Self::TrendUp => 1.0,
            Self::TrendDown => -1.0,
            Self::MeanReversion => -0.4 * deviation,
            Self::Calm | Self::Volatile => 0.0,
        }
    }

    /// Standard deviation in basis points per square root of a second.
    pub(super) const fn noise(self) -> f64 {
        match self {
            Self::TrendUp | Self::TrendDown => 1.2,
            Self::MeanReversion => 2.0,
            Self::Calm => 0.4,
            Self::Volatile => 4.0,
        }
    }

    /// Width of the spread in basis points.
    pub(super) const fn spread(self) -> f64 {
        match self {
            Self::TrendUp | Self::TrendDown => 1.2,
            Self::MeanReversion => 1.5,
            Self::Calm => 1.0,
            Self::Volatile => 3.0,
        }
    }

    /// How much buyers outweigh sellers, from −1 to 1.
    pub(super) fn pressure(self, deviation: f64) -> f64 {
        match self {
            Self::TrendUp => 0.52,
            Self::TrendDown => -0.52,
            Self::MeanReversion => (-deviation / 6.0).clamp(-0.5, 0.5),
            Self::Calm | Self::Volatile => 0.0,
        }
    }
}
