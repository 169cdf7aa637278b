//! What stands in for statistics where the library was built without them: nothing is held against a reference.

use std::sync::atomic::AtomicBool;

use super::{Listener, Recipe, Stretch};
use crate::engine::{Counts, Engine};
use crate::error::Result;
use crate::result::Agreement;

impl Recipe {
    #[allow(clippy::unnecessary_wraps, reason = "as where statistics are built in")]
    pub(super) fn accuracy(
        &self,
        _: &mut dyn Engine,
        _: Stretch,
        _: &Counts,
        _: &AtomicBool,
        _: &mut dyn Listener,
    ) -> Result<Option<Agreement>> {
        Ok(None)
    }
}
