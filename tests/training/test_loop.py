import pytest
import torch

from tinytales.errors import TinytalesError
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


def reports(settings: TrainSettings, steps: int) -> tuple[GPT, list[loop.StepReport]]:
    model = GPT(CONFIG).initialize(0)
    schedule = Schedule.over(steps, 0.1, 0.5)
    return model, list(loop.run(model, make_optimizers(model, settings), batch, schedule, CPU))


def test_it_learns_and_reports() -> None:
    _, found = reports(TrainSettings(), 55)
    assert [report.step for report in found] == [10, 20, 30, 40, 50, 55]
    assert [report.tokens for report in found] == [step * 8 * 16 for step in (10, 20, 30, 40, 50, 55)]
    assert found[-1].loss < 0.3 * found[0].loss


def test_the_same_run_gives_the_same_model() -> None:
    one, two = reports(TrainSettings(), 20)[0], reports(TrainSettings(), 20)[0]
    for first, second in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(first, second)


def test_a_loss_that_is_no_number_stops_the_run() -> None:
    model = GPT(CONFIG).initialize(0)
    with torch.no_grad():
        model.embedding[3, 0] = torch.nan
    steps = loop.run(model, make_optimizers(model, TrainSettings()), batch, Schedule.over(50, 0.1, 0.5), CPU)
    with pytest.raises(TinytalesError, match="not a number at step 10"):
        list(steps)


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
