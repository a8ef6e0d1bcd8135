//! Keys and values of the tokens read so far, in blocks of sixteen positions.
//!
//! A block is shared by all sequences that begin with the same tokens, and copied when one of them goes on within it:
//! several takes of a story, and the next prompt of the same story, cost only what is new in them.

use std::sync::Arc;

use crate::config::Config;

/// Positions in a block.
pub const BLOCK: usize = 16;

/// The keys and values of one sequence.
#[derive(Clone)]
pub struct Cache {
    blocks: Vec<Arc<Block>>,
    length: usize,
    shape: Shape,
}

#[derive(Clone, Copy)]
struct Shape {
    layers: usize,
    kv_heads: usize,
    head_dim: usize,
}

/// Sixteen positions of all layers and heads.
#[derive(Clone)]
pub struct Block(Vec<f32>);

/// Where in a block a layer's key-value head has its keys and values.
///
/// Keys lie as a tile of weights does: number 0 of all sixteen positions, number 1 of all, … A value is a row of
/// `head_dim` numbers, padded to a multiple of sixteen.
#[derive(Clone, Copy)]
pub struct Place {
    begin: usize,
    pub head_dim: usize,
}

impl Place {
    /// Numbers in a row of values.
    pub fn padded(self) -> usize {
        self.head_dim.next_multiple_of(16)
    }

    fn size(self) -> usize {
        BLOCK * (self.head_dim + self.padded())
    }
}

impl Block {
    pub fn keys(&self, place: Place) -> &[f32] {
        &self.0[place.begin..][..BLOCK * place.head_dim]
    }

    pub fn values(&self, place: Place) -> &[f32] {
        &self.0[place.begin + BLOCK * place.head_dim..][..BLOCK * place.padded()]
    }
}

impl Cache {
    pub fn new(config: &Config) -> Self {
        let shape = Shape {
            layers: config.layers,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
        };
        Self {
            blocks: Vec::new(),
            length: 0,
            shape,
        }
    }

    /// How many positions are filled.
    pub fn length(&self) -> usize {
        self.length
    }

    pub fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    pub fn place(&self, layer: usize, kv_head: usize) -> Place {
        let mut place = Place {
            begin: 0,
            head_dim: self.shape.head_dim,
        };
        place.begin = (layer * self.shape.kv_heads + kv_head) * place.size();
        place
    }

    /// Have blocks of its own for `count` positions more.
    pub fn reserve(&mut self, count: usize) {
        if let Some(last) = self.blocks.get_mut(self.length / BLOCK) {
            Arc::make_mut(last);
        }
        let size = self.place(self.shape.layers, 0).begin;
        let needed = (self.length + count).div_ceil(BLOCK);
        self.blocks
            .resize_with(needed.max(self.blocks.len()), || Arc::new(Block(vec![0.0; size])));
    }

    /// Write a key and a value at `position`, for which there is a block of its own.
    pub fn write(&mut self, place: Place, position: usize, key: &[f32], value: &[f32]) {
        let block = Arc::get_mut(&mut self.blocks[position / BLOCK]).expect("a block that was reserved is its own");
        let (keys, values) = block.0[place.begin..][..place.size()].split_at_mut(BLOCK * place.head_dim);
        let row = position % BLOCK;
        for (column, &number) in keys.chunks_exact_mut(BLOCK).zip(key) {
            column[row] = number;
        }
        values[row * place.padded()..][..value.len()].copy_from_slice(value);
    }

    /// `count` positions more are filled in all layers.
    pub fn advance(&mut self, count: usize) {
        self.length += count;
    }

    /// Forget the positions from `length` on.
    pub fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
        self.blocks.truncate(self.length.div_ceil(BLOCK));
    }
}
