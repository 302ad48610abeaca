//! Adam and AdamW.
//!
//! ```text
//! m ← β₁m + (1 − β₁)g        v ← β₂v + (1 − β₂)g²
//! x ← x − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
//! ```
//!
//! Kingma & Ba, *Adam: a method for stochastic optimization* (2015), algorithm 1. AMSGrad divides by
//! the largest v so far (Reddi, Kale & Kumar, *On the convergence of Adam and beyond*, 2018). Adam
//! puts weight decay into g; AdamW takes x ← x − ηλx apart from it (Loshchilov & Hutter, *Decoupled
//! weight decay regularization*, 2019).

use super::group::{Group, Rule, penalized, real};
use super::{at_least_zero, below_one, optimizer};
use crate::{Result, Tensor};
use num_traits::Float;
use std::borrow::Borrow;

#[derive(Clone, Copy, Debug)]
struct Settings {
    betas: (f64, f64),
    epsilon: f64,
    weight_decay: f64,
    /// Whether the decay stays out of the moments.
    decoupled: bool,
    amsgrad: bool,
    maximize: bool,
}

impl Settings {
    fn new(weight_decay: f64, decoupled: bool) -> Self {
        let betas = (0.9, 0.999);
        Self { betas, epsilon: 1e-8, weight_decay, decoupled, amsgrad: false, maximize: false }
    }

    fn check(&self, op: &'static str, rate: f64) -> Result<()> {
        at_least_zero(op, "the learning rate", rate)?;
        at_least_zero(op, "epsilon", self.epsilon)?;
        below_one(op, "the first beta", self.betas.0)?;
        below_one(op, "the second beta", self.betas.1)?;
        at_least_zero(op, "weight_decay", self.weight_decay)
    }
}

macro_rules! adam {
    ($(#[$doc:meta])+ $name:ident, $op:literal, $settings:expr) => {
        $(#[$doc])+
        #[derive(Clone, Debug)]
        pub struct $name {
            group: Group<3>,
            learning_rate: f64,
            settings: Settings,
        }

        impl $name {
            /// The optimiser with a step size (PyTorch's default is 0.001).
            pub fn new(
                parameters: impl IntoIterator<Item: Borrow<Tensor>>,
                learning_rate: f64,
            ) -> Self {
                Self { group: Group::new(parameters), learning_rate, settings: $settings }
            }

            /// How much is kept of the mean gradient and of the mean square; 0.9 and 0.999.
            #[must_use]
            pub fn betas(mut self, first: f64, second: f64) -> Self {
                self.settings.betas = (first, second);
                self
            }

            /// Added to the root mean square, so that it is never 0; 10⁻⁸.
            #[must_use]
            pub fn epsilon(mut self, epsilon: f64) -> Self {
                self.settings.epsilon = epsilon;
                self
            }

            /// The weight of the pull towards 0.
            #[must_use]
            pub fn weight_decay(mut self, weight_decay: f64) -> Self {
                self.settings.weight_decay = weight_decay;
                self
            }

            /// Divides by the largest mean square so far.
            #[must_use]
            pub fn amsgrad(mut self) -> Self {
                self.settings.amsgrad = true;
                self
            }

            /// Climbs instead of descending.
            #[must_use]
            pub fn maximize(mut self) -> Self {
                self.settings.maximize = true;
                self
            }
        }

        optimizer!($name {
            fn step(&mut self) -> Result<()> {
                self.settings.check($op, self.learning_rate)?;
                let rule = Moments { rate: self.learning_rate, settings: self.settings };
                self.group.step($op, &rule)
            }
        });
    };
}
adam!(
    /// Steps scaled by running means of the gradient and of its square (`torch.optim.Adam`).
    Adam, "Adam", Settings::new(0.0, false)
);
adam!(
    /// [`Adam`] with weight decay apart from the gradient, 0.01 by default (`torch.optim.AdamW`).
    AdamW, "AdamW", Settings::new(0.01, true)
);

struct Moments {
    rate: f64,
    settings: Settings,
}

impl Rule<3> for Moments {
    fn update<T: Float>(&self, step: u64, x: &mut [T], g: &[T], [m, v, top]: &mut [Vec<T>; 3]) {
        let Settings { betas, epsilon, weight_decay, decoupled, amsgrad, maximize } = self.settings;
        let gradient = penalized(maximize, if decoupled { 0.0 } else { weight_decay });
        let shrink: T = real(if decoupled { 1.0 - self.rate * weight_decay } else { 1.0 });
        let (new1, kept2, new2): (T, T, T) =
            (real(1.0 - betas.0), real(betas.1), real(1.0 - betas.1));
        // Past 2³¹ steps the corrections have long been 1.
        let power = |beta: f64| beta.powi(i32::try_from(step).unwrap_or(i32::MAX));
        let rate: T = real(self.rate / (1.0 - power(betas.0)));
        let (root, epsilon): (T, T) = (real((1.0 - power(betas.1)).sqrt()), real(epsilon));
        let gather = |x: T, g: T, m: &mut T, v: &mut T| {
            let g = gradient(x, g);
            *m = *m + new1 * (g - *m);
            *v = kept2 * *v + new2 * g * g;
        };
        let moved = |x: T, m: T, v: T| x * shrink - rate * m / (v.sqrt() / root + epsilon);
        m.resize(x.len(), T::zero());
        v.resize(x.len(), T::zero());
        let moments = x.iter_mut().zip(g).zip(m.iter_mut().zip(v));
        if !amsgrad {
            return moments.for_each(|((x, &g), (m, v))| {
                gather(*x, g, m, v);
                *x = moved(*x, *m, *v);
            });
        }
        top.resize(moments.len(), T::zero());
        for (((x, &g), (m, v)), top) in moments.zip(top) {
            gather(*x, g, m, v);
            *top = top.max(*v);
            *x = moved(*x, *m, *top);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Adam, AdamW};
    use crate::optim::Optimizer;
    use crate::optim::trial::assert_ten_steps;
    use crate::{Result, tensor};

    #[test]
    fn ten_steps_end_where_pytorchs_do() -> Result<()> {
        assert_ten_steps(
            |p| Adam::new(p, 0.1),
            [0.3004928762995539, -1.0116828167743415, 2.0077371896327167, 0.7859907078633346],
            [0.30049282, -1.0116827, 2.0077379, 0.78599012],
        )?;
        assert_ten_steps(
            |p| Adam::new(p, 0.1).betas(0.8, 0.9).epsilon(1e-3).weight_decay(0.1),
            [0.33356931984134375, -1.0124144260988601, 2.0082616392067165, 0.7322740440466967],
            [0.33356929, -1.0124145, 2.0082617, 0.73227412],
        )?;
        assert_ten_steps(
            |p| Adam::new(p, 0.3).betas(0.5, 0.6).amsgrad(),
            [0.5148994297902115, 0.4386030176178227, 0.43544818147285635, 0.7086354964648047],
            [0.51489937, 0.43860292, 0.43544847, 0.70863533],
        )?;
        assert_ten_steps(
            |p| Adam::new(p, 0.1).maximize(),
            [1.9945343419712918, -3.0058468709518915, 4.0000407829164795, 1.2651459841706727],
            [1.9945345, -3.0058467, 4.0000415, 1.2651459],
        )?;
        assert_ten_steps(
            |p| AdamW::new(p, 0.1),
            [0.2996622594609135, -0.9964844002515938, 1.9826000035912872, 0.7945430603246831],
            [0.29966226, -0.99648458, 1.9826006, 0.79454273],
        )?;
        assert_ten_steps(
            |p| AdamW::new(p, 0.1).weight_decay(0.5).amsgrad().betas(0.5, 0.6),
            [0.47956099449255163, -0.472189802441351, 1.0858105878740199, 0.8308705939085999],
            [0.479561, -0.47218978, 1.0858103, 0.83087069],
        )?;
        Ok(())
    }

    #[test]
    fn settings_out_of_range_are_refused() -> Result<()> {
        let w = tensor![1.0].requires_grad_()?;
        let message = |mut optimizer: Adam| optimizer.step().unwrap_err().to_string();
        assert!(message(Adam::new([&w], -1.0)).contains("learning rate"));
        assert!(message(Adam::new([&w], 0.1).betas(1.0, 0.9)).contains("first beta is 1"));
        assert!(message(Adam::new([&w], 0.1).betas(0.9, -0.1)).contains("second beta is -0.1"));
        assert!(message(Adam::new([&w], 0.1).epsilon(-1.0)).contains("epsilon"));
        assert!(message(Adam::new([&w], 0.1).weight_decay(-1.0)).contains("weight_decay"));
        Ok(())
    }
}
