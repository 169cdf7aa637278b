//! What ranks of one network say to each other: through what, and the spikes of every batch.

mod communicator;
#[cfg(feature = "mpi")]
pub mod mpi;
mod paths;
mod spikes;
mod threads;

pub use communicator::Communicator;
pub use spikes::{Exchange, Traffic};
pub use threads::ThreadRank;
