//! The clocks and the log, for what is done outside any call.

use crate::rows::Moment;
use module_api::{Host, LogLevel, Logger, Runtime, log_outside};
use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The clocks and the log of a server.
#[derive(Clone)]
pub struct Outside {
    host: Arc<dyn Host>,
    logger: Arc<Logger>,
}

impl Outside {
    /// Those of a runtime.
    pub fn of(runtime: &Runtime) -> Outside {
        Outside {
            host: runtime.host.clone(),
            logger: runtime.logger.clone(),
        }
    }

    /// The time on both clocks.
    pub fn now(&self) -> Moment {
        Moment {
            instant: self.host.now(),
            unix: self.host.unix_time(),
        }
    }

    /// Tells the operator what went wrong.
    pub fn report(&self, message: fmt::Arguments<'_>) {
        log_outside(
            &self.logger,
            LogLevel::Error,
            self.host.unix_time(),
            message,
        );
    }
}

/// The time where there is no server yet.
pub fn time_of_system() -> Moment {
    Moment {
        instant: Instant::now(),
        unix: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
    }
}
