//! Where the neurons of a population stand in space: from data, or on an ellipsoid. Pictures show them there; a simulation does not ask.

use std::sync::Arc;

use super::NeuronIds;
use super::reader::{Allowed, Table};
use crate::bounds;
use crate::error::{Error, Result};

/// What a table of positions is called in messages.
const WHAT: &str = "table of positions";

/// Where the neurons of a population stand, in a unit that all populations of a scenario share. Pictures show it; nothing else asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Positions {
    /// x, y and z of each neuron, from data.
    Listed(Arc<Vec<[f32; 3]>>),
    /// On the surface of an ellipsoid, spread evenly.
    Ellipsoid {
        /// Its middle.
        centre: [f32; 3],
        /// Half of its extent along x, y and z.
        radii: [f32; 3],
    },
}

/// Three numbers of a key.
fn three(t: &Table<'_>, key: &str, allowed: Allowed) -> Result<Option<[f32; 3]>> {
    let Some(numbers) = t.numbers(key, allowed)? else { return Ok(None) };
    match numbers[..] {
        #[expect(clippy::cast_possible_truncation, reason = "places in a picture")]
        [x, y, z] => Ok(Some([x as f32, y as f32, z as f32])),
        _ => Err(t.error_at(key, format!("`{key}` needs three numbers, for x, y and z, not {}", numbers.len()))),
    }
}

/// Reads `positions = { centre = [x, y, z], radii = [x, y, z] }` of a population, or `positions = { file = .., id = .., x = .., y = .., z = .. }` of a population: x, y and z of each neuron, in the unit of the table.
/// Without `file` the columns stand in the list of neurons. Where neurons have names, rows of others are passed over; where they have none,
/// rows are in the order of the neurons.
///
/// # Errors
/// [`Error::File`] for a file that cannot be read, [`Error::Scenario`] with its line for a row that is no place, [`Error::Input`] for missing
/// columns and for neurons without a row, or with two.
pub(super) fn positions(t: &Table<'_>, size: u32, ids: Option<&NeuronIds>) -> Result<Option<Positions>> {
    let Some(p) = t.table("positions", "`positions`")? else { return Ok(None) };
    if let Some(centre) = three(&p, "centre", Allowed::Any)? {
        let Some(radii) = three(&p, "radii", Allowed::Positive)? else {
            return Err(p.error("an ellipsoid needs `radii` beside its `centre`: three numbers above 0"));
        };
        p.finish()?;
        return Ok(Some(Positions::Ellipsoid { centre, radii }));
    }
    let file = match (p.text("file")?, t.file_of("ids")) {
        (Some(file), _) | (None, Some(file)) => file,
        (None, None) => {
            return Err(p.error("`positions` needs the `file` of its columns; only a list of neurons (`ids`) holds them too"));
        }
    };
    let mut rows = t.source.table(file, WHAT)?;
    let name = rows.name().to_owned();
    let mut columns = Vec::new();
    for axis in ["x", "y", "z"] {
        columns.push(rows.column(p.text(axis)?.unwrap_or(axis))?);
    }
    let id = p.text("id")?;
    match (id, ids) {
        (Some(_), None) => {
            return Err(p.error_at("id", "these neurons have no names (`ids`); leave out `id`, and write rows in their order"));
        }
        (Some(id), Some(_)) => columns.push(rows.column(id)?),
        (None, Some(_)) => columns.push(0),
        (None, None) => {}
    }
    p.finish()?;
    let mut places: Vec<Option<[f32; 3]>> = vec![None; size as usize];
    let mut next = 0;
    rows.each_row(&columns, &[], &mut |line, row| {
        let refuse = |message: String| Error::Scenario { file: name.clone(), line, message };
        let mut place = [0.0; 3];
        for (at, cell) in place.iter_mut().zip(row) {
            let read = cell.real().filter(|x| x.is_finite() && x.abs() <= bounds::LARGEST);
            *at = read.ok_or_else(|| {
                refuse(format!("\"{cell}\" is no coordinate; give a finite number of at most {:e}", bounds::LARGEST))
            })?;
        }
        let neuron = match (ids, row.get(3)) {
            (Some(ids), Some(cell)) => cell.id().and_then(|id| ids.number(id)),
            _ => {
                next += 1;
                Some(next - 1)
            }
        };
        let Some(neuron) = neuron else { return Ok(()) };
        match places.get_mut(neuron as usize) {
            None => Err(refuse(format!("there are {size} neurons, and this is a row more; leave it out"))),
            Some(Some(_)) => Err(refuse(format!("{} stands in this table twice; give each neuron one row", row[3]))),
            Some(free) => {
                #[expect(clippy::cast_possible_truncation, reason = "places in a picture")]
                let place = place.map(|x| x as f32);
                *free = Some(place);
                Ok(())
            }
        }
    })?;
    let lacks = |neuron: usize| match ids {
        Some(ids) => {
            Error::Input(format!("{name}: neuron {} has no row; give each neuron of the population one", ids.all()[neuron]))
        }
        None => Error::Input(format!("{name}: there are {size} neurons and {neuron} rows; give each neuron one")),
    };
    let found = places.iter().enumerate().map(|(neuron, place)| place.ok_or_else(|| lacks(neuron)));
    found.collect::<Result<Vec<_>>>().map(|all| Some(Positions::Listed(Arc::new(all))))
}
