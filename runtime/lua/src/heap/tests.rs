use fastrand::Rng;

use super::*;
use crate::arena::Arena;

struct Block {
    at: *mut u8,
    size: usize,
    fill: u8,
}

impl Block {
    fn bytes(&self) -> &[u8] {
        // SAFETY: a live block of the heap under test.
        unsafe { std::slice::from_raw_parts(self.at, self.size) }
    }

    fn fill(&mut self, from: usize, fill: u8) {
        self.fill = fill;
        // SAFETY: as `bytes`.
        unsafe { self.at.add(from).write_bytes(fill, self.size - from) };
    }
}

fn resize(arena: &mut Arena, block: &Block, size: usize) -> *mut u8 {
    // SAFETY: a live block of this heap, or null with size 0.
    unsafe { lua_alloc(arena.heap().cast(), block.at.cast(), block.size, size).cast() }
}

fn none() -> Block {
    Block {
        at: std::ptr::null_mut(),
        size: 0,
        fill: 0,
    }
}

fn sizes(random: &mut Rng) -> usize {
    match random.usize(..4) {
        0 => 1 + random.usize(..64),
        1 => 1 + random.usize(..700),
        2 => 1 + random.usize(..5000),
        _ => 1 + random.usize(..100_000),
    }
}

#[test]
fn blocks_keep_their_bytes_through_any_order_of_calls() {
    let mut random = Rng::with_seed(0x9e37_79b9_7f4a_7c15);
    let mut arena = Arena::new(1 << 20).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut refused = 0;
    for step in 0..20_000 {
        let fill = u8::try_from(step % 251).unwrap();
        match random.usize(..3) {
            0 => {
                let size = sizes(&mut random);
                let at = resize(&mut arena, &none(), size);
                if at.is_null() {
                    refused += 1;
                    continue;
                }
                assert_eq!(at.addr() % 16, 0);
                let mut block = Block { at, size, fill };
                block.fill(0, fill);
                blocks.push(block);
            }
            1 if !blocks.is_empty() => {
                let index = random.usize(..blocks.len());
                let size = sizes(&mut random);
                let old = blocks.swap_remove(index);
                let at = resize(&mut arena, &old, size);
                if at.is_null() {
                    assert!(size > old.size, "shrinking must not fail");
                    blocks.push(old);
                    continue;
                }
                let mut block = Block { at, size, ..old };
                let kept = old.size.min(size);
                assert!(block.bytes()[..kept].iter().all(|&byte| byte == block.fill));
                block.fill(0, fill);
                blocks.push(block);
            }
            _ if !blocks.is_empty() => {
                let index = random.usize(..blocks.len());
                let block = blocks.swap_remove(index);
                assert!(block.bytes().iter().all(|&byte| byte == block.fill));
                resize(&mut arena, &block, 0);
            }
            _ => {}
        }
    }
    assert!(refused > 0, "the heap was never full");
    for block in blocks.drain(..) {
        assert!(block.bytes().iter().all(|&byte| byte == block.fill));
        resize(&mut arena, &block, 0);
    }
    // SAFETY: the header is live.
    assert_eq!(unsafe { (*arena.heap()).used }, 0);
    // Neighbours were merged: large blocks fit again between the chunks small ones were cut from.
    let large = std::iter::repeat_with(|| resize(&mut arena, &none(), 16 << 10))
        .take_while(|at| !at.is_null())
        .count();
    assert!(large >= 32, "only {large} blocks of 16 KiB fit into 1 MiB");
}

#[test]
fn no_block_lies_behind_the_soft_cap() {
    let mut arena = Arena::new(4 << 20).unwrap();
    // SAFETY: the header is live.
    unsafe { (*arena.heap()).cap = 1 << 20 };
    let mut total = 0;
    loop {
        let at = resize(&mut arena, &none(), 3000);
        if at.is_null() {
            break;
        }
        total += 3000;
        assert!(at.addr() + 3000 <= arena.heap().addr() + (1 << 20));
    }
    assert!(total > 1_000_000);
    for size in [usize::MAX, usize::MAX - 7, 1 << 40, 1 << 32] {
        assert!(resize(&mut arena, &none(), size).is_null());
    }
}

#[test]
fn a_restore_brings_bytes_and_bookkeeping_back() {
    let mut random = Rng::with_seed(1);
    let mut arena = Arena::new(4 << 20).unwrap();
    let mut blocks = Vec::new();
    for _ in 0..200 {
        let size = 1 + random.usize(..2000);
        let at = resize(&mut arena, &none(), size);
        let mut block = Block { at, size, fill: 0 };
        block.fill(0, 0x5a);
        blocks.push(block);
    }
    let image = arena.image();
    let addresses = |arena: &mut Arena| -> Vec<usize> {
        let mut random = Rng::with_seed(2);
        (0..500)
            .map(|_| {
                let size = sizes(&mut random);
                resize(arena, &none(), size).addr()
            })
            .collect()
    };
    let first = addresses(&mut arena);
    for block in &mut blocks {
        block.fill(0, 0xff);
    }
    arena.trim(image.len());
    arena.restore(&image);
    assert!(arena.bytes(image.len()) == &image[..]);
    assert_eq!(addresses(&mut arena), first);
}
