//! What a machine says about itself.

use std::fs;

use crate::team::thread_count;

/// What is known of a machine; what the system does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machine {
    /// The processor's name.
    pub cpu: Option<String>,
    /// How many threads run at once.
    pub processors: usize,
    /// The bytes of the last-level cache. A virtual machine is told its host's, all of it.
    pub last_level_cache: Option<usize>,
    /// The bytes of memory that can be had without driving others out.
    pub available_memory: Option<usize>,
}

impl Machine {
    /// Looks at this machine. Only Linux says more than the number of its processors.
    #[must_use]
    pub fn look() -> Self {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let limit = text("/sys/fs/cgroup/memory.max").trim().parse().ok();
        let free = available_memory(&text("/proc/meminfo"));
        let caches = (0..8).filter_map(|index| {
            size(&text(&format!("/sys/devices/system/cpu/cpu0/cache/index{index}/size")))
        });
        Self {
            cpu: cpu_name(&text("/proc/cpuinfo")),
            processors: thread_count(None),
            last_level_cache: caches.max(),
            // A container may be allowed less than the machine has.
            available_memory: [free, limit].into_iter().flatten().min(),
        }
    }
}

/// From `/proc/cpuinfo`. Some processors have no name there, only numbers.
fn cpu_name(text: &str) -> Option<String> {
    field(text, "model name").map(String::from)
}

/// From `/proc/meminfo`: `MemAvailable:   23456 kB`.
fn available_memory(text: &str) -> Option<usize> {
    let kilobytes: usize = field(text, "MemAvailable")?.strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// The value of the first line `name : value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    let mut values = fields.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim());
    values.next().filter(|value| !value.is_empty())
}

/// A cache's size as the system writes it: `2048K`.
fn size(text: &str) -> Option<usize> {
    let text = text.trim();
    let (digits, unit) = match text.char_indices().last()? {
        (end, 'K') => (&text[..end], 1 << 10),
        (end, 'M') => (&text[..end], 1 << 20),
        _ => (text, 1),
    };
    digits.parse::<usize>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_files_are_understood() {
        let text = "processor\t: 0\nmodel name\t: A: fast one\nmodel name\t: another\n";
        assert_eq!(cpu_name(text), Some("A: fast one".into()));
        assert_eq!(cpu_name("model name :\n"), None);
        let text = "MemTotal:  9 kB\nMemAvailable:   23456 kB\n";
        assert_eq!(available_memory(text), Some(23456 * 1024));
        assert_eq!(available_memory(""), None);
        assert_eq!(
            ["32K\n", "2M", "512", "", "K", "x"].map(size),
            [Some(32 << 10), Some(2 << 20), Some(512), None, None, None]
        );
        assert!(Machine::look().processors > 0);
    }
}
