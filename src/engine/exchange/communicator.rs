//! What ranks talk through.

use crate::error::Result;

/// What the processes that share a network talk through, each as one rank of it; rank 0 leads. Whatever is here is done by all ranks, in the
/// same order.
pub trait Communicator: Send + Sync + std::fmt::Debug {
    /// This rank, from 0 on.
    fn rank(&self) -> usize;

    /// How many there are.
    fn size(&self) -> usize;

    /// In a word, for reports: "OpenMPI 4.1".
    fn name(&self) -> String;

    /// Takes as many words from every rank, and gives all of them to every rank, rank by rank: `all` holds `size` times the words of `own`.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if a rank is gone.
    fn all_gather(&self, own: &[u32], all: &mut [u32]) -> Result<()>;

    /// The same, with work that is done meanwhile.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if a rank is gone.
    fn all_gather_during(&self, own: &[u32], all: &mut [u32], work: &mut dyn FnMut()) -> Result<()>;

    /// All-gathers as many words of each rank as `counts` tells, which every rank knows.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if a rank is gone.
    fn all_gather_counted(&self, own: &[u32], counts: &[usize], all: &mut [u32]) -> Result<()>;

    /// Sends words to some ranks and takes as many of others as both know, with work that is done meanwhile: who sends and who takes fit together, in the
    /// same order for each pair of ranks.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if a rank is gone.
    fn swap(&self, out: &[(usize, &[u32])], into: &mut [(usize, &mut [u32])], work: &mut dyn FnMut()) -> Result<()>;

    /// Gives bytes of rank 0 to all others.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if a rank is gone.
    fn broadcast(&self, bytes: &mut Vec<u8>) -> Result<()>;

    /// Gives bytes of every rank to rank 0, rank by rank; all others get nothing.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] if a rank is gone.
    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>>;
}
