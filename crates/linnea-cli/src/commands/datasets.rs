//! `linnea datasets`: the data sets known by name.

use anyhow::{Result, bail};
use linnea::data::{CATALOG, Known, Place, data_home};

use super::Outcome;
use crate::args::DatasetsCommand;
use crate::output;
use crate::table::{count, render};

pub(crate) fn datasets(command: Option<DatasetsCommand>) -> Result<Outcome> {
    match command {
        None | Some(DatasetsCommand::List) => output::print(&list())?,
        Some(DatasetsCommand::Path { name }) => output::print(&(path(&name)? + "\n"))?,
    }
    Ok(Outcome::Done)
}

fn list() -> String {
    let header = ["name", "task", "rows", "columns", "licence", "where", "what"];
    let mut rows = vec![header.map(String::from).to_vec()];
    for known in &CATALOG {
        let place = match (known.place, known.path()) {
            (Place::Builtin(_), _) => "built in".to_owned(),
            (_, Ok(path)) => path.display().to_string(),
            (_, Err(_)) => "not here".to_owned(),
        };
        rows.push(vec![
            known.name.to_owned(),
            known.task.to_owned(),
            count(known.rows),
            count(known.columns),
            known.licence.to_owned(),
            place,
            known.about.to_owned(),
        ]);
    }
    let home = data_home();
    render(&rows, 0)
        + &format!("\nFiles are looked for in {} (set LINNEA_DATA to change it).\n", home.display())
}

fn path(name: &str) -> Result<String> {
    let Some(known) = Known::find(name) else {
        let names: Vec<&str> = CATALOG.iter().map(|known| known.name).collect();
        bail!("{name}: no such data set; the names are {}", names.join(", "));
    };
    let path = match known.place {
        Place::Builtin(builtin) => builtin.write_csv(&data_home())?,
        Place::File(_) => known.path()?,
    };
    Ok(path.display().to_string())
}
