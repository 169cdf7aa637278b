//! Pictures of activity: neurons as a cloud in space that lights up where it fires, drawn by an adapter without a window.
//!
//! ```
//! use spikewatt::network::Network;
//! use spikewatt::view::Cloud;
//!
//! let network = Network::build(&spikewatt::load("celegans").expect("built in")).expect("a network");
//! assert_eq!(Cloud::new(&network).len(), network.neurons() + network.sources());
//! ```

mod cloud;
mod lit;
mod pictures;
mod renderer;
mod scene;
#[cfg(feature = "window")]
pub mod window;

pub use cloud::{Cloud, Place, TOLD_APART, colour};
pub use lit::Lit;
pub use pictures::{Clip, Kind, from_svg, png};
pub use renderer::Renderer;
pub use scene::{Area, Camera, Moment, Scene};
