//! The configured fee and latency models.

use messages::{Inexact, Price, Quantity};
use settings::VenueSettings;
use venue::{FeeModel, LatencyModel};

/// A fraction of one in basis points.
const BASIS_POINTS: f64 = 10_000.0;

/// What the configuration charges.
pub(crate) fn fees(settings: &VenueSettings) -> Result<FeeModel, Inexact> {
    Ok(match settings.fee_model {
        settings::FeeModel::None => FeeModel::Free,
        settings::FeeModel::PerUnit => FeeModel::PerShare(Price::from_f64(settings.fee_rate)?),
        settings::FeeModel::Proportional => {
            FeeModel::BasisPoints(Quantity::from_f64(settings.fee_rate * BASIS_POINTS)?)
        }
    })
}

/// How long the configuration lets a request travel. Both figures are at most a minute there.
pub(crate) fn latency(settings: &VenueSettings) -> LatencyModel {
    let least = settings.latency_us as i64;
    match settings.latency_model {
        settings::LatencyModel::None => LatencyModel::None,
        settings::LatencyModel::Constant => LatencyModel::Fixed(least),
        settings::LatencyModel::Uniform => {
            LatencyModel::Uniform(least, least + settings.latency_jitter_us as i64)
        }
    }
}
