//! What adapters are.

/// An adapter as reports name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterDescription {
    /// Name the driver gives.
    pub name: String,
    /// Graphics API.
    pub backend: String,
    /// Discrete GPU, integrated GPU, virtual GPU, software, other.
    pub kind: AdapterKind,
    /// Driver and its version.
    pub driver: String,
    /// PCI bus id, where the driver tells: joins the adapter with an energy meter.
    pub pci_bus_id: Option<String>,
}

/// What sort of adapter it is, in order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdapterKind {
    /// A GPU with its own memory.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A GPU behind virtualisation.
    Virtual,
    /// Something the driver does not classify.
    Other,
    /// A driver that runs shaders on the processor: not a GPU.
    Software,
}

impl AdapterKind {
    /// Words for reports.
    pub fn words(self) -> &'static str {
        match self {
            AdapterKind::Discrete => "discrete GPU",
            AdapterKind::Integrated => "integrated GPU",
            AdapterKind::Virtual => "virtual GPU",
            AdapterKind::Other => "unclassified adapter",
            AdapterKind::Software => "software adapter on the CPU, not a GPU",
        }
    }
}
