//! Pictures of activity: neurons as a cloud in space that lights up where it fires, drawn by an adapter without a window.
//!
//! ```
//! use spikewatt::network::Network;
//! use spikewatt::view::Cloud;
//!
//! let network = Network::build(&spikewatt::load("celegans").expect("built in")).expect("a network");
//! assert_eq!(Cloud::new(&network).len() as u64, network.neurons() + network.sources());
//! ```

mod cloud;
mod glow;
mod pictures;
mod renderer;

pub use cloud::{Cloud, Place};
pub use glow::Glow;
pub use pictures::{Clip, Kind, png};
pub use renderer::{Camera, Renderer};
