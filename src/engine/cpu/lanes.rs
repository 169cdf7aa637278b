//! Which vector units neurons are stepped with.

/// The widest vector units of this processor that hold no more neurons than some.
pub(super) fn arch(lanes: Option<u32>) -> pulp::Arch {
    let most = lanes.unwrap_or(u32::MAX);
    #[cfg(target_arch = "x86_64")]
    match pulp::Arch::new() {
        pulp::Arch::V4(_) if most < 16 => {}
        pulp::Arch::V3(_) if most < 8 => {}
        widest => return widest,
    }
    #[cfg(target_arch = "x86_64")]
    if let (8.., Some(v3)) = (most, pulp::x86::V3::try_new()) {
        return pulp::Arch::V3(v3);
    }
    #[cfg(not(target_arch = "x86_64"))]
    if most >= 4 {
        return pulp::Arch::new();
    }
    pulp::Arch::Scalar
}
