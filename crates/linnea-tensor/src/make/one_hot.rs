//! Classes as rows of an identity matrix.

use crate::array::{Array, from_vec};
use crate::shape::check;
use crate::{Error, Result, Tensor};

impl Tensor {
    /// For each class index a row with 1 at the class and 0 elsewhere; i64. `None` takes as many
    /// classes as the largest index asks for.
    ///
    /// ```
    /// use linnea_tensor::tensor;
    /// let rows = tensor![2, 0].one_hot(3)?;
    /// assert_eq!(rows.to_vec::<i64>()?, [0, 0, 1, 1, 0, 0]);
    /// # Ok::<(), linnea_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor does not hold integers; if an index is negative or not below `classes`; if
    /// there is no number to tell the classes by.
    pub fn one_hot(&self, classes: impl Into<Option<usize>>) -> Result<Self> {
        let indices = self.indices("one_hot")?;
        let largest = indices.iter().max().map(|&index| (index as usize).saturating_add(1));
        let Some(classes) = classes.into().filter(|&given| given > 0).or(largest) else {
            let problem = "no index tells the number of classes; give it";
            return Err(Error::value("one_hot", problem));
        };
        if let Some(&index) = indices.iter().find(|&&index| index < 0 || index as usize >= classes)
        {
            return Err(Error::Index { op: "one_hot", index, size: classes });
        }
        let shape = [self.shape(), &[classes]].concat();
        check("one_hot", &shape)?;
        let mut rows = vec![0_i64; indices.len() * classes];
        for (row, &index) in rows.chunks_exact_mut(classes).zip(&indices) {
            row[index as usize] = 1;
        }
        Ok(Self::new(Array::I64(from_vec(&shape, rows))))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Result, Tensor, tensor};

    #[test]
    fn shapes_and_classes_are_pytorchs() -> Result<()> {
        assert_eq!(tensor![0, 2].one_hot(None)?.shape(), [2, 3]);
        assert_eq!(tensor![[1_u8], [0]].one_hot(2)?.to_vec::<i64>()?, [0, 1, 1, 0]);
        assert_eq!(Tensor::scalar(1).one_hot(3)?.to_vec::<i64>()?, [0, 1, 0]);
        let none = Tensor::from_vec(Vec::<i64>::new(), 0)?;
        assert_eq!(none.one_hot(3)?.shape(), [0, 3]);
        assert!(none.one_hot(None).is_err() && none.one_hot(0).is_err());
        Ok(())
    }

    #[test]
    fn what_is_no_class_is_refused() {
        assert!(tensor![0, 2].one_hot(2).is_err());
        assert!(tensor![-1, 2].one_hot(None).is_err());
        assert!(tensor![1.0].one_hot(2).unwrap_err().to_string().contains("i64 or u8"));
    }
}
