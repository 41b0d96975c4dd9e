//! Exact numbers: prices and quantities in billionths, money in 10⁻¹⁸.
//!
//! A double is converted once, where a message enters, to the nearest billionth; from there on everything
//! is integer arithmetic that is exact or refused, never rounded in silence.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};
use std::str::FromStr;

/// Billionths in one unit: the scale of [`Price`] and [`Quantity`].
pub const SCALE: i64 = 1_000_000_000;
const MONEY_SCALE: i128 = 1_000_000_000_000_000_000;

/// A number that has no exact form here. Policy: the message that carried it is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Inexact {
    /// NaN or infinite.
    #[error("{0} is not a finite number")]
    NotFinite(f64),
    /// Beyond ±9.2 billion units.
    #[error("{0} is beyond ±9,223,372,036")]
    OutOfRange(f64),
    /// Not a decimal number of at most nine decimals.
    #[error("`{0}` is not a decimal number with at most nine decimals")]
    NotDecimal(String),
}

impl Eq for Inexact {}

fn units_from_f64(value: f64) -> Result<i64, Inexact> {
    if !value.is_finite() {
        return Err(Inexact::NotFinite(value));
    }
    let units = (value * SCALE as f64).round();
    // 2^63 itself is not an i64, and is the first double that fails.
    if units.abs() >= 9_223_372_036_854_775_808.0 {
        return Err(Inexact::OutOfRange(value));
    }
    Ok(units as i64)
}

fn units_from_str(text: &str) -> Result<i64, Inexact> {
    let bad = || Inexact::NotDecimal(text.to_owned());
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && decimals.is_empty())
        || decimals.len() > 9
        || !all_digits(whole)
        || !all_digits(decimals)
    {
        return Err(bad());
    }
    let mut units: i64 = 0;
    for byte in whole.bytes().chain(format!("{decimals:0<9}").bytes()) {
        let digit = i64::from(byte - b'0');
        units = units
            .checked_mul(10)
            .and_then(|sum| sum.checked_add(digit))
            .ok_or_else(bad)?;
    }
    Ok(if negative { -units } else { units })
}

fn write_decimal(out: &mut fmt::Formatter<'_>, negative: bool, units: u128, decimals: u32) -> fmt::Result {
    let scale = 10_u128.pow(decimals);
    let (whole, rest) = (units / scale, units % scale);
    if rest == 0 {
        return out.pad_integral(!negative, "", &whole.to_string());
    }
    let digits = format!("{rest:0width$}", width = decimals as usize);
    out.pad_integral(
        !negative,
        "",
        &format!("{whole}.{}", digits.trim_end_matches('0')),
    )
}

macro_rules! billionths {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub i64);

        impl $name {
            /// Nought.
            pub const ZERO: Self = Self(0);
            /// One unit.
            pub const ONE: Self = Self(SCALE);

            /// The nearest billionth to `value`; refuses what is not finite or out of range.
            pub fn from_f64(value: f64) -> Result<Self, Inexact> {
                units_from_f64(value).map(Self)
            }
            /// `count` whole units. Panics beyond ±9.2 billion.
            #[must_use]
            pub const fn from_units(count: i64) -> Self {
                Self(count * SCALE)
            }
            /// The double nearest to it, for the wire and for display.
            #[must_use]
            pub fn to_f64(self) -> f64 {
                self.0 as f64 / SCALE as f64
            }
            /// True for nought.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
            /// True above nought.
            #[must_use]
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }
            /// True below nought.
            #[must_use]
            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }
            /// Without its sign.
            #[must_use]
            pub const fn abs(self) -> Self {
                Self(self.0.abs())
            }
            /// The sum, or `None` when it is out of range.
            #[must_use]
            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).map(Self)
            }
            /// The difference, or `None` when it is out of range.
            #[must_use]
            pub fn checked_sub(self, other: Self) -> Option<Self> {
                self.0.checked_sub(other.0).map(Self)
            }
            /// True when it is a whole multiple of `step`; a step of nought allows everything.
            #[must_use]
            pub const fn is_multiple_of(self, step: Self) -> bool {
                step.0 == 0 || self.0 % step.0 == 0
            }
            /// The multiple of `step` next to it toward zero; a step of nought keeps it.
            #[must_use]
            pub const fn toward_zero(self, step: Self) -> Self {
                if step.0 == 0 { self } else { Self(self.0 - self.0 % step.0) }
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.fold(Self::ZERO, Add::add)
            }
        }
        impl FromStr for $name {
            type Err = Inexact;
            fn from_str(text: &str) -> Result<Self, Inexact> {
                units_from_str(text).map(Self)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_decimal(out, self.0 < 0, u128::from(self.0.unsigned_abs()), 9)
            }
        }
    };
}

billionths! {
    /// A price per unit, in billionths of the instrument's currency.
    Price
}
billionths! {
    /// A number of shares or contracts, in billionths. Signed where it is a position: negative is short.
    Quantity
}

/// An amount of money in 10⁻¹⁸ of a currency unit: price × quantity is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(pub i128);

impl Money {
    /// Nought.
    pub const ZERO: Self = Self(0);

    /// `price × quantity × multiplier`, with the sign of the quantity.
    ///
    /// Exact whenever the multiplier is whole or the product ends within eighteen decimals, as it does for
    /// prices on a tick; otherwise rounded half away from zero in the eighteenth.
    /// Saturates at ±1.7 × 10²⁰ units, far beyond any limit that could let such an order pass.
    #[must_use]
    pub fn notional(price: Price, quantity: Quantity, multiplier: Quantity) -> Self {
        let product = i128::from(price.0) * i128::from(quantity.0);
        if multiplier.0 % SCALE == 0 {
            return Self(product.saturating_mul(i128::from(multiplier.0 / SCALE)));
        }
        match product.checked_mul(i128::from(multiplier.0)) {
            Some(scaled) => {
                let half = i128::from(SCALE / 2) * scaled.signum();
                Self((scaled + half) / i128::from(SCALE))
            }
            None => Self((product / i128::from(SCALE)).saturating_mul(i128::from(multiplier.0))),
        }
    }

    /// The nearest billionth to `value`, as money.
    pub fn from_f64(value: f64) -> Result<Self, Inexact> {
        if !value.is_finite() {
            return Err(Inexact::NotFinite(value));
        }
        if value.abs() >= 1e18 {
            return Err(Inexact::OutOfRange(value));
        }
        // Whole and fraction apart: a double has no eighteen decimals to give.
        let whole = value.trunc();
        let billionths = ((value - whole) * SCALE as f64).round();
        Ok(Self(
            whole as i128 * MONEY_SCALE + billionths as i128 * i128::from(SCALE),
        ))
    }

    /// The double nearest to it, for the wire and for display.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        let (whole, rest) = (self.0 / MONEY_SCALE, self.0 % MONEY_SCALE);
        whole as f64 + rest as f64 / MONEY_SCALE as f64
    }

    /// Without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// `self × numerator / denominator`, rounded half away from zero: a share of an amount.
    /// The denominator must not be nought; saturates where the product leaves 128 bits.
    #[must_use]
    pub fn share(self, numerator: i64, denominator: i64) -> Self {
        let (numerator, denominator) = (i128::from(numerator), i128::from(denominator));
        let rounded = |product: i128| {
            let half = denominator.abs() / 2 * product.signum();
            (product + half) / denominator
        };
        if let Some(product) = self.0.checked_mul(numerator) {
            return Self(rounded(product));
        }
        // Whole shares and the rest apart, so that the product fits.
        let whole = (self.0 / denominator).saturating_mul(numerator);
        Self(whole.saturating_add(rounded(self.0 % denominator * numerator)))
    }

    /// The average price of `quantity` units that cost this much under `multiplier`, to the nearest
    /// billionth; `None` for no quantity. For display: cost itself stays exact.
    #[must_use]
    pub fn per_unit(self, quantity: Quantity, multiplier: Quantity) -> Option<Price> {
        if quantity.is_zero() || multiplier.is_zero() {
            return None;
        }
        let units = i128::from(quantity.0) * i128::from(multiplier.0);
        let units = units / i128::from(SCALE);
        if units == 0 {
            return None;
        }
        let half = units.abs() / 2 * self.0.signum();
        i64::try_from((self.0 + half) / units).ok().map(Price)
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}
impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl Mul<i64> for Money {
    type Output = Self;
    fn mul(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(i128::from(factor)))
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::ZERO, Add::add)
    }
}
impl fmt::Display for Money {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(out, self.0 < 0, self.0.unsigned_abs(), 18)
    }
}

#[cfg(test)]
mod tests;
