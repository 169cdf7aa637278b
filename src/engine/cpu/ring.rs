//! What is still to come to the neurons of a partition.

/// Ring buffers: the input of every neuron, channel and step, as far ahead as spikes reach; input units.
#[derive(Clone)]
pub(super) struct Ring {
    /// `[step modulo steps][channel][slot]`.
    pub(super) words: Vec<i32>,
    steps: usize,
    channels: usize,
    slots: usize,
}

impl Ring {
    /// Nothing to come; no steps where input goes elsewhere.
    pub(super) fn new(steps: usize, channels: usize, slots: usize) -> Self {
        Self { words: vec![0; steps * channels * slots], steps, channels, slots }
    }

    /// Steps ahead that it holds.
    #[inline(always)]
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// Where the input of a step begins, first channel.
    #[inline(always)]
    pub(super) fn row(&self, step: u32) -> usize {
        (step as usize % self.steps) * self.channels * self.slots
    }

    /// The input of a step: channel by channel, slot by slot.
    #[inline(always)]
    pub(super) fn step(&mut self, step: u32) -> &mut [i32] {
        let row = self.row(step);
        &mut self.words[row..row + self.channels * self.slots]
    }

    /// The input of a slot in a step.
    #[inline(always)]
    pub(super) fn at(&mut self, step: u32, channel: usize, slot: usize) -> &mut i32 {
        let at = self.row(step) + channel * self.slots + slot;
        &mut self.words[at]
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.words.fill(0);
    }
}
