//! DNS: from a URI to places (RFC 3263), with a cache; questions go out on the runtime for back ends.

use crate::real::LazyRuntime;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use locate::{
    Answer, CacheSettings, Destination, DnsCache, Families, Kind, Locator, Preference, Query,
    Record, Settings, Start, Step, TransportPreferences, TransportSet,
};
use module_api::{
    BoxFuture, CoreSettings, DnsSettings, Located, NextHop, RateLimiter, Text, log_outside,
};
use net::ListenSpec;
use parking_lot::{Mutex, RwLock};
use sip::Uri;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use stdx::hash::Seed;
use telemetry::{LogLevel, Logger};

/// The most places given for one URI.
const PLACES_MAX: usize = 16;

/// The most questions that are being asked at a time. More are answered as failed.
const QUESTIONS_MAX: usize = 1024;

/// What resolves the names of next hops.
#[derive(Clone)]
pub struct Resolver(Arc<Inner>);

struct Inner {
    runtime: Arc<LazyRuntime>,
    logger: Arc<Logger>,
    telling: RateLimiter,
    manner: RwLock<Arc<Manner>>,
    /// The transports listened on.
    transports: TransportSet,
    /// Whether an IPv6 address is listened on.
    has_ipv6: bool,
    cache: Mutex<DnsCache>,
    /// What asks the name servers: made when the first question is asked, and none where that failed.
    client: Mutex<Option<Option<Arc<TokioResolver>>>>,
    asking: tokio::sync::Semaphore,
    random: Mutex<fastrand::Rng>,
    /// Names that stood for nothing.
    failed: AtomicU64,
    /// Questions whose answer took long.
    slow: AtomicU64,
}

/// How names are resolved. It may change.
struct Manner {
    settings: Settings,
    dns: DnsSettings,
}

impl Resolver {
    /// A resolver with the system's name servers. `seed` decides between SRV records and keeps the cache's order unknown
    /// to strangers.
    pub fn new(
        runtime: Arc<LazyRuntime>,
        logger: Arc<Logger>,
        settings: &CoreSettings,
        listens: &[ListenSpec],
        seed: u64,
    ) -> Resolver {
        let mut random = fastrand::Rng::with_seed(seed);
        let cache = DnsCache::new(cache_settings(&settings.dns), Seed::new(random.u64(..)));
        let transports = TransportSet::of(listens.iter().map(|socket| socket.transport));
        let has_ipv6 = listens.iter().any(|socket| socket.address.is_ipv6());
        Resolver(Arc::new(Inner {
            runtime,
            logger,
            telling: RateLimiter::new(10, Duration::from_secs(1)),
            manner: RwLock::new(Arc::new(Manner {
                settings: locate_settings(&settings.dns, transports, has_ipv6),
                dns: settings.dns.clone(),
            })),
            transports,
            has_ipv6,
            cache: Mutex::new(cache),
            client: Mutex::new(None),
            asking: tokio::sync::Semaphore::new(QUESTIONS_MAX),
            random: Mutex::new(random),
            failed: AtomicU64::new(0),
            slow: AtomicU64::new(0),
        }))
    }

    /// Resolves names in another manner from now on. What the cache has stays as it is.
    pub fn change(&self, dns: &DnsSettings) {
        let inner = &self.0;
        let settings = locate_settings(dns, inner.transports, inner.has_ipv6);
        let dns = dns.clone();
        inner.cache.lock().set_settings(cache_settings(&dns));
        *inner.manner.write() = Arc::new(Manner { settings, dns });
    }

    /// Has the system's configuration of name servers read again before the next question.
    pub fn forget_servers(&self) {
        *self.0.client.lock() = None;
    }

    /// The places a URI stands for.
    pub fn locate(&self, uri: &Text) -> Located {
        let Ok(uri) = Uri::parse(uri) else {
            return Located::Ready(Vec::new());
        };
        let seed = self.0.random.lock().u64(..);
        let manner = self.0.manner();
        let mut locator = match locate::start(&uri, &manner.settings, seed) {
            Ok(Start::Ready(destination)) => return Located::Ready(vec![hop(destination)]),
            Ok(Start::Resolve(locator)) => locator,
            Err(_) => return Located::Ready(Vec::new()),
        };
        let mut hops = Vec::new();
        let question = self.advance(&mut locator, &mut hops);
        let Some(mut query) = question else {
            return Located::Ready(self.counted(hops));
        };
        let resolver = self.clone();
        Located::Later(Box::pin(async move {
            loop {
                let answer = resolver.ask(&query).await;
                let now = Instant::now();
                locator.answer(answer, &mut resolver.0.cache.lock(), now);
                match resolver.advance(&mut locator, &mut hops) {
                    Some(next) => query = next,
                    None => return resolver.counted(hops),
                }
            }
        }))
    }

    /// How many names have stood for nothing since the start.
    pub fn failed(&self) -> u64 {
        self.0.failed.load(Ordering::Relaxed)
    }

    /// How many questions took longer than `dns_slow_query_ms` since the start.
    pub fn slow(&self) -> u64 {
        self.0.slow.load(Ordering::Relaxed)
    }

    fn counted(&self, hops: Vec<NextHop>) -> Vec<NextHop> {
        if hops.is_empty() {
            self.0.failed.fetch_add(1, Ordering::Relaxed);
        }
        hops
    }

    /// Collects places until there are enough, or a question has to be asked for the next one.
    fn advance(&self, locator: &mut Locator, hops: &mut Vec<NextHop>) -> Option<Query> {
        let now = Instant::now();
        let wanted = match self.0.manner().settings.has_failover {
            true => PLACES_MAX,
            false => 1,
        };
        let mut cache = self.0.cache.lock();
        while hops.len() < wanted {
            match locator.next(&mut cache, now) {
                Step::Destination(destination) => hops.push(hop(destination)),
                Step::Ask(query) => return Some(query),
                Step::End(_) => return None,
            }
        }
        None
    }

    /// Puts a question to the name servers, whatever the cache knows.
    pub fn ask(&self, query: &Query) -> BoxFuture<Answer> {
        let (resolver, query) = (self.clone(), query.clone());
        Box::pin(async move {
            let inner = &resolver.0;
            let Ok(_permit) = inner.asking.try_acquire() else {
                return Answer::Failed;
            };
            let (Some(client), Some(name)) = (inner.client(), dns_name(&query)) else {
                return Answer::Failed;
            };
            let kind = match query.kind {
                Kind::A => RecordType::A,
                Kind::Aaaa => RecordType::AAAA,
                Kind::Srv => RecordType::SRV,
                Kind::Naptr => RecordType::NAPTR,
                Kind::Ptr => RecordType::PTR,
            };
            let asked = Instant::now();
            let found = client.lookup(name, kind).await;
            inner.tell_if_slow(&query, asked.elapsed());
            match found {
                Ok(found) => {
                    let records = found.answers().iter();
                    Answer::Records(
                        records
                            .filter_map(|one| Some((record(&one.data)?, one.ttl)))
                            .collect(),
                    )
                }
                Err(error) if error.is_no_records_found() => Answer::NotFound,
                Err(_) => Answer::Failed,
            }
        })
    }

    /// Hands the cache to `work`; false when the configuration wants none.
    pub fn with_cache(&self, work: &mut dyn FnMut(&mut DnsCache, Instant)) -> bool {
        let manner = self.0.manner();
        if !manner.dns.cache_init || !manner.dns.use_cache {
            return false;
        }
        work(&mut self.0.cache.lock(), Instant::now());
        true
    }
}

impl Inner {
    fn manner(&self) -> Arc<Manner> {
        self.manner.read().clone()
    }

    /// Tells the operator of a question whose answer took long (`dns_slow_query_ms`).
    fn tell_if_slow(&self, query: &Query, took: Duration) {
        let limit = u64::try_from(self.manner().dns.slow_query_ms).unwrap_or(0);
        if limit == 0 || took <= Duration::from_millis(limit) {
            return;
        }
        self.slow.fetch_add(1, Ordering::Relaxed);
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        if let Some(suppressed) = self.telling.admit(time) {
            let (name, kind, took) = (&query.name, query.kind, took.as_millis());
            log_outside(
                &self.logger,
                LogLevel::Warning,
                time,
                format_args!("the DNS took {took} ms to answer for {name} ({kind:?}){suppressed}"),
            );
        }
    }

    /// What asks the name servers, made when the first question is asked.
    fn client(&self) -> Option<Arc<TokioResolver>> {
        let mut client = self.client.lock();
        let made = client.get_or_insert_with(|| {
            let (config, options) = hickory_resolver::system_conf::read_system_conf().ok()?;
            self.build(config, options).map(Arc::new)
        });
        made.clone()
    }

    fn build(&self, config: ResolverConfig, mut options: ResolverOpts) -> Option<TokioResolver> {
        let _context = self.runtime.handle()?.enter();
        let config = self.fitting(config, &mut options);
        let provider = TokioRuntimeProvider::default();
        let mut builder = TokioResolver::builder_with_config(config, provider);
        *builder.options_mut() = options;
        builder.build().ok()
    }

    /// The system's configuration with what the operator wants otherwise.
    fn fitting(&self, config: ResolverConfig, options: &mut ResolverOpts) -> ResolverConfig {
        // The cache is ours: its records can be listed, added, and marked as not answering.
        options.cache_size = 0;
        let dns = &self.manner().dns;
        let count = |value: i64| usize::try_from(value).ok().filter(|count| *count > 0);
        if let Some(seconds) = dns.retransmit_seconds.and_then(count) {
            options.timeout = Duration::from_secs(seconds as u64);
        }
        if let Some(attempts) = dns.retransmits.and_then(count) {
            options.attempts = attempts;
        }
        let (domain, search, servers) = config.into_parts();
        let most = dns.servers_max.and_then(count).unwrap_or(usize::MAX);
        let servers: Vec<NameServerConfig> = servers.into_iter().take(most).collect();
        match dns.use_search_list {
            true => ResolverConfig::from_parts(domain, search, servers),
            false => ResolverConfig::from_parts(None, Vec::new(), servers),
        }
    }
}

fn hop(destination: Destination) -> NextHop {
    NextHop {
        transport: destination.transport,
        address: destination.address,
    }
}

/// The name as a question has it. Names with a dot are whole: nothing is appended to them.
fn dns_name(query: &Query) -> Option<Name> {
    let mut name = Name::from_ascii(query.name.to_str()?).ok()?;
    name.set_fqdn(query.name.contains(&b'.'));
    Some(name)
}

fn record(data: &RData) -> Option<Record> {
    let name = |name: &Name| Text::from(name.to_ascii().trim_end_matches('.').to_ascii_lowercase());
    Some(match data {
        RData::A(address) => Record::v4(address.0),
        RData::AAAA(address) => Record::v6(address.0),
        RData::SRV(service) => Record::Srv {
            priority: service.priority,
            weight: service.weight,
            port: service.port,
            target: name(&service.target),
        },
        RData::NAPTR(pointer) => Record::Naptr {
            order: pointer.order,
            preference: pointer.preference,
            flags: Text::from(&*pointer.flags),
            service: Text::from(&*pointer.services),
            regexp: Text::from(&*pointer.regexp),
            replacement: name(&pointer.replacement),
        },
        RData::PTR(target) => Record::Name(name(&target.0)),
        _ => return None,
    })
}

fn locate_settings(dns: &DnsSettings, transports: TransportSet, has_ipv6: bool) -> Settings {
    let preference = |value: i64| i32::try_from(value).unwrap_or(-1);
    Settings {
        tries_naptr: dns.try_naptr,
        ignores_naptr_order: dns.naptr_ignore_rfc,
        balances_srv: dns.srv_load_balancing,
        has_failover: dns.use_failover,
        families: Families::from_params(dns.try_ipv6, dns.cache_flags, has_ipv6),
        preferences: TransportPreferences {
            udp: preference(dns.udp_preference),
            tcp: preference(dns.tcp_preference),
            tls: preference(dns.tls_preference),
            sctp: preference(dns.sctp_preference),
        },
        transports,
    }
}

fn cache_settings(dns: &DnsSettings) -> CacheSettings {
    let number = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
    CacheSettings {
        is_on: dns.cache_init && dns.use_cache,
        bytes_max: usize::try_from(dns.cache_kib).unwrap_or(0) * 1024,
        ttl_min: number(dns.cache_ttl_min),
        ttl_max: number(dns.cache_ttl_max),
        negative_ttl: number(dns.cache_negative_ttl),
        may_drop_unexpired: dns.cache_drop_valid,
        preference: Preference::from_param(dns.cache_record_preference),
    }
}

#[cfg(test)]
mod tests;
