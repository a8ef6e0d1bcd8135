//! The arithmetic, the same to the last bit on every processor.
//!
//! Each kernel is written once, over groups of sixteen numbers (`Lanes`), and compiled for every instruction set that
//! a machine may have; which one runs is chosen when the model is loaded. Every output is computed by itself, its terms
//! added in one fixed order by fused multiply-adds, whatever the width of the vectors and whatever else is computed
//! beside it: a token's logits don't depend on the processor or on how the prompt was cut up.

mod attention;
mod elementwise;
mod lanes;
mod matmul;

pub use attention::{Heads, attend};
pub use elementwise::{add_assign, gated, log_sum_exp, rms_norm, rotate, softmax_weights};
pub use matmul::{Matrix, multiply};

/// An instruction set that the kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Whatever the compiler assumes of every processor of the platform.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Level {
    /// The best one that this processor has.
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Self::Avx2;
        }
        Self::Portable
    }

    /// All that this processor has.
    pub fn available() -> Vec<Self> {
        let mut levels = vec![Self::Portable];
        if Self::detect() != Self::Portable {
            levels.push(Self::detect());
        }
        levels
    }
}

/// Define a function that runs `$body` compiled for the given level.
macro_rules! kernel {
    ($(#[$meta:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? = $body:path) => {
        $(#[$meta])*
        $visibility fn $name(level: $crate::kernels::Level, $($argument: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) $(-> $result)? {
                $body($($argument),*)
            }
            match level {
                $crate::kernels::Level::Portable => $body($($argument),*),
                // SAFETY: a level other than Portable is only made where the processor has it.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::Level::Avx2 => unsafe { avx2($($argument),*) },
            }
        }
    };
}
use kernel;
