//! Telling of database requests that take long (`latency_limit_db`).

use module_api::{Host, LogSettings, RateLimiter, log_outside};
use std::sync::Arc;
use std::time::{Duration, Instant};
use telemetry::{LogLevel, Logger};

/// How many octets of a request are told.
const SHOWN: usize = 50;

/// Tells of requests that take longer than a limit.
pub struct QueryWatch {
    settings: LogSettings,
    host: Arc<dyn Host>,
    logger: Arc<Logger>,
    telling: RateLimiter,
}

impl QueryWatch {
    /// One with the limit and the level of these settings, which may change.
    pub fn new(
        settings: &LogSettings,
        host: &Arc<dyn Host>,
        logger: &Arc<Logger>,
    ) -> Arc<QueryWatch> {
        Arc::new(QueryWatch {
            settings: settings.clone(),
            host: host.clone(),
            logger: logger.clone(),
            telling: RateLimiter::new(10, Duration::from_secs(1)),
        })
    }
}

impl db::Watch for QueryWatch {
    fn now(&self) -> Instant {
        self.host.now()
    }

    fn answered(&self, sql: &str, took: Duration) {
        let limit = u64::try_from(self.settings.latency_limit_query.get()).unwrap_or(0);
        if limit == 0 || took <= Duration::from_micros(limit) {
            return;
        }
        let time = self.host.unix_time();
        if let Some(suppressed) = self.telling.admit(time) {
            let shown: String = sql.chars().take(SHOWN).collect();
            let took = took.as_micros();
            log_outside(
                &self.logger,
                LogLevel::from_number(self.settings.latency_level.get()),
                time,
                format_args!("query execution too long [{took} us] for [{shown}...]{suppressed}"),
            );
        }
    }
}
