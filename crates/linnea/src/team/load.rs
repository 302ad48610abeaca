//! How many threads some work is worth.
//!
//! Only who takes part depends on it, never what is cut: so it may be a guess, and the bits stay.

/// What work costs: bytes to read, and multiply-adds of `f32` in vectors, or what takes as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) bytes: usize,
    pub(crate) products: usize,
}

impl Load {
    /// What a member of a team that is there already takes over in a step, to be worth its barriers.
    const OF_A_MEETING: Self = Self { bytes: 1 << 15, products: 1 << 16 };
    /// What a thread takes over, to be worth being started, woken and waited for: that costs who
    /// starts it 25 µs, and itself 50 µs until it works. Either is some 100 µs from memory, or of
    /// the products in cache. In this crate's own tests it is a thousandth, so that small problems
    /// are shared there too.
    pub(crate) const OF_A_START: Self = match cfg!(test) {
        true => Self { bytes: 1 << 10, products: 1 << 12 },
        false => Self { bytes: 1 << 20, products: 1 << 22 },
    };
    /// How many threads are started one after another while one does its part.
    const STARTS_A_PART: f64 = 4.0;

    /// How many threads a step is worth that are there already.
    pub(crate) fn worth_meeting(self) -> usize {
        let [bytes, products] = self.parts(Self::OF_A_MEETING);
        ((bytes + products) as usize).max(1)
    }

    /// How many threads it is worth starting, if reading hides behind multiplying or the other way round:
    /// W parts on T threads end after W/T parts and the T starts of S a part, which is least where
    /// T² = W·S.
    pub(crate) fn worth_starting(self) -> usize {
        let [bytes, products] = self.parts(Self::OF_A_START);
        let parts = bytes.max(products);
        (parts.min((parts * Self::STARTS_A_PART).sqrt()) as usize).max(1)
    }

    fn parts(self, part: Self) -> [f64; 2] {
        let parts = |all: usize, part: usize| all as f64 / part as f64;
        [parts(self.bytes, part.bytes), parts(self.products, part.products)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quarters of a part.
    fn load(bytes: usize, products: usize, part: Load) -> Load {
        Load { bytes: part.bytes * bytes / 4, products: part.products * products / 4 }
    }

    #[test]
    fn a_step_is_worth_a_thread_for_every_part_of_bytes_and_of_products() {
        let worth = |bytes, products| load(bytes, products, Load::OF_A_MEETING).worth_meeting();
        assert_eq!([worth(0, 0), worth(7, 0), worth(0, 7), worth(3, 4)], [1; 4]);
        assert_eq!([worth(8, 0), worth(0, 8), worth(3, 5), worth(32, 32)], [2, 2, 2, 16]);
    }

    #[test]
    fn a_pass_is_worth_a_thread_for_every_part_but_not_all_starts() {
        let worth = |bytes, products| load(bytes, products, Load::OF_A_START).worth_starting();
        assert_eq!([worth(0, 0), worth(7, 7), worth(8, 7), worth(7, 8)], [1, 1, 2, 2]);
        assert_eq!([worth(0, 16), worth(64, 0), worth(0, 256)], [4, 8, 16]);
        let all = Load { bytes: usize::MAX, products: usize::MAX };
        assert!(all.worth_starting() > 64);
    }
}
