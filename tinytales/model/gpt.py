"""The transformer that PyTorch trains: Qwen3's architecture at story size.

RMSNorm before each block, rotary positions, queries and keys normalised per head, causal attention, SwiGLU, tied
embeddings, no biases (Qwen3 technical report, 2025). Only training and evaluation come here: there is no KV cache,
telling stories is rustgpt's work.

Matrices that multiply the same input are one parameter with a leading axis (`qkv`, `gate_up`): one large product
instead of two or three small ones, and each matrix of the stack is still its own to the optimizer.
"""

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor, nn

from tinytales.model.config import GPTConfig

INITIAL_SCALE = 0.02  # of the embedding, which is also the head: logits begin near zero


class RMSNorm(nn.Module):
    """Divide by the root mean square, then scale each channel (Zhang and Sennrich, 2019)."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        normalized: Tensor = F.rms_norm(x, self.weight.shape, self.weight.to(x.dtype), self.epsilon)
        return normalized


class Attention(nn.Module):
    """Causal self-attention with rotary positions and normalised queries and keys."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.heads, self.head_width = config.heads, config.head_width
        self.qkv = nn.Parameter(torch.empty(3, config.width, config.width))
        self.out = nn.Parameter(torch.empty(config.width, config.width))
        self.query_norm = RMSNorm(config.head_width, config.norm_epsilon)
        self.key_norm = RMSNorm(config.head_width, config.norm_epsilon)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor, mask: Tensor | None) -> Tensor:
        """(batch, time, width) → (batch, time, width)."""
        batch, time, width = x.shape
        joined = F.linear(x, self.qkv.flatten(0, 1)).view(batch, time, 3, self.heads, self.head_width)
        query, key, value = joined.unbind(2)
        query = rotate(self.query_norm(query), cosine, sine)
        key = rotate(self.key_norm(key), cosine, sine)
        mixed = attend(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mask)
        return F.linear(mixed.transpose(1, 2).reshape(batch, time, width), self.out)


class FeedForward(nn.Module):
    """SwiGLU (Shazeer, 2020)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.gate_up = nn.Parameter(torch.empty(2, config.hidden, config.width))
        self.down = nn.Parameter(torch.empty(config.width, config.hidden))

    def forward(self, x: Tensor) -> Tensor:
        gate, up = F.linear(x, self.gate_up.flatten(0, 1)).chunk(2, dim=-1)
        return F.linear(F.silu(gate) * up, self.down)


class Block(nn.Module):
    """One layer: attention, then feed-forward, each added to the residual stream."""

    def __init__(self, config: GPTConfig, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.attention_norm = RMSNorm(config.width, config.norm_epsilon)
        self.attention = Attention(config)
        self.feed_forward_norm = RMSNorm(config.width, config.norm_epsilon)
        self.feed_forward = FeedForward(config)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor, mask: Tensor | None) -> Tensor:
        x = x + self._drop(self.attention(self.attention_norm(x), cosine, sine, mask))
        y: Tensor = x + self._drop(self.feed_forward(self.feed_forward_norm(x)))
        return y

    def _drop(self, x: Tensor) -> Tensor:
        if not (self.dropout and self.training):
            return x
        # The rows of a batch share what is left out: so many random numbers would be a fifth of a step's time.
        return x * F.dropout(torch.ones_like(x[:1]), self.dropout)


class GPT(nn.Module):
    """The whole model. In training mode, each block adds to the stream with a share `dropout` of it left out."""

    cosine: Tensor
    sine: Tensor

    def __init__(self, config: GPTConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.config = config
        self.dropout = dropout
        self.embedding = nn.Parameter(torch.empty(config.vocab_size, config.width))
        self.blocks = nn.ModuleList(Block(config, dropout) for _ in range(config.depth))
        self.norm = RMSNorm(config.width, config.norm_epsilon)
        cosine, sine = rotary_table(config)
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)

    @torch.no_grad()
    def initialize(self, seed: int) -> "GPT":
        """Draw fresh weights, on the CPU so that one seed gives one model on every device.

        Matrices are uniform with a variance of 1 / inputs; those that write into the residual stream begin at zero,
        so that every block begins as the identity.
        """
        generator = torch.Generator().manual_seed(seed)
        self.embedding.copy_(torch.randn(self.embedding.shape, generator=generator) * INITIAL_SCALE)
        for block in self.blocks:
            assert isinstance(block, Block)
            for matrix in (block.attention.qkv, block.feed_forward.gate_up):
                bound = (3 / matrix.shape[-1]) ** 0.5
                matrix.copy_((torch.rand(matrix.shape, generator=generator) * 2 - 1) * bound)
            block.attention.out.zero_()
            block.feed_forward.down.zero_()
        return self

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Token ids (batch, time) → logits (batch, time, vocab_size) of the token that follows each.

        A token sees itself and all before it, or what `mask` lets it see: see `own_text_mask`.
        """
        time = tokens.shape[1]
        cosine, sine = self.cosine[:time], self.sine[:time]
        x = F.embedding(tokens, self.embedding)
        for block in self.blocks:
            x = block(x, cosine, sine, mask)
        return F.linear(self.norm(x), self.embedding)

    def compile_loss(self) -> None:
        """Have PyTorch compile `loss` when it is first called, for batches of one shape."""
        self.loss = torch.compile(self.loss, dynamic=False)  # type: ignore[method-assign]

    def loss(self, tokens: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """Summed cross-entropy in nats of the targets, times their weights: a scalar in float32.

        A token sees its own text only, though others stand before it in its row.

        Args:
            tokens: ids (batch, time).
            targets: the ids that follow them; or several that may, (batch, time, several).
            weights: how much each counts; not at all where it is 0.
        """
        logits = self(tokens, own_text_mask(tokens, self.config.end_of_text)).flatten(0, 1).float()
        if targets.ndim == tokens.ndim:
            losses = F.cross_entropy(logits, targets.flatten(), reduction="none")
            return (losses * weights.flatten()).sum()
        surprises = logits.logsumexp(-1, keepdim=True) - logits.gather(-1, targets.flatten(0, 1))
        total: Tensor = (surprises * weights.flatten(0, 1)).sum()
        return total


def own_text_mask(tokens: Tensor, end_of_text: int) -> Tensor:
    """What is added to the scores of attention, (batch, 1, time, time): minus infinity where a token doesn't see.

    It sees what stands from the last `end_of_text` on, itself included, and nothing after it.
    """
    text = (tokens == end_of_text).cumsum(1)
    seen = (text[:, :, None] == text[:, None, :]).tril()
    return torch.zeros(seen.shape, device=tokens.device).masked_fill(~seen, -torch.inf)[:, None]


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """Scaled dot-product attention (Vaswani et al., 2017), causal without a mask; (batch, heads, time, head_width)."""
    if mask is None:
        return F.scaled_dot_product_attention(query, key, value, is_causal=True)
    mask = mask.to(query.dtype)
    if query.is_cuda:
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    # On a CPU two large products are faster than PyTorch's fused kernel, which makes many small ones.
    scores = torch.baddbmm(
        mask.expand(*query.shape[:-1], -1).flatten(0, 1),
        query.flatten(0, 1) * query.shape[-1] ** -0.5,
        key.flatten(0, 1).mT,
    )
    return (scores.softmax(-1) @ value.flatten(0, 1)).view_as(query)


def rotary_table(config: GPTConfig) -> tuple[Tensor, Tensor]:
    """Cosines and sines of each position's angles, both (context, 1, head_width / 2)."""
    exponents = torch.arange(0, config.head_width, 2, dtype=torch.float32) / config.head_width
    angles = torch.arange(config.context_length, dtype=torch.float32)[:, None] / config.rope_theta**exponents
    return angles.cos()[:, None], angles.sin()[:, None]


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turn the pairs (i, i + half) of (batch, time, heads, head_width) by their position's angles (Su et al., 2021)."""
    first, second = x.chunk(2, dim=-1)
    cosine, sine = cosine.to(x.dtype), sine.to(x.dtype)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)
