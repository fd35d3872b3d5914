//! Why what came in is no event that can be read: each is a counter, and none is a log line.

/// Why a payload gave no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Reason {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// Longer than [`super::MAX_EVENT`].
    #[error("it is longer than an event can be")]
    Oversized,
    /// None of the formats begins like it.
    #[error("it is in no format that carries Windows events")]
    Unrecognised,
    /// It ends before the event does.
    #[error("it ends before the event does")]
    Truncated,
    /// It breaks the grammar of its format.
    #[error("it breaks the grammar of its format")]
    Malformed,
    /// Elements inside elements beyond [`super::MAX_DEPTH`].
    #[error("its elements are nested too deep")]
    Depth,
    /// A document type declaration, which no event has and every entity bomb begins with.
    #[error("it declares a document type")]
    DocumentType,
    /// A reference to an entity that XML does not predefine.
    #[error("it refers to an entity that XML does not have")]
    Entity,
    /// More named data than [`super::MAX_DATA`].
    #[error("it has more data than an event can have")]
    Data,
    /// No event identifier, or none that is a number.
    #[error("it has no event identifier")]
    Id,
}

impl Reason {
    /// Every reason, in the order of [`Self::index`].
    pub const ALL: [Self; 10] = [
        Self::Empty,
        Self::Oversized,
        Self::Unrecognised,
        Self::Truncated,
        Self::Malformed,
        Self::Depth,
        Self::DocumentType,
        Self::Entity,
        Self::Data,
        Self::Id,
    ];

    /// The name of its counter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Oversized => "oversized",
            Self::Unrecognised => "unrecognised",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::Depth => "depth",
            Self::DocumentType => "document_type",
            Self::Entity => "entity",
            Self::Data => "data",
            Self::Id => "id",
        }
    }

    /// Position in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}
