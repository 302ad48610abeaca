//! Columns of a table that are no features: weights, groups and times of its rows.

use super::categories::{MISSING, Wanted};
use super::cell::shorten;
use super::table::Table;
use crate::beside::{Beside, is_weight};
use crate::dataset::is_usable;
use crate::error::{DataError, Result};
use crate::options::ReadOptions;

/// The columns that hold what is known of rows besides their features; their places in the table.
#[derive(Debug, Default)]
pub(super) struct Columns {
    weight: Option<usize>,
    group: Option<usize>,
    time: Option<usize>,
}

impl ReadOptions {
    /// The columns that are no features, each with its role.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let roles = [("weight", &self.weight), ("group", &self.group), ("time", &self.time)];
        roles.into_iter().filter_map(|(role, name)| name.as_ref().map(|name| (role, name)))
    }

    /// Whether a column is no feature.
    pub(crate) fn has_role(&self, name: &String) -> bool {
        self.roles().any(|(_, column)| column == name)
    }
}

impl Columns {
    /// Finds the columns by name.
    pub(super) fn find(
        table: &Table,
        weight: Option<&String>,
        group: Option<&String>,
        time: Option<&String>,
    ) -> Result<Self> {
        let find =
            |name: Option<&String>, role| name.map(|name| table.column(name, role)).transpose();
        Ok(Self {
            weight: find(weight, "weight")?,
            group: find(group, "group")?,
            time: find(time, "time")?,
        })
    }

    /// Those that are to be read as texts.
    pub(super) fn wanted(&self, table: &Table) -> impl Iterator<Item = Wanted> {
        let is_text = |column: &usize| table.tallies[*column].texts > 0;
        let texts = self.group.into_iter().chain(self.time.filter(is_text));
        // Numbers are the same group however they are written.
        texts.map(|column| Wanted { column, numeric: true, most: usize::MAX })
    }

    /// What they say of some rows.
    pub(super) fn select(&self, table: &Table, rows: &[usize]) -> Result<Beside> {
        Ok(Beside {
            weights: self.weight.map(|column| weights(table, column, rows)).transpose()?,
            groups: self.group.map(|column| groups(table, column, rows)).transpose()?,
            times: self.time.map(|column| times(table, column, rows)).transpose()?,
        })
    }
}

fn weights(table: &Table, column: usize, rows: &[usize]) -> Result<Vec<f64>> {
    let weight = |&row: &usize| match table.number(row, column) {
        number if is_weight(number) => Ok(number),
        number => {
            let found = if number.is_nan() { "no number".into() } else { number.to_string() };
            let reason = format!(
                "the row's weight is {found}; every row needs one, finite and not negative"
            );
            Err(table.cell_error(table.line(row), column, reason))
        }
    };
    let weights = rows.iter().map(weight).collect::<Result<Vec<f64>>>()?;
    if weights.iter().all(|&weight| weight == 0.0) {
        return Err(table.column_error(column, "every row has the weight 0; some must count"));
    }
    Ok(weights)
}

fn groups(table: &Table, column: usize, rows: &[usize]) -> Result<Vec<u32>> {
    let codes = &table.categories(column).codes;
    let group = |&row: &usize| match codes[row] {
        MISSING => Err(missing(table, column, row, "group")),
        code => Ok(code),
    };
    rows.iter().map(group).collect()
}

/// Numbers as they are, and dates by their order.
fn times(table: &Table, column: usize, rows: &[usize]) -> Result<Vec<f64>> {
    if table.tallies[column].texts > 0 {
        return dates(table, column, rows);
    }
    let time = |&row: &usize| match table.number(row, column) {
        number if is_usable(number) => Ok(number),
        number if number.is_nan() => Err(missing(table, column, row, "time")),
        number => {
            let reason = format!("the time is {number}; it must be finite");
            Err(table.cell_error(table.line(row), column, reason))
        }
    };
    rows.iter().map(time).collect()
}

/// Dates as ISO 8601 writes them are in order where their texts are.
fn dates(table: &Table, column: usize, rows: &[usize]) -> Result<Vec<f64>> {
    let found = table.categories(column);
    let ranks = ranks(&found.levels);
    let time = |&row: &usize| match found.codes[row] {
        MISSING => Err(missing(table, column, row, "time")),
        code => ranks[code as usize].ok_or_else(|| {
            let text = shorten(&found.levels[code as usize]);
            let reason = format!(
                "{text:?} is no time like the others; write numbers, or dates like 2024-01-31 or \
                 2024-01-31 09:30, all in one form"
            );
            table.cell_error(table.line(row), column, reason)
        }),
    };
    rows.iter().map(time).collect()
}

/// The place of every text in their order; `None` for one that is no date, or of another form than the
/// first date.
fn ranks(texts: &[String]) -> Vec<Option<f64>> {
    let shape = texts.iter().find_map(|text| shape_of(text));
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by(|&a, &b| texts[a].cmp(&texts[b]));
    let mut ranks = vec![None; texts.len()];
    for (rank, &place) in order.iter().enumerate() {
        let alike = shape.is_some() && shape_of(&texts[place]) == shape;
        ranks[place] = alike.then_some(rank as f64);
    }
    ranks
}

/// A date with every digit made 0, if it is one: year, month, and perhaps day and time of day. Offsets
/// from UTC would put the order of texts wrong, so that only Z is one.
fn shape_of(text: &str) -> Option<String> {
    const FORMS: [&str; 4] = ["0000-00", "0000-00-00", "0000-00-00 00:00", "0000-00-00 00:00:00"];
    let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let shape: String = text.chars().map(digit).collect();
    let plain = shape.replace('T', " ");
    let plain = plain.strip_suffix('Z').unwrap_or(&plain);
    // Seconds may have decimals.
    let (whole, decimals) = plain.split_once('.').unwrap_or((plain, "0"));
    let is_date = FORMS.contains(&whole) && decimals.bytes().all(|c| c == b'0');
    (is_date && (decimals == "0" || whole == FORMS[3])).then_some(shape)
}

fn missing(table: &Table, column: usize, row: usize, role: &str) -> DataError {
    let reason = format!("the row's {role} is missing; every row needs one");
    table.cell_error(table.line(row), column, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::{Purpose, encode, infer};
    use crate::dataset::Dataset;
    use crate::options::Missing;

    const TABLE: &str = "w,user,day,x,y\n2,ann,2024-02-01,1,0.5\n0.5,bob,2024-01-31,,1.5\n\
                         1,ann,2023-12-01,3,2.5\n";

    fn read(text: &str, options: &ReadOptions) -> Result<Dataset> {
        let mut table = Table::parse("t.csv".into(), text.into(), |guess, _| guess)?;
        let schema = infer(&mut table, options, &mut Vec::new())?;
        encode(&mut table, &schema, options, Purpose::Learn, &mut Vec::new())
    }

    fn options() -> ReadOptions {
        let [weight, group, time] = ["w", "user", "day"].map(|name| Some(name.to_owned()));
        ReadOptions { weight, group, time, ..ReadOptions::default() }
    }

    #[test]
    fn they_are_no_features_and_are_left_out_with_their_rows() {
        let data = read(TABLE, &options()).unwrap();
        assert_eq!(data.schema().feature_names(), ["x"]);
        assert_eq!(data.schema().weight.as_deref(), Some("w"));
        assert_eq!(data.weights(), Some(&[2.0, 0.5, 1.0][..]));
        assert_eq!(data.groups(), Some(&[0, 1, 0][..]));
        assert_eq!(data.times(), Some(&[2.0, 1.0, 0.0][..]));
        let dropped = ReadOptions { missing: Missing::Drop, ..options() };
        let data = read(TABLE, &dropped).unwrap();
        assert_eq!((data.weights(), data.groups()), (Some(&[2.0, 1.0][..]), Some(&[0, 0][..])));
    }

    #[test]
    fn the_last_column_is_the_target_only_if_it_has_no_role() {
        let options = ReadOptions { weight: Some("w".into()), ..ReadOptions::default() };
        let data = read("x,y,w\n1,0.5,1\n2,1.5,2\n", &options).unwrap();
        assert_eq!(data.schema().target.as_ref().map(|target| target.name.as_str()), Some("y"));
    }

    fn error(text: &str, options: &ReadOptions) -> String {
        read(text, options).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn bad_weights_are_named_with_their_line() {
        let options = ReadOptions { weight: Some("w".into()), ..ReadOptions::default() };
        for bad in ["-1", "inf", "", "much"] {
            let error = error(&format!("w,x,y\n1,1,0.5\n{bad},2,1.5\n"), &options);
            assert!(error.starts_with("t.csv, line 3, column w: the row's weight is "), "{error}");
        }
        assert!(
            error("w,x,y\n0,1,0.5\n0,2,1.5\n", &options).contains("every row has the weight 0")
        );
        let typo = ReadOptions { weight: Some("wt".into()), ..ReadOptions::default() };
        assert!(error(TABLE, &typo).starts_with("t.csv: there is no weight column \"wt\""));
        let target = ReadOptions { target: Some("w".into()), ..options };
        assert!(error(TABLE, &target).contains("the target cannot be the weight too"));
    }

    #[test]
    fn a_row_without_a_group_or_a_time_is_named() {
        let text = "g,t,x,y\n1,5,1,0.5\n,,2,1.5\n1.0,6,3,2.5\n";
        let group = ReadOptions { group: Some("g".into()), ..ReadOptions::default() };
        assert!(error(text, &group).contains("line 3, column g: the row's group is missing"));
        let time = ReadOptions { time: Some("t".into()), ..ReadOptions::default() };
        assert!(error(text, &time).contains("line 3, column t: the row's time is missing"));
    }

    #[test]
    fn dates_are_in_the_order_of_time_or_refused() {
        let rank =
            |texts: &[&str]| ranks(&texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
        assert_eq!(rank(&["2024-02-01", "2023-12-31"]), [Some(1.0), Some(0.0)]);
        assert_eq!(
            rank(&["2024-01-01T10:00:00.5Z", "2024-01-01T09:00:00.7Z"]),
            [Some(1.0), Some(0.0)]
        );
        assert_eq!(rank(&["2024-02-01", "31/12/2023"]), [Some(0.0), None]);
        assert_eq!(rank(&["2024-02-01", "2024-02-01 10:00"]), [Some(0.0), None]);
        assert_eq!(rank(&["Mon", "Tue"]), [None, None]);
        assert_eq!(rank(&["2024-02-01T10:00+01:00"]), [None]);
    }
}
