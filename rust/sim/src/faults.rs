//! What breaks, and how it is mended.

use rand::RngExt;

use crate::latch_file::Fault;
use crate::network::Weather;
use crate::world::World;

/// Something that can be broken for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Engine,
    Risk,
    Venue,
    /// The connection between engine and venue.
    Connection,
    EngineDisk,
    RiskDisk,
    VenueDisk,
    /// The venue refuses to cancel one order of every mass cancel.
    VenueRefusal,
    /// The engine's projection falls behind.
    EngineDatabase,
    /// The risk manager's projection falls behind.
    RiskDatabase,
    /// A clock is set forward or back for a while.
    EngineClock,
    RiskClock,
    /// The venue takes orders and answers late.
    VenueSlow,
    /// A latch file can't be written.
    EngineLatch,
    RiskLatch,
}

impl Part {
    pub(crate) const ALL: [Self; 15] = [
        Self::Engine,
        Self::Risk,
        Self::Venue,
        Self::Connection,
        Self::EngineDisk,
        Self::RiskDisk,
        Self::VenueDisk,
        Self::VenueRefusal,
        Self::EngineDatabase,
        Self::RiskDatabase,
        Self::EngineClock,
        Self::RiskClock,
        Self::VenueSlow,
        Self::EngineLatch,
        Self::RiskLatch,
    ];

    /// How likely it breaks in one look, of which there are twenty a second.
    const fn rate(self) -> f64 {
        match self {
            Self::EngineClock | Self::RiskClock => 0.000_5,
            Self::VenueRefusal | Self::EngineDatabase | Self::VenueSlow => 0.006,
            Self::EngineLatch | Self::RiskLatch => 0.01,
            _ => 0.002_5,
        }
    }
}

/// When each broken part is mended.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    mend_us: [Option<i64>; Part::ALL.len()],
}

impl Faults {
    fn is_broken(&self, part: Part) -> bool {
        self.mend_us[part as usize].is_some()
    }
}

impl World {
    /// A moment in which something may break, and what is broken may be mended.
    pub(crate) fn faults(&mut self) {
        if self.shared.crash_rate > 0.0 {
            for part in Part::ALL {
                if !self.faults.is_broken(part) && self.shared.chance(part.rate()) {
                    self.break_down(part);
                }
            }
        }
        for part in Part::ALL {
            // What died amid its work is mended like what was broken here.
            if self.is_dead(part) && !self.faults.is_broken(part) {
                self.break_down(part);
            }
            let due = self.faults.mend_us[part as usize];
            if due.is_some_and(|at_us| at_us <= self.shared.now_us) {
                self.mend(part);
            }
        }
    }

    /// The venue refuses to cancel one order of what comes next.
    pub(crate) fn refuse_a_cancel(&mut self) {
        if !self.faults.is_broken(Part::VenueRefusal) {
            self.break_down(Part::VenueRefusal);
        }
    }

    fn is_dead(&self, part: Part) -> bool {
        match part {
            Part::Engine => self.engine.engine.is_none(),
            Part::Risk => self.risk.manager.is_none(),
            Part::Venue => self.venue.gateway.is_none(),
            _ => false,
        }
    }

    fn break_down(&mut self, part: Part) {
        let longest_us = match part {
            Part::EngineDatabase | Part::RiskDatabase => 5_000_000,
            _ => 2_500_000,
        };
        let mend_us = self.shared.now_us + self.shared.random.random_range(20_000..longest_us);
        self.faults.mend_us[part as usize] = Some(mend_us);
        let jump_us = self.shared.random.random_range(-3_000_000..3_000_000);
        let how = if jump_us < 0 { Fault::Torn } else { Fault::Refused };
        let Self {
            shared,
            engine,
            risk,
            venue,
            ..
        } = self;
        match part {
            Part::Engine => engine.crash(shared),
            Part::Risk => risk.crash(shared),
            Part::Venue => {
                venue.crash(shared);
                engine.connected = false;
            }
            Part::Connection => engine.connected = false,
            Part::EngineDisk => engine.disk_fails = true,
            Part::RiskDisk => risk.disk_fails = true,
            Part::VenueDisk => venue.disk_fails = true,
            Part::VenueRefusal => venue.refuses = true,
            Part::EngineDatabase => engine.projection.is_away = true,
            Part::RiskDatabase => risk.projection.is_away = true,
            Part::EngineClock => engine.clock_us = jump_us,
            Part::RiskClock => risk.clock_us = jump_us,
            Part::VenueSlow => shared.network.venue_is_slow = true,
            Part::EngineLatch => engine.latch.fault = Some(how),
            Part::RiskLatch => risk.latch.fault = Some(how),
        }
    }

    fn mend(&mut self, part: Part) {
        self.faults.mend_us[part as usize] = None;
        let is_reachable = !self.faults.is_broken(Part::Connection);
        let Self {
            shared,
            engine,
            risk,
            venue,
            ..
        } = self;
        match part {
            Part::Engine => engine.start(shared),
            Part::Risk => risk.start(shared),
            Part::Venue => venue.start(shared),
            Part::Connection => {}
            Part::EngineDisk => engine.disk_fails = false,
            Part::RiskDisk => risk.disk_fails = false,
            Part::VenueDisk => venue.disk_fails = false,
            Part::VenueRefusal => venue.refuses = false,
            Part::EngineDatabase => engine.projection.is_away = false,
            Part::RiskDatabase => risk.projection.is_away = false,
            Part::EngineClock => engine.clock_us = 0,
            Part::RiskClock => risk.clock_us = 0,
            Part::VenueSlow => shared.network.venue_is_slow = false,
            Part::EngineLatch => engine.latch.fault = None,
            Part::RiskLatch => risk.latch.fault = None,
        }
        if matches!(part, Part::Venue | Part::Connection) {
            engine.connected = is_reachable && venue.gateway.is_some();
            engine.connection += 1;
        }
    }

    /// The storm is over: everything comes up, and nothing new is wanted.
    pub(crate) fn end(&mut self) {
        self.is_ending = true;
        self.shared.crash_rate = 0.0;
        self.shared.network.weather = Weather::CALM;
        // Disks first: a process that starts on a broken one dies again.
        for part in Part::ALL.into_iter().rev() {
            if self.faults.is_broken(part) || self.is_dead(part) {
                self.mend(part);
            }
        }
    }
}
