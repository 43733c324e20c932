//! Why a database did not do what it was asked to.

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The script, or the module that made the statement.
    Statement,
    /// Whoever set the database up.
    Operator,
    /// The database itself, which may recover.
    Database,
}

/// Why a request was not carried out. None of the texts holds a value of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another holds a lock, longer than we wait.
    #[error("the database is locked")]
    Busy,
    /// No answer came in time. Whether the request was carried out is not known.
    #[error("the database did not answer in time")]
    TimedOut,
    /// So many requests wait already that no more is taken.
    #[error("too many requests wait for the database")]
    QueueFull,
    /// There is no room for more data.
    #[error("the database is full")]
    Full,
    /// The result is larger than what is read at once.
    #[error("the result has too many rows")]
    TooManyRows,
    /// The database cannot be written.
    #[error("the database is read-only")]
    ReadOnly,
    /// The database cannot be reached or opened, or is damaged.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A row contradicts a constraint of its table, such as a unique key.
    #[error("a constraint forbids it: {0}")]
    Constraint(String),
    /// The statement is wrong: unknown table, bad syntax.
    #[error("{0}")]
    Statement(String),
    /// The engine cannot do that.
    #[error("the database cannot do that: {0}")]
    Unsupported(&'static str),
}

impl Error {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Error::Busy | Error::TimedOut | Error::QueueFull | Error::Unavailable(_) => {
                Fault::Database
            }
            Error::Full | Error::ReadOnly => Fault::Operator,
            Error::TooManyRows
            | Error::Constraint(_)
            | Error::Statement(_)
            | Error::Unsupported(_) => Fault::Statement,
        }
    }
}
