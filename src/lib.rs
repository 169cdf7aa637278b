//! spikewatt: how many joules a machine spends per neural event, and how that compares with a brain that runs on 15 W.
//!
//! The way through the house: a [`scenario`] (TOML) becomes a [`network`] (fixed-point constants, integer tables, connectivity as
//! functions), a plan (layout and strategy for one adapter), an [`engine`] that runs it, counts that are read back, joules from
//! [`energy`] meters, a [`result`] that sets them beside the [`brain`], and a [`report`] of it. A [`mod@bench`] does it all.

#![forbid(unsafe_code)]

#[cfg(feature = "analysis")]
pub mod analysis;
pub mod bench;
pub mod bounds;
pub mod brain;
#[cfg(feature = "cli")]
pub mod cli;
pub mod energy;
pub mod engine;
pub mod error;
mod files;
mod grid;
pub mod math;
mod message;
pub mod network;
pub mod neuron;
pub mod recording;
pub mod report;
pub mod result;
pub mod scenario;

pub use error::{Error, Remedy, Result, TooBig};
pub use message::{Message, Piece, Term};
