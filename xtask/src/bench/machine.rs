//! What the numbers were measured on, and when.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, thread};

use serde::Serialize;

/// The machine of a session.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    /// Processors that the session may use.
    pub(crate) cores: usize,
    /// The widest vectors that the engine finds, as its source names them.
    pub(crate) features: String,
    pub(crate) os: String,
    pub(crate) rustc: String,
    pub(crate) commit: String,
}

impl Machine {
    pub(crate) fn this() -> Self {
        Self {
            cpu: cpu(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            features: features().to_owned(),
            os: system(),
            rustc: said("rustc", &["--version"]),
            commit: said("git", &["describe", "--always", "--dirty"]),
        }
    }
}

fn cpu() -> String {
    let linux = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = linux.lines().find(|line| line.starts_with("model name"));
    match model.and_then(|line| line.split_once(": ")) {
        Some((_, name)) => name.to_owned(),
        None if cfg!(target_os = "macos") => said("sysctl", &["-n", "machdep.cpu.brand_string"]),
        None => env::consts::ARCH.to_owned(),
    }
}

#[cfg(target_arch = "x86_64")]
fn features() -> &'static str {
    if is_x86_feature_detected!("avx512f") {
        "AVX-512"
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        "AVX2 and FMA"
    } else {
        "SSE2"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> &'static str {
    if cfg!(target_arch = "aarch64") { "NEON" } else { "no vectors known" }
}

fn system() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let kernel = said("uname", &["-sr"]);
    match name {
        Some(name) => format!("{}, {kernel}", name.trim_matches('"')),
        None if kernel == UNKNOWN => env::consts::OS.to_owned(),
        None => kernel,
    }
}

const UNKNOWN: &str = "unknown";

/// The line that a program prints.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(super::root()).output();
    let line = output.ok().filter(|output| output.status.success());
    line.map_or(UNKNOWN.to_owned(), |o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
}

/// Today and now in UTC: `2026-11-22`, `14:05`.
pub(crate) fn now() -> (String, String) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = civil(since / 86_400);
    let minute = since / 60 % 1440;
    (format!("{year}-{month:02}-{day:02}"), format!("{:02}:{:02}", minute / 60, minute % 60))
}

/// The date of a day since 1970: Hinnant's `civil_from_days`, where a year begins in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leaps = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year = (day_of_era - leaps) / 365;
    let day = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_779), (2026, 11, 22));
    }
}
