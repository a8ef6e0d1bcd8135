"""The shape of a GPT. Must not know PyTorch."""

from dataclasses import dataclass

from tinytales.errors import UsageError

HEAD_WIDTH = 64


@dataclass(frozen=True)
class GPTConfig:
    """The shape of a Qwen3-architecture transformer with tied embeddings.

    Attributes:
        vocab_size: tokens, special ones included.
        context_length: tokens it can see.
        depth: layers.
        width: length of the vector that stands for a token (the residual stream).
        heads: attention heads, each of `width / heads`.
        hidden: inner width of the SwiGLU feed-forward.
        rope_theta: base of the rotary position frequencies (Su et al., 2021).
        norm_epsilon: added to the mean square in RMSNorm.
    """

    vocab_size: int
    context_length: int
    depth: int
    width: int
    heads: int
    hidden: int
    rope_theta: float = 10_000.0
    norm_epsilon: float = 1e-6

    def __post_init__(self) -> None:
        for name in ("vocab_size", "context_length", "depth", "width", "heads", "hidden"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}", "use 1 or more")
        if self.width % self.heads or self.head_width % 2:
            raise UsageError(
                f"a width of {self.width} can't be shared among {self.heads} heads",
                f"use a width that is a multiple of {2 * self.heads}",
            )

    @classmethod
    def shaped(cls, *, vocab_size: int, context_length: int, depth: int, width: int, rope_theta: float) -> "GPTConfig":
        """The shape that follows from depth and width: heads of 64, feed-forward of 8/3 of the width in 64s."""
        return cls(
            vocab_size=vocab_size,
            context_length=context_length,
            depth=depth,
            width=width,
            heads=max(1, width // HEAD_WIDTH),
            hidden=max(64, round(width * 8 / 3 / 64) * 64),
            rope_theta=rope_theta,
        )

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    @property
    def end_of_text(self) -> int:
        """The token that stands before each text in training: the first of the three special ones, which come last."""
        return self.vocab_size - 3

    @property
    def parameters(self) -> int:
        """How many numbers are learned (the embedding counts once: it is also the head)."""
        layer = 4 * self.width**2 + 3 * self.width * self.hidden + 2 * self.width + 2 * self.head_width
        return self.vocab_size * self.width + self.depth * layer + self.width

    @property
    def flops_per_token(self) -> int:
        """Floating-point operations of training on one token, forward and backward, attention at full context.

        Six per parameter that multiplies, and 12 × depth × width × context for attention (Chowdhery et al., 2022,
        appendix B), halved because it is causal.
        """
        return 6 * self.parameters + 6 * self.depth * self.width * self.context_length
