//! Hashes that tell scenarios apart.

use std::hash::Hasher;

/// FNV-1a, 64 bits: an identity, not a defence.
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0 ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }
}

/// Hash of a text and its variant.
pub(super) fn hash(text: &str, variant: Option<&str>) -> String {
    let mut h = Fnv::default();
    h.write(text.replace("\r\n", "\n").as_bytes());
    h.write(variant.unwrap_or("").as_bytes());
    format!("{:016x}", h.finish())
}
