import pytest
import torch

from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT
from tinytales.training import loop
from tinytales.training.device import Device
from tinytales.training.optimizer import make_optimizers
from tinytales.training.schedule import Schedule
from tinytales.training.settings import TrainSettings

CPU = Device("cpu", bfloat16=False)
CONFIG = GPTConfig.shaped(vocab_size=64, context_length=16, depth=1, width=64, rope_theta=10_000.0)


def batch(step: int) -> loop.Rows:
    """Rows that count upwards from anywhere: all but the first token can be known."""
    first = torch.randint(0, 40, (8, 1), generator=torch.Generator().manual_seed(step))
    return (first + torch.arange(17)).numpy()


def train(settings: TrainSettings, steps: int, state: loop.State | None = None) -> tuple[loop.State, list[float]]:
    """Train to the end, looking at the loss of every step."""
    if state is None:
        model = GPT(CONFIG).initialize(0)
        state = loop.State(model, make_optimizers(model, settings))
    losses = []
    for step in loop.run(state, batch, Schedule.over(steps, 0.1, 0.5), CPU):
        if step:
            losses.append(state.take_loss())
    return state, losses


def test_it_learns() -> None:
    state, losses = train(TrainSettings(), 55)
    assert (state.step, state.tokens, len(losses)) == (55, 55 * 8 * 16, 55)
    assert losses[-1] < 0.3 * losses[0]


def test_it_pauses_before_every_step_and_after_the_last() -> None:
    model = GPT(CONFIG).initialize(0)
    state = loop.State(model, make_optimizers(model, TrainSettings()))
    assert list(loop.run(state, batch, Schedule.over(3, 0.1, 0.5), CPU)) == [0, 1, 2, 3]
    assert state.unseen_steps == 3
    assert list(loop.run(state, batch, Schedule.over(3, 0.1, 0.5), CPU)) == [3]


def test_the_same_run_gives_the_same_model() -> None:
    one, two = train(TrainSettings(), 20)[0], train(TrainSettings(), 20)[0]
    for first, second in zip(one.model.parameters(), two.model.parameters(), strict=True):
        assert torch.equal(first, second)


def test_targets_that_dont_count_change_nothing() -> None:
    def after(rows: loop.Rows) -> GPT:
        model = GPT(CONFIG).initialize(0)
        loop.train_step(model, make_optimizers(model, TrainSettings()), rows, CPU)
        return model

    rows = batch(0)
    padded = rows.copy()
    padded[:, -1] = -1
    shorter = after(rows[:, :-1])
    for name, weight in after(padded).named_parameters():
        torch.testing.assert_close(weight, dict(shorter.named_parameters())[name], atol=1e-5, rtol=1e-4)


def test_small_portions_give_the_same_step() -> None:
    def after(micro_rows: int | None) -> tuple[GPT, float]:
        model = GPT(CONFIG).initialize(0)
        loss = loop.train_step(model, make_optimizers(model, TrainSettings()), batch(0), CPU, micro_rows=micro_rows)
        return model, float(loss)

    model, loss = after(None)
    for micro_rows in (1, 3, 100):
        other, other_loss = after(micro_rows)
        assert other_loss == pytest.approx(loss, rel=1e-6)
        for name, weight in model.named_parameters():
            torch.testing.assert_close(dict(other.named_parameters())[name], weight, atol=1e-5, rtol=1e-4)


def test_dropout_is_a_function_of_the_step_and_only_for_training() -> None:
    def losses(dropout: float, step: int) -> float:
        model = GPT(CONFIG, dropout).initialize(0)
        for block in model.blocks:
            torch.nn.init.normal_(block.feed_forward.down, generator=torch.Generator().manual_seed(0))
        torch.manual_seed(torch.seed())
        return float(loop.train_step(model, [], batch(0), CPU, step=step))

    assert losses(0.5, 3) == losses(0.5, 3)
    assert len({losses(0.0, 3), losses(0.5, 3), losses(0.5, 4)}) == 3
    model = GPT(CONFIG, 0.5).initialize(0).eval()
    tokens = torch.from_numpy(batch(0))
    assert torch.equal(model(tokens[:, :-1]), model(tokens[:, :-1]))


@pytest.mark.skipif(not CPU.can_compile, reason="there is no C++ compiler")
def test_a_compiled_step_learns_what_an_eager_one_does() -> None:
    def losses(compiled: bool) -> list[float]:
        model = CPU.place(GPT(CONFIG).initialize(0), compiled=compiled)
        optimizers = make_optimizers(model, TrainSettings())
        return [float(loop.train_step(model, optimizers, batch(step), CPU)) for step in range(5)]

    assert losses(True) == pytest.approx(losses(False), rel=1e-4)


def test_without_a_compiler_steps_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    model = CPU.place(GPT(CONFIG).initialize(0), compiled=True)
    assert "loss" not in vars(model)
