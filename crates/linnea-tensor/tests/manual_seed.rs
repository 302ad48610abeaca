//! The process's default generator. One test alone in its process: another that draws would move
//! the stream.

use linnea_tensor::{DType, Generator, Result, Tensor, manual_seed};

#[test]
fn the_default_generator_follows_its_seed() -> Result<()> {
    let first = Tensor::rand(4).to_vec::<f32>()?;
    assert_eq!(first, Generator::new(0).rand(4).to_vec::<f32>()?);

    manual_seed(42);
    let mut own = Generator::new(42);
    assert_eq!(Tensor::rand([2, 2]).to_vec::<f32>()?, own.rand([2, 2]).to_vec::<f32>()?);
    assert_eq!(Tensor::randn(3).to_vec::<f32>()?, own.randn(3).to_vec::<f32>()?);
    let (x, y) = (Tensor::normal(1.0, 2.0, 3)?, own.normal(1.0, 2.0, 3)?);
    assert_eq!(x.to_vec::<f32>()?, y.to_vec::<f32>()?);
    assert_eq!(Tensor::randint(0, 9, 5)?.to_vec::<i64>()?, own.randint(0, 9, 5)?.to_vec::<i64>()?);
    assert_eq!(Tensor::randperm(7).to_vec::<i64>()?, own.randperm(7).to_vec::<i64>()?);

    let like = Tensor::zeros([2, 3]).to(DType::F64);
    let (x, y) = (like.rand_like()?, own.rand_of([2, 3], DType::F64)?);
    assert_eq!(x.to_vec::<f64>()?, y.to_vec::<f64>()?);
    assert_eq!(like.randn_like()?.dtype(), DType::F64);
    assert!(like.to(DType::I64).rand_like().is_err());
    Ok(())
}
