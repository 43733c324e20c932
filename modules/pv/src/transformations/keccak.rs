//! The sponge of SHA-3 and Keccak (FIPS 202).

const ROUNDS: [u64; 24] = [
    0x0000000000000001,
    0x0000000000008082,
    0x800000000000808a,
    0x8000000080008000,
    0x000000000000808b,
    0x0000000080000001,
    0x8000000080008081,
    0x8000000000008009,
    0x000000000000008a,
    0x0000000000000088,
    0x0000000080008009,
    0x000000008000000a,
    0x000000008000808b,
    0x800000000000008b,
    0x8000000000008089,
    0x8000000000008003,
    0x8000000000008002,
    0x8000000000000080,
    0x000000000000800a,
    0x800000008000000a,
    0x8000000080008081,
    0x8000000000008080,
    0x0000000080000001,
    0x8000000080008008,
];

/// What is put between message and padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffix {
    /// Nothing: Keccak as it was submitted.
    Keccak,
    /// FIPS 202 §6.1.
    Sha3,
}

/// The digest of `text` of so many octets, 28 to 64.
pub fn digest(text: &[u8], suffix: Suffix, length: usize) -> Vec<u8> {
    let rate = 200 - 2 * length.clamp(28, 64);
    let mut state = [0u64; 25];
    let mut blocks = text.chunks_exact(rate);
    for block in &mut blocks {
        absorb(&mut state, block);
    }
    let mut last = blocks.remainder().to_vec();
    last.push(match suffix {
        Suffix::Keccak => 0x01,
        Suffix::Sha3 => 0x06,
    });
    last.resize(rate, 0);
    if let Some(end) = last.last_mut() {
        *end |= 0x80;
    }
    absorb(&mut state, &last);
    let octets = state.iter().flat_map(|lane| lane.to_le_bytes());
    octets.take(length.clamp(28, 64)).collect()
}

fn absorb(state: &mut [u64; 25], block: &[u8]) {
    let (lanes, _) = block.as_chunks::<8>();
    for (lane, octets) in state.iter_mut().zip(lanes) {
        *lane ^= u64::from_le_bytes(*octets);
    }
    permute(state);
}

/// Keccak-f[1600] (FIPS 202 §3.3).
fn permute(state: &mut [u64; 25]) {
    for constant in ROUNDS {
        let mut parity = [0u64; 5];
        for (x, column) in parity.iter_mut().enumerate() {
            *column = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
        }
        for x in 0..5 {
            let change = parity[(x + 4) % 5] ^ parity[(x + 1) % 5].rotate_left(1);
            for y in 0..5 {
                state[x + 5 * y] ^= change;
            }
        }
        // ρ and π: lane (1, 0) goes round all others but (0, 0).
        let (mut x, mut y) = (1, 0);
        let mut moved = state[1];
        for step in 0..24u32 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let offset = (step + 1) * (step + 2) / 2 % 64;
            moved = std::mem::replace(&mut state[x + 5 * y], moved.rotate_left(offset));
        }
        for y in 0..5 {
            let row = [
                state[5 * y],
                state[5 * y + 1],
                state[5 * y + 2],
                state[5 * y + 3],
                state[5 * y + 4],
            ];
            for x in 0..5 {
                state[5 * y + x] = row[x] ^ (!row[(x + 1) % 5] & row[(x + 2) % 5]);
            }
        }
        state[0] ^= constant;
    }
}
