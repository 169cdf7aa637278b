//! How rows are written of synapses that are delivered when due: groups of one delay, each a head and a word for every synapse. A word has 32 bits,
//! place and weight; or 16, the place alone, where synapses that share their delay share few weights: a group has one weight then, which its
//! head tells, and half as much moves through the memory, which most of a delivery's time waits for.

#![allow(
    clippy::cast_possible_truncation,
    reason = "a plan chooses words that hold what they are to hold (src/engine/plan/due.rs)"
)]

/// Most synapses of a group: larger ones are several of the same delay.
pub(super) const MOST: usize = 0xFFFF;

/// What begins a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) delay: u32,
    /// Zero ends a row.
    pub(super) synapses: usize,
    /// The weight among the sender's that all have, if words do not tell their own.
    pub(super) weight: u32,
}

/// A word of such a row.
pub(super) trait Word: Copy + Send + Sync {
    /// Words of a head.
    const HEAD: usize;
    /// Whether the synapses of a group have one weight.
    const SHARES_WEIGHT: bool;
    /// Writes a head; the one of no synapses is a single word.
    fn write_head(words: &mut Vec<Self>, head: Head);
    /// The head at the beginning of some words.
    fn head(words: &[Self]) -> Head;
    /// The word of a synapse with its weight above its place.
    fn of(synapse: u32) -> Self;
    fn bits(self) -> u32;
}

impl Word for u32 {
    const HEAD: usize = 1;
    const SHARES_WEIGHT: bool = false;

    fn write_head(words: &mut Vec<Self>, head: Head) {
        words.push(head.delay << 16 | head.synapses as u32);
    }

    #[inline(always)]
    fn head(words: &[Self]) -> Head {
        Head { delay: words[0] >> 16, synapses: (words[0] & 0xFFFF) as usize, weight: 0 }
    }

    #[inline(always)]
    fn of(synapse: u32) -> Self {
        synapse
    }

    #[inline(always)]
    fn bits(self) -> u32 {
        self
    }
}

impl Word for u16 {
    const HEAD: usize = 3;
    const SHARES_WEIGHT: bool = true;

    fn write_head(words: &mut Vec<Self>, head: Head) {
        words.push(head.synapses as u16);
        if head.synapses > 0 {
            words.extend([head.delay as u16, head.weight as u16]);
        }
    }

    #[inline(always)]
    fn head(words: &[Self]) -> Head {
        match *words {
            [synapses, delay, weight, ..] if synapses > 0 => {
                Head { delay: delay.into(), synapses: synapses.into(), weight: weight.into() }
            }
            _ => Head { delay: 0, synapses: 0, weight: 0 },
        }
    }

    #[inline(always)]
    fn of(synapse: u32) -> Self {
        synapse as u16
    }

    #[inline(always)]
    fn bits(self) -> u32 {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes_back<W: Word>(weight: u32) {
        for (delay, synapses) in [(1, 1), (15, 625), (0xFFFF, MOST)] {
            let head = Head { delay, synapses, weight };
            let mut words = Vec::<W>::new();
            W::write_head(&mut words, head);
            assert_eq!((words.len(), W::head(&words)), (W::HEAD, head));
        }
        let mut end = Vec::<W>::new();
        W::write_head(&mut end, Head { delay: 0, synapses: 0, weight: 0 });
        assert_eq!((end.len(), W::head(&end).synapses), (1, 0), "an end is one word");
    }

    #[test]
    fn heads_come_back() {
        comes_back::<u32>(0);
        comes_back::<u16>(0xFFFF);
    }
}
