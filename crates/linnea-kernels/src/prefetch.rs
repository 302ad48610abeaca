//! Asking for the rows of the next minibatch while this one is computed.
//!
//! A shuffled minibatch lies all over memory, so the first load of each of its rows waits for
//! memory. The kernels ask for the rows of the next minibatch between their multiply-adds: a
//! request takes a slot of a load and nothing waits for it.

use pulp::Simd;

/// The bytes that one request brings.
const LINE: usize = 64;

/// Rows that will be wanted, and which of their columns.
#[derive(Debug, Clone, Copy)]
pub struct Ahead<'a, T> {
    /// The rows.
    pub rows: &'a [&'a [T]],
    /// The first column that will be wanted.
    pub start: usize,
    /// How many columns will be.
    pub features: usize,
}

impl<T> Ahead<'_, T> {
    /// No rows.
    pub fn nothing() -> Self {
        Self { rows: &[], start: 0, features: 0 }
    }

    /// What to ask for during a forward product, and during the backward product after it.
    #[must_use]
    pub fn split(self) -> (Self, Self) {
        let (early, late) = self.rows.split_at(self.rows.len() / 2);
        (Self { rows: early, ..self }, Self { rows: late, ..self })
    }

    /// Asks for all rows now.
    pub fn ask(self) {
        self.over(1).go();
    }

    /// Asks for all lines in the course of `times` calls of [`Pace::go`].
    pub(crate) fn over(self, times: usize) -> Pace {
        let wanted = |row: &&[T]| row[self.start..][..self.features].as_ptr().cast();
        let rows: Vec<*const u8> = self.rows.iter().map(wanted).collect();
        let bytes = self.features * size_of::<T>();
        // A row begins anywhere in a line.
        let lines = rows.len() * (bytes.div_ceil(LINE) + 1);
        let rate = (lines << POINT).div_ceil(times.max(1));
        Pace { rows, bytes, rate, credit: 0, begun: 0, address: std::ptr::null(), left: 0 }
    }
}

/// Asks for a line at a time, or a few. Many at once would fill the processor's list of open requests,
/// and then its loads wait too, and further requests may be dropped.
///
/// It knows the rows by their addresses alone, so that what asks is compiled once for all storages.
pub(crate) struct Pace {
    rows: Vec<*const u8>,
    /// How much of each row is wanted.
    bytes: usize,
    /// Lines a call, and lines that may be asked for now: binary fractions.
    rate: usize,
    credit: usize,
    /// How many rows have been begun.
    begun: usize,
    /// The next line of the row that was begun last, and how many more bytes of it are wanted.
    address: *const u8,
    left: usize,
}

/// The digits of a binary fraction.
const POINT: u32 = 8;

impl Pace {
    #[inline(always)]
    pub(crate) fn go(&mut self) {
        self.go_on(1);
    }

    /// [`Pace::go`] for step `k` of `steps` of a loop whose sums leave few registers free where there are 16:
    /// there for `stride` steps at once, so that what it asks with is not brought back for every step.
    #[inline(always)]
    pub(crate) fn go_in_loop<S: Simd>(&mut self, k: usize, steps: usize, stride: usize) {
        if const { S::REGISTER_COUNT >= 32 } {
            self.go();
        } else if k.is_multiple_of(stride) {
            self.go_on(stride.min(steps - k));
        }
    }

    /// [`Pace::go`] so many times.
    #[inline(always)]
    fn go_on(&mut self, times: usize) {
        self.credit += times * self.rate;
        while self.credit >= 1 << POINT {
            self.credit -= 1 << POINT;
            if self.left == 0 && !self.next_row() {
                (self.rate, self.credit) = (0, 0);
                return;
            }
            request(self.address);
            self.address = self.address.wrapping_add(LINE);
            self.left = self.left.saturating_sub(LINE);
        }
    }

    /// Begins the next row, if there is one.
    #[inline(always)]
    fn next_row(&mut self) -> bool {
        let Some(&row) = self.rows.get(self.begun) else { return false };
        self.begun += 1;
        let before = row.addr() % LINE;
        self.address = row.wrapping_sub(before);
        self.left = before + self.bytes;
        true
    }
}

/// Asks for the line of memory at `address`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code)]
fn request(address: *const u8) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    // SAFETY: a prefetch is a hint: it reads nothing that the program can see, and an address that
    // is not mapped is ignored. The instruction is part of every x86-64 processor (SSE).
    unsafe { _mm_prefetch::<_MM_HINT_T1>(address.cast()) }
}

/// Asks for the line of memory at `address`.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
#[allow(unsafe_code)]
fn request(address: *const u8) {
    // SAFETY: as on x86-64; `prfm` is part of every processor of this architecture.
    unsafe {
        std::arch::asm!("prfm pldl2keep, [{0}]", in(reg) address, options(nostack, readonly, preserves_flags));
    }
}

/// Does nothing: this processor has no such hint, or it is not known here.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(always)]
fn request(_: *const u8) {}
