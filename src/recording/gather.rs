//! Rows of a recording as they are read: checked one by one, whatever the format.

#![allow(clippy::cast_possible_truncation, reason = "numbers of populations and neurons fit 32 bits (src/bounds.rs)")]

use std::collections::{HashMap, HashSet};

use super::{Header, Recorded, Recording, Rows};
use crate::bounds;
use crate::files::Number;

/// The population of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'a> {
    /// By name.
    Named(&'a str),
    /// By its number in the header.
    Numbered(Number),
    /// The file does not tell.
    Untold,
}

/// A recording that is being read.
pub(super) struct Gatherer {
    header: Header,
    /// Whether the header came with the file, and so names every population.
    told: bool,
    known: HashMap<String, u32>,
    rows: Rows,
}

impl Gatherer {
    /// For a file with this header, or of another program.
    pub(super) fn new(header: Option<Header>) -> Self {
        let told = header.is_some();
        let header = header.unwrap_or_else(foreign);
        let known = header.populations.iter().zip(0..).map(|(p, i)| (p.name.clone(), i)).collect();
        Self { header, told, known, rows: Rows::default() }
    }

    /// Takes a row.
    ///
    /// # Errors
    /// What is wrong with it, without its place.
    pub(super) fn push(&mut self, time_ms: f64, whose: Whose<'_>, neuron: Number, v_mv: Option<f64>) -> Result<(), String> {
        if self.rows.len() as u64 >= bounds::MAX_ROWS {
            return Err(format!("a recording has at most {} rows", bounds::MAX_ROWS));
        }
        if !time_ms.is_finite() || time_ms.abs() > bounds::LARGEST {
            return Err(format!("the time {time_ms} ms is no finite number of at most {:e}", bounds::LARGEST));
        }
        let population = self.population(whose)?;
        let size = if self.told { self.header.populations[population as usize].size } else { bounds::MAX_RECORDED_NEURON };
        let number = neuron.index().filter(|n| *n < size).ok_or_else(|| match self.told {
            true => {
                let p = &self.header.populations[population as usize];
                format!(
                    "{neuron} is no neuron of population \"{}\", which has 0 to {} by the file's header",
                    p.name,
                    p.size.saturating_sub(1)
                )
            }
            false => format!("{neuron} is no neuron; neurons are whole numbers from 0 to {}", size - 1),
        })?;
        self.rows.time_ms.push(time_ms);
        self.rows.population.push(population);
        self.rows.neuron.push(number);
        self.rows.v_mv.extend(v_mv);
        Ok(())
    }

    fn population(&mut self, whose: Whose<'_>) -> Result<u32, String> {
        let number;
        let name = match whose {
            Whose::Named(name) => name,
            Whose::Numbered(n) if self.told => {
                let known = n.index().filter(|i| (*i as usize) < self.header.populations.len());
                return known.ok_or_else(|| format!("there is no population number {n} in its header"));
            }
            Whose::Numbered(n) => {
                number = n.to_string();
                &number
            }
            Whose::Untold => "all",
        };
        match self.known.get(name) {
            Some(id) => Ok(*id),
            None if self.told => Err(format!("population \"{name}\" is not in its header")),
            None if self.known.len() >= bounds::MAX_PARTS => {
                Err(format!("there are more than {} populations", bounds::MAX_PARTS))
            }
            None => {
                let id = self.header.populations.len() as u32;
                self.header.populations.push(Recorded {
                    name: name.to_owned(),
                    size: 0,
                    source: false,
                    recorded: true,
                    ids: None,
                });
                self.known.insert(name.to_owned(), id);
                Ok(id)
            }
        }
    }

    /// The recording. Where the file does not tell how many neurons there are, they are those that stand in it, in the order of their numbers.
    pub(super) fn finish(mut self) -> Recording {
        let mut ids = Vec::new();
        if !self.told {
            let mut seen = vec![HashSet::new(); self.header.populations.len()];
            for (population, neuron) in self.rows.population.iter().zip(&self.rows.neuron) {
                seen[*population as usize].insert(*neuron);
            }
            for (own, p) in seen.into_iter().zip(&mut self.header.populations) {
                let mut own: Vec<u32> = own.into_iter().collect();
                own.sort_unstable();
                p.size = own.len() as u32;
                ids.push(own);
            }
            for (population, neuron) in self.rows.population.iter().zip(&mut self.rows.neuron) {
                *neuron = ids[*population as usize].partition_point(|id| id < neuron) as u32;
            }
            self.header.until_ms = self.rows.time_ms.iter().copied().fold(0.0, f64::max);
        }
        Recording { header: self.header, rows: self.rows, ids }
    }
}

/// The header of a file of another program.
fn foreign() -> Header {
    Header {
        program: "unknown".into(),
        scenario: "unknown".into(),
        scenario_version: 0,
        scenario_hash: String::new(),
        seed: 0,
        dt_ms: 0.1,
        from_ms: 0.0,
        until_ms: 0.0,
        populations: Vec::new(),
    }
}

/// What a file tells whose times are steps.
pub(super) fn times_in_steps(column: &str) -> String {
    format!(
        "its times are in steps (`{column}`), and it does not tell how long a step is; record times in ms (NEST: time_in_steps = False)"
    )
}
