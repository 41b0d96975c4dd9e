//! Which instructions the kernels may use: chosen on the machine the desk runs on, not on the one that built it.

use std::cell::Cell;

/// A set of instructions that there are kernels for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// What every processor of the architecture has.
    Portable,
    /// x86-64 with AVX2 and fused multiply-add (Intel since 2013, AMD since 2015).
    Avx2Fma,
}

impl Instructions {
    /// The name for a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2Fma => "avx2+fma",
        }
    }

    /// The best set this machine has.
    fn detected() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return Self::Avx2Fma;
        }
        Self::Portable
    }
}

thread_local! {
    static FORCED: Cell<Option<Instructions>> = const { Cell::new(None) };
}

/// The set in force on this thread: the best one of the machine unless [`with_instructions`] says otherwise.
pub fn instructions() -> Instructions {
    FORCED.get().unwrap_or_else(Instructions::detected)
}

/// Runs `work` on this thread with the kernels for `wanted`; with the portable ones if the machine lacks it.
///
/// For comparisons: the results agree to 1e-12 whichever is used.
pub fn with_instructions<T>(wanted: Instructions, work: impl FnOnce() -> T) -> T {
    /// Puts the former choice back, also if `work` panics.
    struct Restore(Option<Instructions>);
    impl Drop for Restore {
        fn drop(&mut self) {
            FORCED.set(self.0);
        }
    }
    let possible = if wanted == Instructions::detected() {
        wanted
    } else {
        Instructions::Portable
    };
    let _restore = Restore(FORCED.replace(Some(possible)));
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_lasts_as_long_as_the_work() {
        let before = instructions();
        let inside = with_instructions(Instructions::Portable, instructions);
        assert_eq!((inside, instructions()), (Instructions::Portable, before));
    }
}
