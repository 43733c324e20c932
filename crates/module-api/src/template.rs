//! Texts with variables in them, compiled at load.

use crate::call::Call;
use crate::pvar::BoundVariable;
use crate::value::Value;
use stdx::Text;

/// A text with variables in it.
#[derive(Default)]
pub struct Template {
    /// Texts and variables in turn.
    pub pieces: Box<[TemplatePiece]>,
}

/// A part of a [`Template`].
pub enum TemplatePiece {
    /// Text as it is.
    Text(Text),
    /// A variable to be replaced by its value.
    Variable(BoundVariable),
}

impl Template {
    /// A template of constant text.
    pub fn constant(text: impl Into<Text>) -> Template {
        let text = text.into();
        let pieces: Box<[_]> = if text.is_empty() {
            Box::new([])
        } else {
            Box::new([TemplatePiece::Text(text)])
        };
        Template { pieces }
    }

    /// The text, when there is no variable in it.
    pub fn as_constant(&self) -> Option<Text> {
        match &*self.pieces {
            [] => Some(Text::default()),
            [TemplatePiece::Text(text)] => Some(text.clone()),
            _ => None,
        }
    }

    /// The variable, when there is nothing else.
    pub fn as_variable(&self) -> Option<&BoundVariable> {
        match &*self.pieces {
            [TemplatePiece::Variable(variable)] => Some(variable),
            _ => None,
        }
    }

    /// The text with every variable expanded; null shows as `<null>`.
    pub fn text(&self, call: &mut Call) -> Text {
        match &*self.pieces {
            [] => Text::default(),
            [TemplatePiece::Text(text)] => text.clone(),
            [TemplatePiece::Variable(variable)] => match variable.get(call) {
                Value::Null if !variable.is_transformed() => Text::from_static("<null>"),
                value => value.into_text(),
            },
            _ => {
                let mut out = std::mem::take(&mut call.scratch);
                out.clear();
                self.append_to(call, &mut out);
                let text = Text::from(out.as_slice());
                call.scratch = out;
                text
            }
        }
    }

    /// The text with every variable expanded; none when one of them has no value.
    pub fn given(&self, call: &mut Call) -> Option<Text> {
        let given = |piece: &TemplatePiece, call: &mut Call| match piece {
            TemplatePiece::Text(text) => Some(text.clone()),
            TemplatePiece::Variable(variable) => match variable.get(call) {
                Value::Null => None,
                value => Some(value.into_text()),
            },
        };
        if let [only] = &*self.pieces {
            return given(only, call);
        }
        let mut out = Vec::new();
        for piece in &self.pieces {
            out.extend_from_slice(&given(piece, call)?);
        }
        Some(Text::from(out))
    }

    /// Appends the expanded text.
    pub fn append_to(&self, call: &mut Call, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                TemplatePiece::Text(text) => out.extend_from_slice(text),
                TemplatePiece::Variable(variable) => variable.append_to(call, out),
            }
        }
    }

    /// The value: of the variable when there is nothing else, else the expanded text.
    pub fn value(&self, call: &mut Call) -> Value {
        match self.as_variable() {
            Some(variable) => variable.get(call),
            None => Value::Str(self.text(call)),
        }
    }
}

/// The index in a variable's brackets.
pub enum IndexSource {
    /// There are no brackets.
    None,
    /// `[3]`, `[-1]`
    At(i64),
    /// `[*]`
    All,
    /// `[$var(i)]`
    Variable(Box<BoundVariable>),
}

/// An index as it is at one use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// There are no brackets.
    None,
    /// A position; negative from the end.
    At(i64),
    /// All.
    All,
}

impl IndexSource {
    /// The index now. A variable that holds no integer counts as 0.
    #[inline]
    pub fn get(&self, call: &mut Call) -> Index {
        match self {
            IndexSource::None => Index::None,
            IndexSource::At(position) => Index::At(*position),
            IndexSource::All => Index::All,
            IndexSource::Variable(variable) => Index::At(variable.get(call).to_int().unwrap_or(0)),
        }
    }
}
