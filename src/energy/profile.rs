//! How long and how often to measure.

/// Name of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProfileName {
    /// Indicative figures.
    Quick,
    /// Figures to be quoted.
    Standard,
    /// Figures to be published.
    Publication,
}

impl ProfileName {
    /// Word for reports.
    pub fn word(self) -> &'static str {
        match self {
            ProfileName::Quick => "quick profile",
            ProfileName::Standard => "standard profile",
            ProfileName::Publication => "publication profile",
        }
    }
}

/// How long and how often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// Its name.
    pub name: ProfileName,
    /// Idle baseline, s.
    pub idle_s: f64,
    /// The same with a network loaded, s.
    pub loaded_idle_s: f64,
    /// Power must be steady over so long, s.
    pub steady_over_s: f64,
    /// No longer warm-up than this, s.
    pub warm_up_cap_s: f64,
    /// Shortest window, s: repetitions are put together until they fill one.
    pub window_s: f64,
    /// Renewals of the meter wanted in a window.
    pub window_updates: usize,
    /// Windows wanted at least.
    pub windows: u32,
    /// Half width of the 95 % interval of joules per event at which measuring ends, part of the value.
    pub target: Option<f64>,
    /// Time after which no further window is begun, s.
    pub cap_s: f64,
    /// Longest cool-down between workloads, s.
    pub cool_down_cap_s: f64,
    /// Orders in which the workloads are measured: one after the other, the second reversed.
    pub orders: u32,
    /// Whether the order is drawn.
    pub shuffles: bool,
    /// Exactly this many repetitions instead.
    pub repeat: Option<u32>,
}

impl Profile {
    /// For a first look: indicative figures in little time.
    pub const QUICK: Profile = Profile {
        name: ProfileName::Quick,
        idle_s: 3.0,
        loaded_idle_s: 0.0,
        steady_over_s: 1.0,
        warm_up_cap_s: 3.0,
        window_s: 1.0,
        window_updates: 10,
        windows: 3,
        target: None,
        cap_s: 12.0,
        cool_down_cap_s: 0.0,
        orders: 1,
        shuffles: false,
        repeat: None,
    };

    /// For figures to be quoted.
    pub const STANDARD: Profile = Profile {
        name: ProfileName::Standard,
        idle_s: 10.0,
        loaded_idle_s: 5.0,
        steady_over_s: 5.0,
        warm_up_cap_s: 30.0,
        window_s: 5.0,
        window_updates: 50,
        windows: 5,
        target: Some(0.02),
        cap_s: 600.0,
        cool_down_cap_s: 60.0,
        orders: 1,
        shuffles: true,
        repeat: None,
    };

    /// For figures to be published.
    pub const PUBLICATION: Profile = Profile {
        name: ProfileName::Publication,
        idle_s: 60.0,
        loaded_idle_s: 30.0,
        windows: 12,
        cap_s: 1800.0,
        cool_down_cap_s: 180.0,
        orders: 2,
        ..Profile::STANDARD
    };
}
