//! The arithmetic, the same to the last bit on every processor.
//!
//! Each kernel is written once, over groups of sixteen numbers (`Simd`), and compiled for every instruction set that a
//! machine may have; which one runs is chosen when the model is loaded. Every output is computed by itself, its terms
//! added in one fixed order by fused multiply-adds, whatever the width of the vectors and whatever else is computed
//! beside it: a token's logits don't depend on the processor or on how the prompt was cut up.

mod attention;
mod elementwise;
mod matrix;
mod memory;
mod multiply;
mod quantise;
mod simd;

pub use attention::attend;
pub use elementwise::{add_assign, gated, log_sum_exp, rms_norm, rotate, softmax_weights};
pub use matrix::{Dtype, Matrix};
pub use memory::Arena;
pub use multiply::multiply;
pub use quantise::Quantised;

use crate::error::{Error, Result};

/// An instruction set that the kernels are compiled for.
///
/// Only `available` and `detect` make one other than `Portable`, so that having one proves that the processor can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Level {
    /// All that this processor has, the best one last.
    pub fn available() -> Vec<Self> {
        #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), expect(unused_mut))]
        let mut levels = vec![Self(Set::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                levels.push(Self(Set::Avx2));
            }
            let wide = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vnni");
            if wide {
                levels.push(Self(Set::Avx512));
            }
        }
        #[cfg(target_arch = "aarch64")]
        levels.push(Self(Set::Neon));
        levels
    }

    /// The best one that this processor has.
    pub fn detect() -> Self {
        Self::available().pop().unwrap_or(Self(Set::Portable))
    }

    /// The one called `name`: portable, avx2, avx512 or neon.
    pub fn named(name: &str) -> Result<Self> {
        let available = Self::available();
        available
            .iter()
            .copied()
            .find(|level| level.name() == name)
            .ok_or_else(|| {
                let names: Vec<_> = available.iter().map(|level| level.name()).collect();
                Error::usage(
                    format!("this processor has no kernels {name}"),
                    format!("it has: {}", names.join(", ")),
                )
            })
    }

    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Set::Neon => "neon",
        }
    }
}

/// Define a function that runs `$body`, generic over `Simd`, compiled for the given level.
macro_rules! kernel {
    ($(#[$meta:meta])* pub fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? = $body:ident) => {
        $(#[$meta])*
        pub fn $name(level: $crate::kernels::Level, $($argument: $type),*) $(-> $result)? {
            use $crate::kernels::{Set, simd};
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) $(-> $result)? {
                $body::<simd::avx2::Avx2>($($argument),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vnni")]
            fn avx512($($argument: $type),*) $(-> $result)? {
                $body::<simd::avx512::Avx512>($($argument),*)
            }
            match level.0 {
                Set::Portable => $body::<simd::portable::Portable>($($argument),*),
                // SAFETY: a level is only made where the processor has it.
                #[cfg(target_arch = "x86_64")]
                Set::Avx2 => unsafe { avx2($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Set::Avx512 => unsafe { avx512($($argument),*) },
                #[cfg(target_arch = "aarch64")]
                Set::Neon => $body::<simd::neon::Neon>($($argument),*),
            }
        }
    };
}
use kernel;
