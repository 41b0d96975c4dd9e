//! A difference in a sentence.

use std::fmt;

use super::Difference;

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrderUnknownToDesk {
                client_order_id,
                remaining,
                ..
            } => write!(
                out,
                "the venue holds order {client_order_id} ({remaining} left) that the desk never placed"
            ),
            Self::OrderEndedUnseen {
                client_order_id,
                status,
                ..
            } => write!(
                out,
                "order {client_order_id} came to the venue and is {status} there, and the desk never placed it"
            ),
            Self::OrderFinishedAtDesk { client_order_id, .. } => {
                write!(
                    out,
                    "order {client_order_id} is finished for the desk and open at the venue"
                )
            }
            Self::OrderMissingAtVenue { client_order_id, .. } => {
                write!(
                    out,
                    "order {client_order_id} works for the desk and is not open at the venue"
                )
            }
            Self::OrderDiffers {
                client_order_id,
                what,
                ..
            } => write!(out, "order {client_order_id}: {what}"),
            Self::FillDiffers {
                sequence,
                desk,
                venue,
                told,
                ..
            } => {
                let name = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".into());
                let (desk, venue) = (name(desk), name(venue));
                let told = if told.is_empty() {
                    String::new()
                } else {
                    format!(": {told}")
                };
                write!(
                    out,
                    "execution {sequence} is {desk} at the desk and {venue} at the venue{told}"
                )
            }
            Self::FillChanged {
                execution_id,
                desk,
                venue,
                ..
            } => write!(
                out,
                "execution {execution_id} is {desk} at the desk and {venue} at the venue"
            ),
            Self::FillUnreadable {
                execution_id, reason, ..
            } => {
                write!(
                    out,
                    "the venue's execution {execution_id} can't be read and is not booked: {reason}"
                )
            }
            Self::FillOfUnknownOrder {
                execution_id,
                client_order_id,
                ..
            } => write!(
                out,
                "execution {execution_id} is of order {client_order_id} that the desk never placed"
            ),
            Self::Position { symbol, desk, venue } => {
                write!(out, "the desk holds {desk} {symbol}, the venue {venue}")
            }
        }
    }
}
