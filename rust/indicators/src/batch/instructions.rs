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
    pub(super) fn detected() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return Self::Avx2Fma;
        }
        Self::Portable
    }
}

/// Arithmetic that differs between the sets.
pub(super) trait Arithmetic: Copy {
    /// `a · b + c`, rounded once where the set can.
    fn multiply_add(a: f64, b: f64, c: f64) -> f64;

    /// `dividend / divisor`, correctly rounded.
    fn divide(dividend: f64, divisor: Divisor) -> f64;
}

/// A divisor that many numbers are divided by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Divisor {
    value: f64,
    reciprocal: f64,
}

impl Divisor {
    pub(super) const fn new(value: f64) -> Self {
        Self {
            value,
            reciprocal: 1.0 / value,
        }
    }
}

/// Product and sum are rounded apart.
#[derive(Debug, Clone, Copy)]
struct Plain;

/// With fused multiply-add.
#[derive(Debug, Clone, Copy)]
struct Fused;

impl Arithmetic for Plain {
    #[inline(always)]
    fn multiply_add(a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }

    #[inline(always)]
    fn divide(dividend: f64, divisor: Divisor) -> f64 {
        dividend / divisor.value
    }
}

impl Arithmetic for Fused {
    #[inline(always)]
    fn multiply_add(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }

    /// Markstein's (1990): with the reciprocal correctly rounded and the remainder exact, the second quotient is the
    /// correctly rounded one. Three fused steps are faster than a division.
    #[inline(always)]
    fn divide(dividend: f64, divisor: Divisor) -> f64 {
        let quotient = dividend * divisor.reciprocal;
        let remainder = (-quotient).mul_add(divisor.value, dividend);
        remainder.mul_add(divisor.reciprocal, quotient)
    }
}

/// Work that is compiled once for each set. All it calls must be inlined into it.
pub(super) trait Kernel {
    /// What it gives.
    type Output;

    /// Does the work.
    fn run<A: Arithmetic>(self) -> Self::Output;
}

/// Does the work with the set in force.
pub(super) fn run<K: Kernel>(kernel: K) -> K::Output {
    match instructions() {
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2Fma => avx2_fma::run(kernel),
        _ => kernel.run::<Plain>(),
    }
}

/// The one door to code compiled for more than the architecture's least processor.
#[cfg(target_arch = "x86_64")]
mod avx2_fma {
    use super::{Fused, Kernel};

    /// Only for [`super::run`], which has asked the processor.
    #[expect(
        unsafe_code,
        reason = "a function for certain instructions can't be called from one without them"
    )]
    pub(super) fn run<K: Kernel>(kernel: K) -> K::Output {
        // SAFETY: `instructions()` gave `Avx2Fma`, which it does only where the processor has both.
        unsafe { compiled(kernel) }
    }

    #[target_feature(enable = "avx2,fma")]
    fn compiled<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Fused>()
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
    use proptest::prelude::*;

    #[test]
    fn a_choice_lasts_as_long_as_the_work() {
        let before = instructions();
        let inside = with_instructions(Instructions::Portable, instructions);
        assert_eq!((inside, instructions()), (Instructions::Portable, before));
    }

    struct Quotients<'a>(&'a [f64], f64);

    impl Kernel for Quotients<'_> {
        type Output = Vec<f64>;

        #[inline(always)]
        fn run<A: Arithmetic>(self) -> Vec<f64> {
            let divisor = Divisor::new(self.1);
            self.0
                .iter()
                .map(|dividend| A::divide(*dividend, divisor))
                .collect()
        }
    }

    proptest! {
        #[test]
        fn a_division_is_correctly_rounded_by_either_set(
            dividends in proptest::collection::vec(-1e9_f64..1e9, 1..50),
            divisor in 1_u32..=100_000,
        ) {
            let divisor = f64::from(divisor);
            let exact: Vec<f64> = dividends.iter().map(|dividend| dividend / divisor).collect();
            prop_assert_eq!(&run(Quotients(&dividends, divisor)), &exact);
            let portable = with_instructions(Instructions::Portable, || run(Quotients(&dividends, divisor)));
            prop_assert_eq!(&portable, &exact);
        }
    }
}
