//! From the tallies of a table to a schema.

use std::collections::HashSet;

use super::categories::Wanted;
use super::table::Table;
use crate::error::{DataError, Result};
use crate::notice::Notice;
use crate::options::{Missing, ReadOptions, Task};
use crate::schema::{Column, ColumnKind, Schema, Target, TargetKind};

/// How many levels a categorical column may have: each is a feature.
const MOST_LEVELS: usize = 1000;
/// How many classes a target may have.
const MOST_CLASSES: usize = 10_000;
/// Whole numbers with at most so many different values are taken for classes.
const FEW_VALUES: usize = 20;

/// What every column of `table` is.
pub(crate) fn infer(
    table: &mut Table,
    options: &ReadOptions,
    notices: &mut Vec<Notice>,
) -> Result<Schema> {
    let is_alone = table.names.len() == 1 && options.target.is_none();
    if is_alone && options.may_lack_target {
        return only_column(table, options, notices);
    }
    let target = target_column(table, options, notices)?;
    let features = feature_columns(table, target, options, notices)?;
    let classes = is_class(table, target, options.task, notices)?;

    let texts: Vec<usize> =
        features.iter().copied().filter(|&column| is_text(table, column, options)).collect();
    let levels = |&column: &usize| Wanted { column, numeric: false, most: MOST_LEVELS };
    for &column in texts.iter().filter(|&&column| !is_named(table, column, options)) {
        refuse_decimal_comma(table, column, "name the column in --categorical")?;
    }
    if classes && options.task == Task::Auto {
        refuse_decimal_comma(table, target, "choose --task classification")?;
    }
    let numeric = table.tallies[target].texts == 0;
    let labels = Wanted { column: target, numeric, most: MOST_CLASSES };
    let wanted: Vec<Wanted> = texts.iter().map(levels).chain(classes.then_some(labels)).collect();
    table.read_categories(&wanted)?;

    notices.extend(categories_notice(table, &texts));
    for wanted in &wanted {
        notices.extend(many(table, wanted.column, target)?);
    }
    let feature = |&column: &usize| feature(table, column, texts.contains(&column));
    let columns = features.iter().map(feature).collect::<Result<_>>()?;
    let kind = if classes {
        TargetKind::Classes { labels: self::labels(table, target)? }
    } else {
        refuse_text(table, target, "choose --task classification")?;
        TargetKind::Value
    };
    let target = Target { name: table.names[target].clone(), kind };
    Ok(Schema { columns, target: Some(target), weight: options.weight.clone() })
}

/// What the one column of a table is that has no target.
fn only_column(
    table: &mut Table,
    options: &ReadOptions,
    notices: &mut Vec<Notice>,
) -> Result<Schema> {
    let text = is_text(table, 0, options);
    if text {
        table.read_categories(&[Wanted { column: 0, numeric: false, most: MOST_LEVELS }])?;
        notices.extend(categories_notice(table, &[0]));
    }
    let columns = vec![feature(table, 0, text)?];
    Ok(Schema { columns, target: None, weight: None })
}

/// The columns that become features: all but the target, those with another role, those to be ignored,
/// and empty ones.
fn feature_columns(
    table: &Table,
    target: usize,
    options: &ReadOptions,
    notices: &mut Vec<Notice>,
) -> Result<Vec<usize>> {
    for name in options.ignore.iter().chain(&options.categorical) {
        table.column(name, "feature")?;
    }
    check_roles(table, target, options)?;
    let mut columns = Vec::new();
    for column in (0..table.names.len()).filter(|&column| column != target) {
        let name = &table.names[column];
        if options.ignore.contains(name) || options.has_role(name) {
            continue;
        }
        if table.tallies[column].missing == table.rows() && options.missing != Missing::Error {
            notices.push(Notice::Empty { column: name.clone() });
            continue;
        }
        columns.push(column);
    }
    if columns.is_empty() {
        return Err(table.column_error(target, "no other column is left to predict it from"));
    }
    Ok(columns)
}

/// The columns that are no features are there, and none is the target.
fn check_roles(table: &Table, target: usize, options: &ReadOptions) -> Result<()> {
    for (role, name) in options.roles() {
        if table.column(name, role)? == target {
            let reason =
                format!("the target cannot be the {role} too; name another column for one of them");
            return Err(table.column_error(target, reason));
        }
    }
    Ok(())
}

fn is_text(table: &Table, column: usize, options: &ReadOptions) -> bool {
    let tally = &table.tallies[column];
    is_named(table, column, options) || tally.texts > tally.numbers
}

/// Whether a column was named as one of categories.
fn is_named(table: &Table, column: usize, options: &ReadOptions) -> bool {
    options.categorical.contains(&table.names[column])
}

fn categories_notice(table: &Table, texts: &[usize]) -> Option<Notice> {
    let count =
        |&column: &usize| (table.names[column].clone(), table.categories(column).levels.len());
    let columns: Vec<_> = texts.iter().map(count).collect();
    (!columns.is_empty()).then_some(Notice::Categories { columns })
}

fn target_column(table: &Table, options: &ReadOptions, notices: &mut Vec<Notice>) -> Result<usize> {
    if let Some(name) = &options.target {
        if options.ignore.contains(name) {
            let column = table.column(name, "target")?;
            return Err(table.column_error(column, "the target cannot be ignored"));
        }
        return table.column(name, "target");
    }
    // A comma at every line's end makes a last column with neither a name nor a value.
    let is_nothing = |column: usize| {
        table.names[column] == format!("c{}", column + 1)
            && table.tallies[column].missing == table.rows()
    };
    let usable = |&column: &usize| {
        let name = &table.names[column];
        !options.ignore.contains(name) && !options.has_role(name) && !is_nothing(column)
    };
    let last = (0..table.names.len()).rev().find(usable).unwrap_or(0);
    notices.push(Notice::TargetIsLast { column: table.names[last].clone() });
    Ok(last)
}

fn feature(table: &Table, column: usize, text: bool) -> Result<Column> {
    let kind = if text {
        let mut levels = table.categories(column).levels.clone();
        levels.sort();
        ColumnKind::Categorical { levels }
    } else {
        refuse_text(table, column, "name the column in --categorical")?;
        ColumnKind::Numeric
    };
    let missing = table.tallies[column].missing;
    Ok(Column { missing, ..Column::new(&table.names[column], kind) })
}

/// Numbers such as 1,5 or 1,234,567 would be taken for categories in silence.
fn refuse_decimal_comma(table: &Table, column: usize, otherwise: &str) -> Result<()> {
    let is_number = |text: &str| {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        unsigned.contains(',') && unsigned.split(',').all(digits)
    };
    match &table.tallies[column].first_text {
        Some((line, text)) if is_number(text) => {
            let reason = format!(
                "{text:?} looks like a number with commas; write it with a decimal point and no commas, or \
                 {otherwise} if it is none"
            );
            Err(table.cell_error(*line, column, reason))
        }
        _ => Ok(()),
    }
}

/// A stray text in a column of numbers is a slip to be mended, not a category. `otherwise` says what
/// to do if it is one after all.
pub(super) fn refuse_text(table: &Table, column: usize, otherwise: &str) -> Result<()> {
    let Some((line, text)) = &table.tallies[column].first_text else { return Ok(()) };
    let reason = format!(
        "{text:?} is not a number, but the column is numeric; mend the cell, empty it to mark it \
         missing, or {otherwise}"
    );
    Err(table.cell_error(*line, column, reason))
}

/// Whether the target is a class.
fn is_class(table: &Table, column: usize, task: Task, notices: &mut Vec<Notice>) -> Result<bool> {
    if table.tallies[column].missing == table.rows() {
        return Err(table.column_error(column, "the target has no value in any row"));
    }
    Ok(match task {
        Task::Classification => true,
        Task::Regression => false,
        Task::Auto => guess_classes(table, column, notices),
    })
}

/// Where most rows have a text of their own, it may be a number in disguise, a name or a date. With
/// very many of them it is, and there is nothing to learn.
fn many(table: &Table, column: usize, target: usize) -> Result<Option<Notice>> {
    let (rows, levels) = (table.rows(), table.categories(column).levels.len());
    let what = if column == target { "classes" } else { "categories" };
    if levels * 2 <= rows || levels <= 10 {
        return Ok(None);
    }
    if levels > MOST_LEVELS {
        let reason = format!(
            "{levels} {what} in {rows} rows are names rather than {what}; choose another column, or \
             --task regression for numbers"
        );
        return Err(table.column_error(column, reason));
    }
    Ok(Some(Notice::Many { column: table.names[column].clone(), levels, what, rows }))
}

fn guess_classes(table: &Table, column: usize, notices: &mut Vec<Notice>) -> bool {
    let tally = &table.tallies[column];
    let (classes, because) = if tally.texts > tally.numbers {
        (true, "text".to_owned())
    } else if tally.texts > 0 {
        // Some texts among numbers are slips, whichever numbers they are.
        return false;
    } else {
        judge_numbers(table.numbers(column).filter(|number| !number.is_nan()), tally.numbers)
    };
    let task = if classes { "classification" } else { "regression" };
    notices.push(Notice::TaskGuessed { column: table.names[column].clone(), task, because });
    classes
}

/// Whole numbers that take few values, each several times, are classes.
fn judge_numbers(numbers: impl Iterator<Item = f64>, count: usize) -> (bool, String) {
    let mut distinct = HashSet::new();
    for number in numbers {
        if number.fract() != 0.0 {
            return (false, "numbers with decimals".to_owned());
        }
        distinct.insert(number.to_bits());
        if distinct.len() > FEW_VALUES {
            return (false, format!("whole numbers with more than {FEW_VALUES} values"));
        }
    }
    let classes = distinct.len() * 3 <= count.max(6);
    (classes, format!("whole numbers with {} values in {count} rows", distinct.len()))
}

fn labels(table: &Table, column: usize) -> Result<Vec<String>> {
    let mut labels = table.categories(column).levels.clone();
    sort_labels(&mut labels);
    if labels.len() < 2 {
        return Err(DataError::OneClass {
            origin: table.origin.clone(),
            column: table.names[column].clone(),
            label: labels.pop().unwrap_or_default(),
        });
    }
    Ok(labels)
}

/// Sorts by value if all are numbers, by letters if not.
fn sort_labels(labels: &mut [String]) {
    let number = |label: &String| label.parse::<f64>().ok();
    if labels.iter().all(|label| number(label).is_some()) {
        labels
            .sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
    } else {
        labels.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema_of(text: &str, options: &ReadOptions) -> Result<Schema> {
        let mut table = Table::parse("t.csv".into(), text.into(), |guess, _| guess)?;
        infer(&mut table, options, &mut Vec::new())
    }

    fn labels_of(text: &str) -> Option<Vec<String>> {
        let schema = schema_of(text, &ReadOptions::default()).unwrap();
        schema.labels().map(<[String]>::to_vec)
    }

    #[test]
    fn the_task_follows_the_target() {
        let rows = |values: &[&str]| {
            let mut text = String::from("x,y\n");
            values.iter().for_each(|value| text += &format!("1,{value}\n"));
            text
        };
        assert_eq!(labels_of(&rows(&["b", "a", "b"])), Some(vec!["a".into(), "b".into()]));
        let ten: Vec<&str> = ["10", "9", "2"].repeat(3);
        assert_eq!(labels_of(&rows(&ten)), Some(vec!["2".into(), "9".into(), "10".into()]));
        assert_eq!(labels_of(&rows(&["1.5", "2", "1.5"])), None);
        assert_eq!(labels_of(&rows(&["1", "2", "3", "4"])), None);
    }

    #[test]
    fn a_decimal_comma_is_no_category() {
        let features = "a;y\n1,5;1\n-2,25;2\n3,5;2.5\n";
        let error = schema_of(features, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("decimal point"), "{error}");
        let thousands = features.replace("1,5", "1,234,567");
        let error = schema_of(&thousands, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("no commas"), "{error}");
        let options = ReadOptions { categorical: vec!["a".into()], ..ReadOptions::default() };
        assert_eq!(schema_of(features, &options).unwrap().feature_names().len(), 3);
        let target = "a;y\n1;1,5\n2;-2,25\n3;1,5\n";
        let error = schema_of(target, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("with commas") && error.contains("--task"), "{error}");
        let options = ReadOptions { task: Task::Classification, ..ReadOptions::default() };
        assert_eq!(schema_of(target, &options).unwrap().labels().map(<[_]>::len), Some(2));
    }

    #[test]
    fn a_stray_text_is_named_with_its_line() {
        let text = "a,y\n1,0.5\n2,1.5\noops,2.5\n4,3\n";
        let error = schema_of(text, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.starts_with("t.csv, line 4, column a: \"oops\" is not a number"), "{error}");
        let options = ReadOptions { categorical: vec!["a".into()], ..ReadOptions::default() };
        assert_eq!(schema_of(text, &options).unwrap().features(), 4);
    }

    #[test]
    fn a_mistyped_target_gets_a_suggestion() {
        let options = ReadOptions { target: Some("Price".into()), ..ReadOptions::default() };
        let error = schema_of("rooms,prices\n1,2.5\n", &options).unwrap_err().to_string();
        assert!(error.contains("did you mean \"prices\"?"), "{error}");
    }

    #[test]
    fn a_text_among_classes_is_a_slip() {
        let text = "x,y\n1,0\n2,1\n3,0\n4,O\n5,1\n6,0\n7,1\n";
        let error = schema_of(text, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("line 5, column y: \"O\" is not a number"), "{error}");
    }

    #[test]
    fn labels_of_a_text_column_stay_as_they_are() {
        let text = "x,y\n1,1e3\n2,1000\n3,abc\n4,abc\n5,d\n6,d\n";
        let labels = ["1000", "1e3", "abc", "d"].map(String::from).to_vec();
        assert_eq!(labels_of(text), Some(labels));
    }

    #[test]
    fn one_class_is_too_few() {
        let error = schema_of("x,y\n1,a\n2,a\n", &ReadOptions::default()).unwrap_err();
        assert!(matches!(error, DataError::OneClass { .. }), "{error}");
    }
}
