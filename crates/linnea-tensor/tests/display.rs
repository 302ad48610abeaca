//! Tensors printed as PyTorch 2.15 printed them: `data/printed.txt` keeps its answers, with our names
//! of the types and of the operation.
//!
//! A case is a line `# type shape graph precision`, a line of numbers, and the text up to an empty
//! line before the next case. `cyclic a b m` stands for a + b·(7919·i mod m), i = 0, 1, ….

use linnea_tensor::{DType, Result, Tensor};

struct Case<'a> {
    head: &'a str,
    numbers: &'a str,
    text: &'a str,
}

fn cases() -> Vec<Case<'static>> {
    let file = include_str!("data/printed.txt").trim_start_matches("# ");
    file.split("\n\n# ")
        .map(|case| {
            let (head, rest) = case.split_once('\n').expect("a case has a head");
            let (numbers, text) = rest.split_once('\n').expect("a case has numbers");
            Case { head, numbers, text: text.trim_end() }
        })
        .collect()
}

fn tensor(dtype: &str, shape: &[usize], numbers: &str) -> Result<Tensor> {
    if dtype == "i64" && !numbers.starts_with("cyclic") {
        let numbers = numbers.split_whitespace().map(|x| x.parse::<i64>().expect("an integer"));
        return Tensor::from_vec(numbers.collect(), shape);
    }
    let parsed = |text: &str| text.parse::<f64>().expect("a number");
    let words: Vec<&str> = numbers.split_whitespace().collect();
    let values = match words.as_slice() {
        ["cyclic", start, step, modulus] => {
            let modulus: usize = modulus.parse().expect("a modulus");
            let place = |i: usize| (i * 7919 % modulus) as f64;
            let n = shape.iter().product();
            (0..n).map(|i| parsed(start) + parsed(step) * place(i)).collect()
        }
        words => words.iter().map(|x| parsed(x)).collect::<Vec<f64>>(),
    };
    let dtype = match dtype {
        "bool" => DType::Bool,
        "u8" => DType::U8,
        "i64" => DType::I64,
        "f32" => DType::F32,
        _ => DType::F64,
    };
    Ok(Tensor::from_vec(values, shape)?.to(dtype))
}

fn printed(case: &Case<'_>) -> Result<String> {
    let words: Vec<&str> = case.head.split(' ').collect();
    let [dtype, shape, graph, precision] = words[..] else { panic!("head {}", case.head) };
    let shape: Vec<usize> = shape.split('x').filter_map(|size| size.parse().ok()).collect();
    let x = tensor(dtype, &shape, case.numbers)?;
    let x = match graph {
        "grad" => x.requires_grad_()?,
        "op" => x.requires_grad_()?.mul(1.0)?,
        _ => x,
    };
    match precision {
        "4" => Ok(x.to_string()),
        digits => Ok(format!("{x:.*}", digits.parse().expect("a precision"))),
    }
}

#[test]
fn every_tensor_prints_as_in_pytorch() -> Result<()> {
    let cases = cases();
    assert!(cases.len() > 100, "{} cases", cases.len());
    for case in &cases {
        assert_eq!(printed(case)?, case.text, "case {}\n{}", case.head, case.numbers);
    }
    Ok(())
}
