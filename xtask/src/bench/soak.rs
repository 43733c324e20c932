//! The soak: valid and hostile traffic together for a long time. The server must not end, must not grow, and must answer.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::Options;
use super::server::{Running, probe};
use crate::workspace::root;

/// Everything that the script does is cheap, so that the traffic is what counts.
const CONFIGURATION: &str = r#"
debug=0
children=@CHILDREN@
listen=udp:127.0.0.1:@PORT@
listen=tcp:127.0.0.1:@PORT@
tcp_connection_lifetime=10
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "sanity.so"
loadmodule "xlog.so"
request_route {
    if (!mf_process_maxfwd_header("10")) {
        sl_send_reply("483", "Too Many Hops");
        exit;
    }
    if (!sanity_check("17895", "7")) exit;
    if (is_method("OPTIONS")) {
        sl_send_reply("200", "Here");
        exit;
    }
    if (is_method("INVITE")) {
        $var(x) = $fU + $tU + $ua + $rb;
        sl_send_reply("486", "Busy Here");
        exit;
    }
    $du = "sip:@FAR_END@";
    forward();
}
"#;

/// Memory after this long is what later memory is compared with.
const WARM_UP: Duration = Duration::from_secs(60);
/// What may come on top of that: the allocator's play, not a leak.
const GROWTH_KB: u64 = 4096;
/// How often the server is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// What was sent and answered.
#[derive(Default)]
struct Tally {
    valid: AtomicU64,
    answered: AtomicU64,
    hostile: AtomicU64,
    connections: AtomicU64,
}

/// Runs the soak against the first server for `minutes`.
///
/// # Errors
/// When the server ends, stops answering, or has grown.
pub fn run(options: &Options, minutes: f64) -> Result<()> {
    let Some(server) = options.servers.first() else {
        bail!("--server is needed");
    };
    let running = Running::start(server, CONFIGURATION, &options.setting)?;
    let address = options.setting.server;
    let (stop, tally) = (Arc::new(AtomicBool::new(false)), Arc::new(Tally::default()));
    let seeds = Arc::new(seeds());
    let traffic = vec![
        spawn(&stop, &tally, move |stop, tally| {
            valid(address, stop, tally)
        }),
        {
            let seeds = seeds.clone();
            spawn(&stop, &tally, move |stop, tally| {
                hostile_datagrams(address, &seeds, stop, tally)
            })
        },
        spawn(&stop, &tally, move |stop, tally| {
            hostile_streams(address, &seeds, stop, tally)
        }),
    ];
    let outcome = watch(&running, address, minutes, &tally);
    stop.store(true, Ordering::Relaxed);
    for thread in traffic {
        if thread.join().is_err() {
            bail!("a thread of the soak itself has failed");
        }
    }
    outcome
}

fn spawn(
    stop: &Arc<AtomicBool>,
    tally: &Arc<Tally>,
    work: impl FnOnce(&AtomicBool, &Tally) -> Result<()> + Send + 'static,
) -> JoinHandle<()> {
    let (stop, tally) = (stop.clone(), tally.clone());
    std::thread::spawn(move || {
        if let Err(error) = work(&stop, &tally) {
            eprintln!("traffic ended: {error:#}");
        }
    })
}

fn watch(running: &Running, server: SocketAddrV4, minutes: f64, tally: &Tally) -> Result<()> {
    let (start, length) = (Instant::now(), Duration::from_secs_f64(minutes * 60.0));
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let (mut warm, mut most) = (None, 0);
    while start.elapsed() < length {
        std::thread::sleep(LOOK);
        if !answers(&socket, server)? {
            bail!("it does not answer after {:?}", start.elapsed());
        }
        let memory = running.pss_kb();
        if start.elapsed() >= WARM_UP.min(length / 2) {
            warm.get_or_insert(memory);
            most = most.max(memory);
        }
        println!(
            "{:>4} s: {memory} kB, {} valid, {} answered, {} hostile, {} connections",
            start.elapsed().as_secs(),
            tally.valid.load(Ordering::Relaxed),
            tally.answered.load(Ordering::Relaxed),
            tally.hostile.load(Ordering::Relaxed),
            tally.connections.load(Ordering::Relaxed),
        );
    }
    let warm = warm.unwrap_or(most);
    println!("memory after the warm-up {warm} kB, at most {most} kB");
    if most > warm + GROWTH_KB {
        bail!("it has grown by {} kB", most - warm);
    }
    Ok(())
}

/// Whether the server answers one of a few requests within two seconds.
fn answers(socket: &UdpSocket, server: SocketAddrV4) -> Result<bool> {
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut buffer = [0; 4096];
    for _ in 0..10 {
        let request = probe(socket, server, "alive", "Max-Forwards: 70\r\n")?;
        socket.send_to(&request, server)?;
        if socket.recv(&mut buffer).is_ok() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Requests of all kinds as fast as they are taken, in bursts whose answers are read.
fn valid(server: SocketAddrV4, stop: &AtomicBool, tally: &Tally) -> Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(Duration::from_millis(2)))?;
    let mut buffer = [0; 8192];
    let mut number = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..32 {
            number += 1;
            let method = match number % 8 {
                0 => "INVITE",
                _ => "OPTIONS",
            };
            let text = request(&socket, server, method, number)?;
            let _ = socket.send(text.as_bytes());
        }
        tally.valid.fetch_add(32, Ordering::Relaxed);
        for _ in 0..32 {
            match socket.recv(&mut buffer) {
                Ok(_) => tally.answered.fetch_add(1, Ordering::Relaxed),
                Err(_) => break,
            };
        }
    }
    Ok(())
}

fn request(socket: &UdpSocket, server: SocketAddrV4, method: &str, number: u64) -> Result<String> {
    let local = socket.local_addr()?;
    Ok(format!(
        "{method} sip:soak{number}@{server} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {local};branch=z9hG4bKsoak{number};rport\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:soak@bench.invalid>;tag=s{number}\r\n\
         To: <sip:soak{number}@{server}>\r\n\
         Call-ID: soak-{number}@bench.invalid\r\n\
         CSeq: 1 {method}\r\n\
         User-Agent: kahea bench\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}

/// What hostile messages are made from: the seeds of the fuzz targets.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for folder in ["sip_message", "sip_stream", "sip_uri"] {
        let folder = root().join("fuzz/corpus").join(folder);
        seeds.extend(files(&folder));
    }
    seeds.push(b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x\r\n\r\n".to_vec());
    seeds
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| std::fs::read(entry.path()).ok())
        .collect()
}

/// A small generator: the same traffic in every soak.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// A seed with some octets changed, cut, or doubled.
    fn mutated(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let seed = self.below(seeds.len());
        let mut octets = seeds.get(seed).cloned().unwrap_or_default();
        for _ in 0..self.below(6) {
            let at = self.below(octets.len());
            match self.below(4) {
                0 => octets.truncate(at),
                1 => octets.insert(at.min(octets.len()), self.next() as u8),
                2 => octets.extend_from_within(at.min(octets.len())..),
                _ => {
                    if let Some(octet) = octets.get_mut(at) {
                        *octet = self.next() as u8;
                    }
                }
            }
        }
        octets.truncate(60_000);
        octets
    }
}

fn hostile_datagrams(
    server: SocketAddrV4,
    seeds: &[Vec<u8>],
    stop: &AtomicBool,
    tally: &Tally,
) -> Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..16 {
            let _ = socket.send_to(&random.mutated(seeds), server);
        }
        tally.hostile.fetch_add(16, Ordering::Relaxed);
        // The share of the hostile: enough to be felt, not so much that nothing else gets through.
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Connections that send garbage, halves of messages, or nothing, and then close, reset, or stay.
fn hostile_streams(
    server: SocketAddrV4,
    seeds: &[Vec<u8>],
    stop: &AtomicBool,
    tally: &Tally,
) -> Result<()> {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut staying: Vec<TcpStream> = Vec::new();
    let mut buffer = [0; 4096];
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut stream) = TcpStream::connect_timeout(&server.into(), Duration::from_secs(1))
        else {
            std::thread::sleep(Duration::from_millis(20));
            continue;
        };
        tally.connections.fetch_add(1, Ordering::Relaxed);
        stream.set_read_timeout(Some(Duration::from_millis(1)))?;
        stream.set_write_timeout(Some(Duration::from_millis(50)))?;
        for _ in 0..random.below(4) {
            let message = random.mutated(seeds);
            let cut = random.below(message.len() * 2).min(message.len());
            let part = message.get(..cut).unwrap_or_default();
            if stream.write_all(part).is_err() {
                break;
            }
            tally.hostile.fetch_add(1, Ordering::Relaxed);
            let _ = stream.read(&mut buffer);
        }
        if random.below(8) == 0 && staying.len() < 500 {
            staying.push(stream);
        } else if random.below(64) == 0 {
            staying.clear();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
