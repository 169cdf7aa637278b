//! Who is awake, where input lies by place ([`super::places`]): how it comes to lie so, how neurons wake and fall asleep then, and how it goes back
//! to the ring buffers.

#![allow(clippy::cast_possible_truncation, reason = "slots fit 32 bits (src/bounds.rs)")]

use super::list::Listed;
use super::places::{OfChannel, Places};
use super::rest::{DUE, LISTED, Rest, STAYS};
use super::ring::Ring;

impl Rest {
    /// Whether input lies by place.
    #[inline(always)]
    pub(super) fn is_by_place(&self) -> bool {
        self.is_by_place
    }

    /// Has input lie by place from now on, if few enough are awake; puts the lists in order.
    pub(super) fn enter_places(&mut self, ring: &mut Ring) {
        if self.is_by_place {
            return;
        }
        let words = &mut self.words;
        // What waits for neighbours lies on the same cache lines; and those who never leave come first.
        self.awake.iter_mut().for_each(|list| list.sort_by_key(|slot| (words[slot as usize] & STAYS == 0, slot)));
        let Some(places) = &mut self.places else { return };
        if !(0..).zip(&self.awake).all(|(i, list)| places.has_room(i, 2 * list.len())) {
            return;
        }
        for (i, list) in self.awake.iter_mut().enumerate() {
            for (place, slot) in (places.first(i)..).zip(&list.slots) {
                places.reach(place);
                let word = &mut words[*slot as usize];
                if *word & DUE != 0 {
                    places.take_from(ring, *slot as usize, place);
                }
                *word = *word & !DUE | place as u64;
            }
        }
        self.is_by_place = true;
    }

    /// Has input lie in the ring buffers from now on.
    pub(super) fn leave_places(&mut self, ring: &mut Ring) {
        let Some(places) = self.places.as_mut().filter(|_| self.is_by_place) else { return };
        for slot in self.awake.iter().flat_map(|list| &list.slots) {
            let word = &mut self.words[*slot as usize];
            places.give_to(ring, *slot as usize, (*word & DUE) as usize);
            *word = *word & !DUE | ((1 << self.ring_steps) - 1);
        }
        places.clear();
        self.is_by_place = false;
    }

    /// Those awake with the input of a channel, if it lies by place.
    #[inline(always)]
    pub(super) fn few(&mut self, channel: usize) -> Option<Few<'_>> {
        let places = self.places.as_mut().filter(|_| self.is_by_place)?;
        Some(Few { words: &self.words, input: places.of_channel(channel) })
    }

    /// Puts a neuron on its list, with a place; not if there is none left.
    #[inline(never)]
    pub(super) fn wake_at_place(&mut self, slot: usize) -> bool {
        let stretch = self.stretch_of(slot);
        let list = &mut self.awake[stretch];
        let Some(places) = self.places.as_mut().filter(|places| places.has_room(stretch, list.len() + 1)) else { return false };
        let place = places.first(stretch) + list.len();
        places.reach(place);
        self.words[slot] = self.words[slot] & STAYS | LISTED | place as u64;
        list.push(slot as u32);
        true
    }

    /// The input of all places, to be given back, if it lies so.
    pub(super) fn take_places(&mut self) -> Option<Places> {
        self.places.take_if(|_| self.is_by_place)
    }

    /// Gives it back after an update in which those at some places of a stretch fell asleep, told in rising order; they leave the list.
    pub(super) fn give_places(&mut self, mut places: Places, stretch: usize, list: &mut Listed, asleep: &[usize]) {
        let first = places.first(stretch);
        for place in asleep.iter().rev() {
            list.remove(*place);
            if let Some(slot) = list.slots.get(*place) {
                places.carry(first + list.len(), first + place);
                let word = &mut self.words[*slot as usize];
                *word = *word & !DUE | (first + place) as u64;
            }
        }
        self.places = Some(places);
    }

    /// How many of those on a list never leave it, where they come first.
    pub(super) fn staying(&self, slots: &[u32]) -> usize {
        slots.partition_point(|slot| self.stays(*slot as usize))
    }

    /// Takes a neuron that is at rest after a batch off its place, if nothing is to come to it and it may leave; whether it did.
    pub(super) fn leaves_place(&mut self, slot: usize, places: &Places) -> bool {
        let word = &mut self.words[slot];
        let leaves = *word & STAYS == 0 && places.is_free((*word & DUE) as usize);
        if leaves {
            *word = 0;
        }
        leaves
    }
}

/// Those awake with the input of a channel by place.
pub(super) struct Few<'a> {
    words: &'a [u64],
    input: OfChannel<'a>,
}

impl Few<'_> {
    /// Adds input of a neuron in a row of the ring buffers, maybe a whole turn behind the last one; not if it sleeps.
    #[inline(always)]
    pub(super) fn add(&mut self, slot: usize, row: usize, input: i32) -> bool {
        let word = self.words[slot];
        if word & LISTED != 0 {
            self.input.add((word & DUE) as usize, row, input);
        }
        word & LISTED != 0
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::cpu::CpuEngine;
    use crate::engine::{Engine, Options, advance_quietly};
    use crate::network::Network;

    /// Two populations with currents, hit here and there and, twice, all over: between bursts input is by place.
    fn bursting() -> Network {
        let exp = |name: &str, tau_in: &str| {
            format!(
                "[[population]]\nname = \"{name}\"\nsize = 1500\nmodel = \"lif_psc_exp\"\nparameters = {{ tau_m_ms = 5.0, c_m_pf = 250.0, e_l_mv = 0.0, v_th_mv = 15.0, v_reset_mv = 0.0, t_ref_ms = 2.0, tau_syn_ex_ms = 1.0, tau_syn_in_ms = {tau_in} }}\n\n"
            )
        };
        let link = |source: &str, target: &str, weight: &str| {
            let delay = "{ distribution = \"uniform\", min = 0.7, max = 3.0 }";
            format!(
                "[[projection]]\nsource = \"{source}\"\ntarget = \"{target}\"\nrule = \"fixed_outdegree\"\noutdegree = 40\nweight_pa = {weight}\ndelay_ms = {delay}\n\n"
            )
        };
        let hit = |population: &str, neurons: &str, when: &str| {
            format!("[[stimulus]]\npopulation = \"{population}\"\nneurons = {neurons}\n{when}\njump_mv = 20.0\n\n")
        };
        let text = String::from("name = \"test\"\nversion = 1\ndt_ms = 0.1\n\n")
            + &exp("A", "1.0")
            + &exp("B", "3.0")
            + &link("A", "A", "900.0")
            + &link("A", "B", "{ distribution = \"uniform\", min = 100.0, max = 1400.0 }")
            + &link("B", "A", "-400.0")
            + &hit("A", "[7, 1499]", "rate_hz = 40.0")
            + &hit("A", "{ first = 100, count = 75 }", "times_ms = [300.0, 301.0, 620.0]")
            + &hit("B", "{ first = 750, count = 25 }", "times_ms = [100.0, 305.0, 900.0]");
        Network::build(&crate::scenario::parse("test.toml", &text, None).expect("valid")).expect("a network")
    }

    #[test]
    fn input_is_the_same_by_place_and_by_slot() {
        for (partitions, lanes) in [(3, Some(4)), (1, None), (2, Some(8))] {
            let options = Options { partitions: Some(partitions), lanes, ..Options::default() };
            let new = |options: &Options| CpuEngine::new(bursting(), options).expect("an engine");
            let (mut some, mut all) = (new(&options), new(&Options { steps_all: true, ..options.clone() }));
            let (mut again, mut spikes) = (new(&options), Vec::new());
            let counts = |engine: &mut CpuEngine| engine.counts().expect("counts");
            let by_place =
                |engine: &CpuEngine| engine.partitions.iter().filter_map(|p| p.rest.as_ref()).filter(|r| r.is_by_place()).count();
            let mut seen = Vec::new();
            for part in 0..120 {
                let before = by_place(&some);
                for engine in [&mut some, &mut all] {
                    advance_quietly(engine, 100).expect("advances");
                }
                assert_eq!(counts(&mut some), counts(&mut all), "after {part}, {partitions} partitions");
                seen.push((before, by_place(&some)));
                // What stands by place goes into a snapshot and comes out of it.
                if part % 20 == 7 {
                    let [snapshot, whole] = [&mut some, &mut all].map(|engine| engine.snapshot().expect("a snapshot"));
                    assert!(snapshot == whole, "after {part}, {partitions} partitions");
                    again.resume(&snapshot).expect("fits");
                    spikes = counts(&mut some).spikes;
                } else if part > 7 {
                    advance_quietly(&mut again, 100).expect("advances");
                    let since: Vec<u64> = counts(&mut some).spikes.iter().zip(&spikes).map(|(now, then)| now - then).collect();
                    assert_eq!(counts(&mut again).spikes, since, "after {part}, {partitions} partitions");
                }
            }
            assert!(counts(&mut some).spikes.iter().sum::<u64>() > 250);
            // By place, driven off by a burst, by place again, and off for a second time.
            let left = seen.iter().filter(|(before, after)| before > after).count();
            let entered = seen.iter().filter(|(before, after)| before < after).count();
            assert!(entered >= 2 && left >= 2, "{entered} and {left} of {partitions}: {seen:?}");
        }
    }
}
