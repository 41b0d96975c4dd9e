//! What a backtest leaves behind: its trades and its sums.

/// What ended a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Nothing did: it was open behind the last row and is marked there, without costs of closing.
    Open = 0,
    /// A signal.
    Signal = 1,
    /// The stop-loss.
    StopLoss = 2,
    /// The take-profit.
    TakeProfit = 3,
}

impl Exit {
    /// The names, in the order of the numbers.
    pub const NAMES: [&str; 4] = ["open", "signal", "stop_loss", "take_profit"];
}

/// A round trip. A position that is closed in parts is several of them, each with the average price of entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trade {
    /// Number of its instrument, in the order they were given.
    pub instrument: u32,
    /// Row at which the position was taken up.
    pub entry: usize,
    /// Row at which this part was closed; the last row where it was not.
    pub exit: usize,
    /// 1 long, −1 short.
    pub side: i8,
    /// Units closed.
    pub size: f64,
    /// Average price paid or received, spread and slippage in it.
    pub entry_price: f64,
    /// Price of closing, spread and slippage in it; the last price where it is open.
    pub exit_price: f64,
    /// Profit after commission, money.
    pub pnl: f64,
    /// Commission of both ends, money.
    pub commission: f64,
    /// What closed it.
    pub reason: Exit,
}

/// Sums over all fills of one instrument.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Profit after all costs, open position marked at the last price; money.
    pub pnl: f64,
    /// Traded notional, money.
    pub turnover: f64,
    /// Commission paid, money.
    pub commission: f64,
    /// What spread and slippage took, money.
    pub slippage: f64,
    /// Number of fills.
    pub fills: usize,
    /// Rows behind which a position was held.
    pub rows_held: usize,
}

impl Totals {
    /// Adds another instrument's sums.
    pub(crate) fn add(&mut self, other: &Self) {
        self.pnl += other.pnl;
        self.turnover += other.turnover;
        self.commission += other.commission;
        self.slippage += other.slippage;
        self.fills += other.fills;
        self.rows_held += other.rows_held;
    }
}
