//! From a target to destinations, one question at a time.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use sip::{Transport, parse_address};
use stdx::Text;

use crate::order::{Random, Server, Service, order_naptr, order_srv, service_of};
use crate::record::{RECORDS_MAX, canonical_name};
use crate::{Answer, Cached, Destination, DnsCache, Query, Record, Settings, Target};

/// Questions asked for one URI; a hostile zone gets no more.
const QUESTIONS_MAX: usize = 40;
/// Destinations given for one URI.
const DESTINATIONS_MAX: usize = 64;
/// Names that lead to other names, in a row.
const ALIASES_MAX: u8 = 8;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send there. Should that fail, ask the locator again.
    Destination(Destination),
    /// Find this out and call [`Locator::answer`].
    Ask(Query),
    /// There is nothing more.
    End(End),
}

/// Why there is nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All destinations were given.
    Exhausted,
    /// The name leads to no destination.
    NotFound,
    /// No destination, and at least one question was not answered.
    Failed,
}

/// Finds the destinations of one target, best first.
///
/// Call [`Locator::next`] for each destination wanted. It looks into the cache and
/// asks for what is not there; later destinations are only looked for when they
/// are wanted.
#[derive(Debug)]
pub struct Locator {
    target: Target,
    settings: Settings,
    random: Random,
    /// What is left to do, last item first.
    work: Vec<Work>,
    asked: Option<Query>,
    /// The answer to `asked`, which the cache need not hold.
    answer: Option<Answer>,
    questions: usize,
    given: Vec<Destination>,
    /// The record behind the latest destination.
    latest: Option<(Query, IpAddr)>,
    has_failed: bool,
}

#[derive(Debug)]
enum Work {
    /// The services that the domain names itself (RFC 3263 §4.1).
    Naptr { name: Text, aliases: u8 },
    /// The services that one may guess.
    ServicesUnlessFound,
    /// The host itself, at the default port.
    HostUnlessFound,
    /// The servers of a service (RFC 3263 §4.2).
    Srv {
        name: Text,
        transport: Transport,
        aliases: u8,
    },
    /// The addresses of a host: those of the first of `kinds`, then of the rest.
    Host(HostWork),
    /// An address that was found.
    Address {
        destination: Destination,
        query: Option<Query>,
    },
}

/// The addresses of a host, to be asked for.
#[derive(Debug)]
struct HostWork {
    server: Server,
    transport: Transport,
    /// The kinds of records that are still to be asked for.
    kinds: &'static [crate::Kind],
    /// How many aliases have led here.
    aliases: u8,
}

/// What is known of a query.
enum Known {
    Records(Vec<Record>),
    Alias(Text),
    Nothing,
    Unknown,
}

impl Locator {
    /// A locator for `target`. `seed` decides between SRV records by weight.
    pub fn new(target: Target, settings: Settings, seed: u64) -> Locator {
        let mut work = Vec::new();
        match (target.port, target.transport) {
            (Some(port), transport) => {
                let server = Server {
                    host: target.host.clone(),
                    port,
                };
                let transport = transport.unwrap_or_else(|| settings.default_transport());
                work.push(host(server, transport, &settings));
            }
            (None, Some(transport)) => {
                work.push(Work::HostUnlessFound);
                work.extend(service_of(&target.host, transport).map(srv));
            }
            (None, None) => {
                work.push(Work::HostUnlessFound);
                work.push(Work::ServicesUnlessFound);
                if settings.tries_naptr {
                    work.push(Work::Naptr {
                        name: target.host.clone(),
                        aliases: 0,
                    });
                }
            }
        }
        Locator {
            target,
            settings,
            random: Random::new(seed),
            work,
            asked: None,
            answer: None,
            questions: 0,
            given: Vec::new(),
            latest: None,
            has_failed: false,
        }
    }

    /// What is located.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The next destination, or the question to answer before.
    pub fn next(&mut self, cache: &mut DnsCache, now: Instant) -> Step {
        while let Some(work) = self.work.pop() {
            let step = match work {
                Work::Address { destination, query } => self.give(destination, query),
                Work::ServicesUnlessFound => {
                    self.guess_services();
                    None
                }
                Work::HostUnlessFound => {
                    self.guess_host();
                    None
                }
                Work::Naptr { name, aliases } => self.naptr(name, aliases, cache, now),
                Work::Srv {
                    name,
                    transport,
                    aliases,
                } => self.srv(name, transport, aliases, cache, now),
                Work::Host(work) => self.host(work, cache, now),
            };
            if let Some(step) = step {
                return step;
            }
        }
        Step::End(match (self.given.is_empty(), self.has_failed) {
            (false, _) => End::Exhausted,
            (true, true) => End::Failed,
            (true, false) => End::NotFound,
        })
    }

    /// Takes the answer to the question asked last and puts it into the cache.
    pub fn answer(&mut self, answer: Answer, cache: &mut DnsCache, now: Instant) {
        if let Some(query) = &self.asked {
            cache.store(query, &answer, now);
            self.has_failed |= answer == Answer::Failed;
            self.answer = Some(answer);
        }
    }

    /// Remembers until `until` that the destination given last does not answer:
    /// while the cache knows its record, others of the same name come first.
    pub fn mark_down(&self, cache: &mut DnsCache, until: Instant) {
        if let Some((query, address)) = &self.latest {
            cache.mark_down(query, *address, until);
        }
    }

    fn give(&mut self, destination: Destination, query: Option<Query>) -> Option<Step> {
        if self.given.contains(&destination) {
            return None;
        }
        self.given.push(destination);
        self.latest = query.map(|query| (query, destination.address.ip()));
        if !self.settings.has_failover || self.given.len() >= DESTINATIONS_MAX {
            self.work.clear();
        }
        Some(Step::Destination(destination))
    }

    /// COMPAT: without failover and NAPTR only the default transport's SRV records
    /// are looked at; with either, those of all our transports (observed on 5.6.3).
    fn guess_services(&mut self) {
        if !self.given.is_empty() {
            return;
        }
        let transports = if self.settings.has_failover || self.settings.tries_naptr {
            self.settings.transports_by_preference()
        } else {
            vec![self.settings.default_transport()]
        };
        let services = transports.into_iter().rev();
        self.work.extend(
            services
                .filter_map(|one| service_of(&self.target.host, one))
                .map(srv),
        );
    }

    /// COMPAT: also when there were SRV records but no address for any of them
    /// (observed on 5.6.3).
    fn guess_host(&mut self) {
        if !self.given.is_empty() {
            return;
        }
        let transport = self
            .target
            .transport
            .unwrap_or_else(|| self.settings.default_transport());
        let server = Server {
            host: self.target.host.clone(),
            port: transport.default_port(),
        };
        self.work.push(host(server, transport, &self.settings));
    }

    fn naptr(
        &mut self,
        name: Text,
        aliases: u8,
        cache: &mut DnsCache,
        now: Instant,
    ) -> Option<Step> {
        let query = Query {
            name,
            kind: crate::Kind::Naptr,
        };
        match self.known(&query, cache, now) {
            Known::Unknown => {
                self.work.push(Work::Naptr {
                    name: query.name.clone(),
                    aliases,
                });
                return Some(self.ask(query));
            }
            Known::Alias(name) if aliases < ALIASES_MAX => {
                self.work.push(Work::Naptr {
                    name,
                    aliases: aliases + 1,
                });
            }
            Known::Records(records) => {
                let services = order_naptr(&records, &self.settings);
                self.work.extend(services.into_iter().rev().map(srv));
            }
            Known::Alias(_) | Known::Nothing => {}
        }
        None
    }

    fn srv(
        &mut self,
        name: Text,
        transport: Transport,
        aliases: u8,
        cache: &mut DnsCache,
        now: Instant,
    ) -> Option<Step> {
        let query = Query {
            name,
            kind: crate::Kind::Srv,
        };
        match self.known(&query, cache, now) {
            Known::Unknown => {
                self.work.push(Work::Srv {
                    name: query.name.clone(),
                    transport,
                    aliases,
                });
                return Some(self.ask(query));
            }
            Known::Alias(name) if aliases < ALIASES_MAX => {
                self.work.push(Work::Srv {
                    name,
                    transport,
                    aliases: aliases + 1,
                });
            }
            Known::Records(records) => {
                let servers = order_srv(&records, self.settings.balances_srv, &mut self.random);
                let settings = self.settings;
                let hosts = servers.into_iter().rev();
                self.work
                    .extend(hosts.map(|server| host(server, transport, &settings)));
            }
            Known::Alias(_) | Known::Nothing => {}
        }
        None
    }

    fn host(&mut self, work: HostWork, cache: &mut DnsCache, now: Instant) -> Option<Step> {
        let (&kind, rest) = work.kinds.split_first()?;
        let (transport, port) = (work.transport, work.server.port);
        let to = |address| Destination {
            transport,
            address: SocketAddr::new(address, port),
        };
        // SRV records may name an address, although RFC 2782 forbids it.
        if let Some(address) = parse_address(&work.server.host) {
            if self.settings.families.allows(address) {
                self.work.push(Work::Address {
                    destination: to(address),
                    query: None,
                });
            }
            return None;
        }
        let query = Query {
            name: work.server.host.clone(),
            kind,
        };
        match self.known(&query, cache, now) {
            Known::Unknown => {
                self.work.push(Work::Host(work));
                return Some(self.ask(query));
            }
            Known::Alias(name) if work.aliases < ALIASES_MAX => {
                self.work.push(Work::Host(HostWork {
                    server: Server { host: name, port },
                    aliases: work.aliases + 1,
                    ..work
                }));
            }
            Known::Alias(_) => {}
            Known::Records(records) => {
                // Below what is found, so that the other kinds are asked for when that is used up.
                self.work.push(Work::Host(HostWork {
                    kinds: rest,
                    ..work
                }));
                let addresses = records.iter().rev().filter_map(|record| match record {
                    Record::Address(address) => Some(*address),
                    _ => None,
                });
                self.work.extend(addresses.map(|address| Work::Address {
                    destination: to(address),
                    query: Some(query.clone()),
                }));
            }
            Known::Nothing => self.work.push(Work::Host(HostWork {
                kinds: rest,
                ..work
            })),
        }
        None
    }

    fn ask(&mut self, query: Query) -> Step {
        self.questions += 1;
        self.asked = Some(query.clone());
        Step::Ask(query)
    }

    /// What the answer just given, or the cache, says to `query`.
    fn known(&mut self, query: &Query, cache: &mut DnsCache, now: Instant) -> Known {
        if self.asked.as_ref() == Some(query)
            && let Some(answer) = self.answer.take()
        {
            return known_from(answer, query);
        }
        match cache.get(query, now) {
            Some(Cached::Records(records)) => Known::Records(records),
            Some(Cached::Alias(name)) => Known::Alias(name),
            Some(Cached::Nothing) => Known::Nothing,
            None if self.questions >= QUESTIONS_MAX => Known::Nothing,
            None => Known::Unknown,
        }
    }
}

fn known_from(answer: Answer, query: &Query) -> Known {
    match answer {
        Answer::Records(records) => {
            let records: Vec<_> = records
                .into_iter()
                .map(|(record, _)| record)
                .filter(|record| record.kind() == query.kind)
                .take(RECORDS_MAX)
                .collect();
            if records.is_empty() {
                Known::Nothing
            } else {
                Known::Records(records)
            }
        }
        Answer::Alias { target, .. } => {
            canonical_name(&target).map_or(Known::Nothing, Known::Alias)
        }
        Answer::NotFound | Answer::Failed => Known::Nothing,
    }
}

fn srv(service: Service) -> Work {
    Work::Srv {
        name: service.name,
        transport: service.transport,
        aliases: 0,
    }
}

fn host(server: Server, transport: Transport, settings: &Settings) -> Work {
    Work::Host(HostWork {
        server,
        transport,
        kinds: settings.families.kinds(),
        aliases: 0,
    })
}

#[cfg(test)]
mod tests;
