//! A number by which data are known again.

use linnea_data::{Dataset, Targets};
use linnea_kernels::{Element, Real};
use xxhash_rust::xxh3::Xxh3Default;

use crate::rows::Rows;

/// A number that other data do not have, but for one in 2⁶⁴: of the schema, all rows, targets, weights,
/// groups and times. It reads them once.
pub(crate) fn fingerprint<T: Element>(data: &Dataset, rows: &Rows<'_, T>) -> String {
    let mut digest = Xxh3Default::new();
    // What a part is stands before it, and of what storage the rows are.
    let mut part = |name: &str, bytes: &[u8]| {
        digest.update(name.as_bytes());
        digest.update(bytes);
    };
    part("schema", serde_json::to_string(data.schema()).unwrap_or_default().as_bytes());
    part("rows", &[data.rows(), size_of::<T>()].map(usize::to_le_bytes).concat());
    let mut numbers: Vec<f64> = Vec::with_capacity(rows.features());
    for row in 0..rows.len() {
        numbers.clear();
        numbers.extend(rows.row(row).iter().map(|x| x.to_real().to_f64()));
        part("", bytemuck::cast_slice(&numbers));
    }
    match data.targets() {
        Targets::Classes(classes) => part("classes", bytemuck::cast_slice(classes)),
        Targets::Values(values) => part("values", bytemuck::cast_slice(values)),
        _ => {}
    }
    for (name, numbers) in [("weights", data.weights()), ("times", data.times())] {
        numbers.into_iter().for_each(|numbers| part(name, bytemuck::cast_slice(numbers)));
    }
    data.groups().into_iter().for_each(|groups| part("groups", bytemuck::cast_slice(groups)));
    format!("{:016x}", digest.digest())
}

#[cfg(test)]
mod tests {
    use linnea_data::Values;

    use super::*;
    use crate::rows::{OverRows, over_rows};

    struct Print<'a>(&'a Dataset);

    impl OverRows for Print<'_> {
        type Output = String;

        fn run<T: Element>(self, rows: &Rows<'_, T>) -> String {
            fingerprint(self.0, rows)
        }
    }

    #[test]
    fn every_number_counts() {
        let data = |x: Vec<f32>, y: Vec<f64>| {
            Dataset::dense(2, Values::F32(x), Targets::Values(y)).unwrap()
        };
        let of = |data: &Dataset| over_rows(data, Print(data));
        let (x, y) = (vec![1.0; 6000], vec![2.0; 3000]);
        let print = of(&data(x.clone(), y.clone()));
        assert_eq!(print, of(&data(x.clone(), y.clone())));
        let (mut other_x, mut other_y) = (x.clone(), y.clone());
        (other_x[2999], other_y[1]) = (1.5, 2.5);
        assert_ne!(print, of(&data(other_x, y.clone())));
        assert_ne!(print, of(&data(x.clone(), other_y)));
        let weighted = of(&data(x.clone(), y.clone()).with_weights(vec![1.0; 3000]).unwrap());
        let timed = of(&data(x.clone(), y.clone()).with_times(vec![1.0; 3000]).unwrap());
        assert!(print != weighted && print != timed && weighted != timed);
        let wide = Values::F64(x.iter().map(|x| f64::from(*x)).collect());
        assert_ne!(print, of(&Dataset::dense(2, wide, Targets::Values(y)).unwrap()));
    }
}
