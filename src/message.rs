//! Messages that name what a caller can give, in the caller's own words: a flag of the command line, a keyword of another language.

use std::fmt;

/// Something a caller can ask for or leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Term {
    /// An adapter, by a part of its name.
    Adapter,
    /// A list of the adapters.
    Adapters,
    /// The built-in CPU engine.
    CpuEngine,
    /// How many neurons a network is scaled to, or how many a file of another program has.
    Neurons,
    /// A folder with data that a scenario needs.
    Data,
    /// The factor it is scaled by.
    Scale,
    /// Synapses per neuron.
    Outdegree,
    /// Synapses that are evaluated anew for every spike.
    ProceduralSynapses,
    /// What is recorded.
    Record,
    /// The file weights are written to.
    Weights,
    /// Where the analysis of a recording begins.
    FromMs,
    /// Where it ends.
    UntilMs,
    /// The meter that decides.
    Meter,
    /// A list of the meters.
    Meters,
    /// A command that prints watts or joules.
    MeterCommand,
    /// A log of an external meter.
    MeterCsv,
    /// The user's word for the power.
    Watts,
    /// The profile for figures to quote.
    StandardProfile,
}

impl Term {
    /// All of them.
    pub const ALL: [Term; 18] = [
        Term::Adapter,
        Term::Adapters,
        Term::CpuEngine,
        Term::Neurons,
        Term::Data,
        Term::Scale,
        Term::Outdegree,
        Term::ProceduralSynapses,
        Term::Record,
        Term::Weights,
        Term::FromMs,
        Term::UntilMs,
        Term::Meter,
        Term::Meters,
        Term::MeterCommand,
        Term::MeterCsv,
        Term::Watts,
        Term::StandardProfile,
    ];

    /// The library's word.
    pub fn word(self) -> &'static str {
        match self {
            Term::Adapter => "adapter",
            Term::Adapters => "the list of adapters",
            Term::CpuEngine => "the CPU engine",
            Term::Neurons => "neurons",
            Term::Data => "data",
            Term::Scale => "scale",
            Term::Outdegree => "outdegree",
            Term::ProceduralSynapses => "procedural synapses",
            Term::Record => "record",
            Term::Weights => "weights",
            Term::FromMs => "from_ms",
            Term::UntilMs => "until_ms",
            Term::Meter => "meter",
            Term::Meters => "the list of meters",
            Term::MeterCommand => "a meter command",
            Term::MeterCsv => "a meter log",
            Term::Watts => "watts",
            Term::StandardProfile => "the standard profile",
        }
    }
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text.
    Text(String),
    /// What a caller can give.
    Term(Term),
}

impl From<&str> for Piece {
    fn from(text: &str) -> Self {
        Piece::Text(text.to_owned())
    }
}

impl From<String> for Piece {
    fn from(text: String) -> Self {
        Piece::Text(text)
    }
}

impl From<Term> for Piece {
    fn from(term: Term) -> Self {
        Piece::Term(term)
    }
}

/// A message; [`Message::in_words_of`] says it as a caller would. Its `Display` takes the library's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message(Vec<Piece>);

impl Message {
    /// A message of pieces.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self(pieces.into_iter().collect())
    }

    /// Adds another message.
    pub fn push(&mut self, more: impl Into<Message>) {
        self.0.extend(more.into().0);
    }

    /// The message with a caller's words for what it can give.
    pub fn in_words_of(&self, caller: &dyn Fn(Term) -> String) -> String {
        let words = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Term(term) => caller(*term),
        };
        self.0.iter().map(words).collect()
    }
}

impl<T: Into<Piece>> From<T> for Message {
    fn from(piece: T) -> Self {
        Self(vec![piece.into()])
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words_of(&|term| term.word().to_owned()))
    }
}

/// A [`Message`] of texts and [`Term`]s.
#[macro_export]
macro_rules! message {
    ($($piece:expr),+ $(,)?) => {
        $crate::Message::new([$($crate::Piece::from($piece)),+])
    };
}
