//! NVIDIA GPUs through NVML, which is loaded at run time if the driver brings it.

use nvml_wrapper::Nvml;

use crate::energy::{Meter, MeterError, MeterInfo, Provenance, Reading, Scope};

/// An NVIDIA GPU: its total-energy counter where it has one (Volta and later), else its power sensor.
#[derive(Debug)]
pub(crate) struct Nvidia {
    nvml: Nvml,
    index: u32,
    info: MeterInfo,
    start_mj: Option<u64>,
}

impl Nvidia {
    /// Opens the GPU with a PCI bus id, or the only one there is.
    pub(crate) fn open(pci_bus_id: Option<&str>) -> Result<Self, String> {
        let nvml = Nvml::init().map_err(|e| format!("no NVIDIA driver library ({e})"))?;
        let count = nvml.device_count().map_err(|e| format!("NVML does not answer: {e}"))?;
        let index = match pci_bus_id {
            Some(id) => (0..count)
                .find(|i| nvml.device_by_index(*i).and_then(|d| d.pci_info()).is_ok_and(|p| same_bus(&p.bus_id, id)))
                .ok_or_else(|| format!("no NVIDIA GPU at PCI bus id {id}"))?,
            None if count == 1 => 0,
            None => return Err(format!("{count} NVIDIA GPUs, and the adapter does not tell its PCI bus id")),
        };
        let (name, start_mj, readable) = {
            let device = nvml.device_by_index(index).map_err(|e| format!("NVML does not open GPU {index}: {e}"))?;
            (device.name().unwrap_or_else(|_| "NVIDIA GPU".into()), device.total_energy_consumption().ok(), device.power_usage())
        };
        if start_mj.is_none() {
            readable.map_err(|e| format!("{name} tells neither energy nor power: {e}"))?;
        }
        let what = if start_mj.is_some() { "total-energy counter" } else { "power sensor" };
        let info = MeterInfo {
            name: format!("NVML {what} of {name}"),
            provenance: Provenance::Measured,
            scope: Scope::Gpu,
            resolution: Some(1e-3),
        };
        Ok(Self { nvml, index, info, start_mj })
    }
}

/// PCI ids differ in the length of the domain and in case: `00000000:01:00.0` is `0000:01:00.0`.
fn same_bus(a: &str, b: &str) -> bool {
    let tail = |s: &str| s.to_lowercase().rsplit(':').take(2).map(str::to_owned).collect::<Vec<_>>();
    let domain = |s: &str| {
        let parts: Vec<&str> = s.split(':').collect();
        if parts.len() == 3 { u64::from_str_radix(parts[0], 16).unwrap_or(0) } else { 0 }
    };
    tail(a) == tail(b) && domain(a) == domain(b)
}

impl Meter for Nvidia {
    fn info(&self) -> &MeterInfo {
        &self.info
    }

    fn read(&mut self) -> Result<Reading, MeterError> {
        let failed = |e: nvml_wrapper::error::NvmlError| MeterError(format!("NVML: {e}"));
        let device = self.nvml.device_by_index(self.index).map_err(failed)?;
        match self.start_mj {
            Some(start) => {
                let now = device.total_energy_consumption().map_err(failed)?;
                let passed =
                    now.checked_sub(start).ok_or_else(|| MeterError("the energy counter was reset while it was read".into()))?;
                Ok(Reading::EnergyJ(passed as f64 * 1e-3))
            }
            None => Ok(Reading::PowerW(f64::from(device.power_usage().map_err(failed)?) * 1e-3)),
        }
    }
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
