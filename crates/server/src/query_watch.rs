//! Telling of database requests that take long (`latency_limit_db`).

use module_api::{Host, LogSettings, RateLimiter, log_outside};
use std::sync::Arc;
use std::time::{Duration, Instant};
use telemetry::{LogLevel, Logger};

/// How many octets of a request are told.
const SHOWN: usize = 50;

/// Tells of requests that take longer than a limit.
pub struct QueryWatch {
    limit: Duration,
    level: LogLevel,
    host: Arc<dyn Host>,
    logger: Arc<Logger>,
    telling: RateLimiter,
}

impl QueryWatch {
    /// One, where the configuration has a limit.
    pub fn wanted(
        settings: &LogSettings,
        host: &Arc<dyn Host>,
        logger: &Arc<Logger>,
    ) -> Option<Arc<QueryWatch>> {
        let limit = u64::try_from(settings.latency_limit_query).ok()?;
        (limit > 0).then(|| {
            Arc::new(QueryWatch {
                limit: Duration::from_micros(limit),
                level: LogLevel::from_number(settings.latency_level),
                host: host.clone(),
                logger: logger.clone(),
                telling: RateLimiter::new(10, Duration::from_secs(1)),
            })
        })
    }
}

impl db::Watch for QueryWatch {
    fn now(&self) -> Instant {
        self.host.now()
    }

    fn answered(&self, sql: &str, took: Duration) {
        let time = self.host.unix_time();
        if took > self.limit
            && let Some(others) = self.telling.admit(time)
        {
            let shown: String = sql.chars().take(SHOWN).collect();
            let took = took.as_micros();
            log_outside(
                &self.logger,
                self.level,
                time,
                format_args!(
                    "query execution too long [{took} us] for [{shown}...], and {others} more since this was said last"
                ),
            );
        }
    }
}
