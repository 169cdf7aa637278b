//! PCI bus ids.

/// PCI ids differ in the length of the domain and in case: `00000000:01:00.0` is `0000:01:00.0`.
pub(super) fn same_bus(a: &str, b: &str) -> bool {
    let tail = |s: &str| s.to_lowercase().rsplit(':').take(2).map(str::to_owned).collect::<Vec<_>>();
    let domain = |s: &str| {
        let parts: Vec<&str> = s.split(':').collect();
        if parts.len() == 3 { u64::from_str_radix(parts[0], 16).unwrap_or(0) } else { 0 }
    };
    tail(a) == tail(b) && domain(a) == domain(b)
}

#[cfg(test)]
mod tests {
    use super::same_bus;

    #[test]
    fn bus_ids_match_whatever_their_form() {
        assert!(same_bus("00000000:1A:00.0", "0000:1a:00.0"));
        assert!(!same_bus("00000000:1A:00.0", "0000:1b:00.0"));
        assert!(!same_bus("00000001:1A:00.0", "0000:1a:00.0"));
    }
}
