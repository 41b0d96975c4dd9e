//! Ids made from time and a counter, so that a run can be repeated.

/// `number` in base 36, lower case.
pub fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize] as char);
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

/// A `UUIDv7` of `now_us`, made unique by the publisher's `epoch` and a `count` within it.
pub fn uuid7(now_us: i64, epoch: u64, count: u64) -> String {
    let millis = (now_us / 1_000).unsigned_abs() & 0xffff_ffff_ffff;
    let low = epoch.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ count.wrapping_mul(0xd1b5_4a32_d192_ed03);
    let variant = 0x8000 | (low >> 48) & 0x3fff;
    format!(
        "{:08x}-{:04x}-7{:03x}-{variant:04x}-{:012x}",
        millis >> 16,
        millis & 0xffff,
        count & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_36_is_short() {
        assert_eq!(base36(0), "0");
        assert_eq!(base36(35), "z");
        assert_eq!(base36(36 * 36 + 1), "101");
    }

    #[test]
    fn ids_have_the_form_of_version_7_and_differ() {
        let id = uuid7(1_700_000_000_123_456, 7, 1);
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "7");
        assert!("89ab".contains(&id[19..20]));
        assert_ne!(id, uuid7(1_700_000_000_123_456, 7, 2));
        assert_ne!(id, uuid7(1_700_000_000_123_456, 8, 1));
    }
}
