//! Owns the models of a tree as those who judge a change ask for them: most changes can be judged without, and to make the models of all
//! architectures takes longer than all else.

use crate::kconfig::model::Model;

/// The models of a tree.
pub trait Models: Sync {
    /// Those of all architectures, made now if they have not been.
    fn all(&self) -> Vec<&Model>;

    /// Whether some architecture declares a symbol; no model is made for that.
    fn declares(&self, name: &str) -> bool;
}

impl Models for Vec<&Model> {
    fn all(&self) -> Vec<&Model> {
        self.clone()
    }

    fn declares(&self, name: &str) -> bool {
        self.iter().any(|model| declares(model, name))
    }
}

/// Whether a model declares a symbol.
pub(in crate::check) fn declares(model: &Model, name: &str) -> bool {
    let symbol = model.find_unnoted(name);
    symbol.is_some_and(|symbol| model.is_defined(symbol))
}
