//! Energy: meters found at run time, the protocol of measurement, and what its joules are worth.
//!
//! ```text
//! meters --read by--> Monitor --> Trace of each meter ---+
//!                                                        +--> Account: joules, budget of uncertainty, warnings
//! Load --repeated by--> protocol --> windows of time ----+
//! ```
//!
//! A [`Meter`] shows joules or watts. A [`Monitor`] reads all of them while work goes on, each from a thread of its own, and keeps what
//! they showed in a [`Trace`]. The [`protocol`] decides when a load is warm, and how many windows are measured. An [`Account`] reads the
//! energy of the windows from a trace afterwards, for every meter in the same way.
//!
//! ```
//! use spikewatt::energy::simulated::{Habits, Power, SimulatedClock, SimulatedSensor};
//! use spikewatt::energy::{Monitor, Span, span_energy};
//!
//! // A meter that shows 60 W, and 140 W from the second second on, ten times a second.
//! let clock = SimulatedClock::default();
//! let power = Power::new(|t_s| if t_s < 2.0 { 60.0 } else { 140.0 });
//! let meter = SimulatedSensor::new(Habits::sensor(0.1), &power);
//! let monitor = Monitor::simulated(&clock, vec![Box::new(meter)]);
//! clock.turn(4.0);
//! let channel = monitor.channel(0);
//! let energy = span_energy(channel.info(), &channel.trace, Span { from_s: 2.5, to_s: 3.5 }, 0.0).expect("it was read");
//! assert!((energy.energy_j - 140.0).abs() < 3.0);
//! ```

#[doc(hidden)]
pub mod account;
mod clock;
mod meter;
mod meters;
mod monitor;
mod observation;
mod profile;
#[doc(hidden)]
pub mod protocol;
pub mod simulated;
mod span;
mod sum;
mod trace;

pub use account::{Account, Component, ComponentKind, Idle, IdlePower, Warning, idle_power};
pub use clock::{Clock, SystemClock};
pub use meter::{ABSURD_W, Accuracy, Condition, Meter, MeterError, MeterInfo, Provenance, Reading, Sample, Scope, Site, Tier};
#[cfg(feature = "meters")]
pub use meters::Bystanders;
#[cfg(all(feature = "gpu", feature = "meters"))]
pub(crate) use meters::nvidia_free_bytes;
pub use meters::{Assumed, CommandMeter, CsvLog, Find, FoundMeter, Gained, Hwmon, KINDS, MeterKind, Rapl, find_meters};
pub use monitor::{Channel, Monitor, SharedChannel};
pub use observation::{Observation, Window, Work};
pub use profile::{Profile, ProfileName};
pub use protocol::{Load, Repetition, Rig};
pub(crate) use span::chunk_powers;
pub use span::{Span, SpanEnergy, span_energy};
pub use sum::{Described, Parts, Shown, Sum};
pub use trace::{Incident, Trace, Trouble, Update};
