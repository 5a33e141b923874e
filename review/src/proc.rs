//! What Linux tells about this process and this machine in `/proc`.
#![expect(
    clippy::disallowed_methods,
    reason = "reads and resets the kernel's own account of this process"
)]

use std::fs;

/// One `Name:   123 kB` line of a `/proc` file, in bytes.
fn kib_line(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number = line.trim_start_matches(':').split_whitespace().next()?;
    number.parse::<u64>().ok().map(|kib| kib << 10)
}

/// Resident bytes of this process now.
pub(crate) fn resident() -> Option<u64> {
    kib_line("/proc/self/status", "VmRSS")
}

/// Largest resident size of this process since [`reset_peak`].
pub(crate) fn peak() -> Option<u64> {
    kib_line("/proc/self/status", "VmHWM")
}

/// Makes [`peak`] count from now on.
pub(crate) fn reset_peak() -> std::io::Result<()> {
    fs::write("/proc/self/clear_refs", "5")
}

/// Bytes of memory of this machine.
pub(crate) fn total_memory() -> Option<u64> {
    kib_line("/proc/meminfo", "MemTotal")
}

/// The processor's name.
pub(crate) fn processor_model() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Milliseconds this thread was ready to run and others had the processors; 0 where the system does not say.
pub(crate) fn waited_ms() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let waited = text
        .split(' ')
        .nth(1)
        .and_then(|ns| ns.trim().parse::<f64>().ok());
    waited.unwrap_or(0.0) / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_follows_an_allocation_and_is_forgotten_on_request() {
        reset_peak().unwrap();
        let before = peak().unwrap();
        let block = std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(peak().unwrap() >= before + (60 << 20));
        drop(block);
        reset_peak().unwrap();
        assert!(peak().unwrap() < before + (60 << 20));
    }
}
