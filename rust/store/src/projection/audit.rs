//! The database against the journal, at one sequence: the third side of the reconciliation.
//!
//! Rows are never compared one by one. Per table and symbol there are [`Totals`], of what the journal says and of
//! what the database holds; a row that is missing, too many or another one shows in them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use messages::{Price, Quantity};
use serde_json::Value;

use super::rows::Rows;

/// A whole number is compared in billionths, as every decimal is.
pub(super) const BILLION: i128 = 1_000_000_000;

/// What is held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ledger {
    /// `order_audit_trail`.
    Orders,
    /// `fills`.
    Fills,
    /// `positions`.
    Positions,
    /// `commands`.
    Commands,
    /// `signals`.
    Signals,
    /// `risk_state`.
    RiskState,
}

impl Ledger {
    /// As a table is called in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orders => "entries of orders",
            Self::Fills => "fills",
            Self::Positions => "positions",
            Self::Commands => "commands",
            Self::Signals => "signals",
            Self::RiskState => "entries of the risk state",
        }
    }

    /// True when it says what the desk holds and owes: a difference there is a break. The others are the record of
    /// what was decided and why.
    pub const fn is_of_trading(self) -> bool {
        matches!(self, Self::Orders | Self::Fills | Self::Positions)
    }

    /// True when each entry of the journal is a row of its own, and none is written over.
    pub(super) const fn is_appended(self) -> bool {
        !matches!(self, Self::Positions)
    }
}

/// Sums over the rows of one table in one symbol. Of positions there is one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many.
    pub rows: i64,
    /// Of their sequences in the journal: which ones they are.
    pub sequences: i128,
    /// Billionths: what was filled, signed; of orders what stands as filled in each entry; of a position its size; of
    /// the record of decisions when each entry arrived, in microseconds.
    pub quantity: i128,
    /// Billionths: prices and fees of fills; quantities of orders, weighed by status; realised P&L of a position; of the
    /// record of decisions the bytes of its words.
    pub values: i128,
}

impl Totals {
    fn plus(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            sequences: self.sequences + other.sequences,
            quantity: self.quantity + other.quantity,
            values: self.values + other.values,
        }
    }

    fn add(&mut self, sequence: i128, quantity: i128, values: i128) {
        self.rows += 1;
        self.sequences += sequence;
        self.quantity += quantity;
        self.values += values;
    }

    /// Short, and another one for other totals.
    fn mark(self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for total in [i128::from(self.rows), self.sequences, self.quantity, self.values] {
            hasher.update(&total.to_le_bytes());
        }
        hasher.finalize()
    }

    fn minus(self, other: Self) -> Self {
        Self {
            rows: self.rows - other.rows,
            sequences: self.sequences - other.sequences,
            quantity: self.quantity - other.quantity,
            values: self.values - other.values,
        }
    }
}

/// A table and a symbol.
pub type Place = (Ledger, String);

/// The totals of every table and symbol.
pub type Books = BTreeMap<Place, Totals>;

/// Journal and database differ in one table and symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    /// In which table.
    pub ledger: Ledger,
    /// In which symbol.
    pub symbol: String,
    /// What the journal says.
    pub journal: Totals,
    /// What the database holds.
    pub database: Totals,
}

impl Discrepancy {
    /// Where it is.
    pub fn place(&self) -> Place {
        (self.ledger, self.symbol.clone())
    }

    /// True when storing the journal again may mend it: what is missing is added, and a position that is not newer is
    /// written over. Nothing else that is there is changed or removed.
    pub fn can_be_stored_again(&self) -> bool {
        let apart = self.database.minus(self.journal);
        apart.rows < 0 || (self.ledger == Ledger::Positions && apart.rows == 0 && apart.sequences <= 0)
    }

    /// What is apart, in a sentence that stays the same while both go on alike, and changes with any of the totals
    /// that are apart.
    pub fn in_words(&self) -> String {
        let apart = self.database.minus(self.journal);
        let what = self.ledger.name();
        // What is about the desk as a whole names no symbol.
        let of = if self.symbol.is_empty() {
            String::new()
        } else {
            format!(" in {}", self.symbol)
        };
        let words = match apart.rows {
            0 => format!("the database holds other {what}{of} than the journal"),
            less @ ..0 => format!("the database lacks {} {what}{of}", -less),
            more => format!("the database holds {more} {what}{of} that are in no journal"),
        };
        format!("{words} (difference {:08x})", apart.mark())
    }
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// How many there were, this one among them.
    pub number: u64,
    /// The journal's sequence that both were compared at.
    pub sequence: u64,
    /// What differs; empty when nothing does.
    pub found: Vec<Discrepancy>,
}

/// A decimal as billionths; what is none counts as nought, on either side alike.
fn billionths(value: &Value) -> i128 {
    value
        .as_str()
        .and_then(|text| text.parse::<Price>().ok())
        .map_or(0, |decimal| i128::from(decimal.0))
}

/// Money is finer: what is behind the ninth decimal is cut, as the column does.
fn money(value: &Value) -> i128 {
    let text = value.as_str().unwrap_or_default();
    parse_sum(text).unwrap_or_default()
}

/// A sum as the database writes it, in billionths.
pub(super) fn parse_sum(text: &str) -> Option<i128> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let decimals: String = decimals.chars().chain("000000000".chars()).take(9).collect();
    let units = whole.parse::<i128>().ok()?.checked_mul(1_000_000_000)? + decimals.parse::<i128>().ok()?;
    Some(if negative { -units } else { units })
}

/// A number that no two statuses of an order share; the database makes the same one.
fn weight(status: &str) -> i128 {
    let first = status.bytes().next().map_or(0, i128::from);
    first * status.len() as i128
}

/// Adds to `books` what `rows` say.
pub(super) fn add(books: &mut Books, rows: &Rows) {
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let sequence = |row: &Value| row["sequence"].as_u64().map_or(0, i128::from);
    for row in &rows.trail {
        let totals = books.entry((Ledger::Orders, text(row, "symbol"))).or_default();
        let values = weight(&text(row, "status")) * billionths(&row["quantity"]);
        totals.add(sequence(row), billionths(&row["filled_quantity"]), values);
    }
    for row in &rows.fills {
        let totals = books.entry((Ledger::Fills, text(row, "symbol"))).or_default();
        let quantity = billionths(&row["quantity"]);
        let signed = if text(row, "side") == "BUY" {
            quantity
        } else {
            -quantity
        };
        totals.add(
            sequence(row),
            signed,
            billionths(&row["price"]) + money(&row["fee"]),
        );
    }
    for row in &rows.positions {
        let totals = books.entry((Ledger::Positions, text(row, "symbol"))).or_default();
        *totals = Totals::default();
        totals.add(
            sequence(row),
            billionths(&row["quantity"]),
            money(&row["realized_pnl"]),
        );
    }
    let words = ["command", "operator", "reason", "outcome", "answer"];
    add_record(books, Ledger::Commands, &rows.commands, &words);
    let words = ["signal", "model_hash", "outcome", "reason", "client_order_id"];
    add_record(books, Ledger::Signals, &rows.signals, &words);
    let words = ["event", "kind", "closed_by", "reason"];
    add_record(books, Ledger::RiskState, &rows.risk_state, &words);
}

/// Adds the record of decisions.
fn add_record(books: &mut Books, ledger: Ledger, rows: &[Value], words: &[&str]) {
    for row in rows {
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let number = |field: &str| row[field].as_i64().map_or(0, i128::from);
        let bytes: usize = words.iter().map(|field| text(field).len()).sum();
        let totals = books.entry((ledger, text("symbol").to_owned())).or_default();
        totals.add(
            number("sequence"),
            number("at_us") * BILLION,
            bytes as i128 * BILLION,
        );
    }
}

/// What is held in all, from what was held up to an earlier sequence and what came behind it. Rows that are written
/// over are given whole.
pub(super) fn since(earlier: &Books, new: Books) -> Books {
    let mut all = new;
    for (key, totals) in earlier.iter().filter(|(key, _)| key.0.is_appended()) {
        let held = all.entry(key.clone()).or_default();
        *held = held.plus(*totals);
    }
    all
}

/// Every difference, as an outer join.
pub(super) fn compare(journal: &Books, database: &Books) -> Vec<Discrepancy> {
    let keys: BTreeSet<_> = journal.keys().chain(database.keys()).collect();
    keys.into_iter()
        .filter_map(|key| {
            let of = |books: &Books| books.get(key).copied().unwrap_or_default();
            let (journal, database) = (of(journal), of(database));
            (journal != database).then(|| Discrepancy {
                ledger: key.0,
                symbol: key.1.clone(),
                journal,
                database,
            })
        })
        .collect()
}

/// A sum of quantities as a quantity, for a report.
pub fn as_quantity(billionths: i128) -> Option<Quantity> {
    i64::try_from(billionths).ok().map(Quantity)
}

#[cfg(test)]
mod tests;
