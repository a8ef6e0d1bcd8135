import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch

from tests.training import small
from tests.training.small import SmallRun
from tinytales.errors import TinytalesError
from tinytales.inference.rust_engine import load_engine
from tinytales.inference.sampling import Sampling
from tinytales.model.weights import load_model
from tinytales.storage import manifest, runs
from tinytales.training import checkpoint, keeper, loop
from tinytales.training.keeper import best_step


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """A run that nobody stopped."""
    run = SmallRun(tmp_path_factory.mktemp("whole"))
    run.carry_out()
    return run


def at_step(step: int, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `act` called once, when the step of that number is about to be computed."""
    train_step, batches = loop.train_step, iter(range(10**9))

    def acting(*arguments: object, **named: object) -> torch.Tensor:
        if next(batches) == step:
            act()
        return train_step(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "train_step", acting)


def stop_at(run: SmallRun, step: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Stop a run with a signal in the midst of a step; what is said."""
    with monkeypatch.context() as patch:
        at_step(step, lambda: os.kill(os.getpid(), signal.SIGTERM), patch)
        with pytest.raises(KeyboardInterrupt) as stop:
            run.carry_out()
    return str(stop.value)


def test_metrics_say_what_happened(whole: SmallRun) -> None:
    rows = [row for row in runs.read_metrics(whole.target) if "loss" in row]
    assert [row["step"] for row in rows] == [8, 10, 16, 20, 24, 30, 32, 40]
    assert [row["step"] for row in rows if "bits_per_byte" in row] == [8, 16, 24, 32, 40]
    assert all(row["tokens"] == row["step"] * 128 and row["tokens_per_second"] > 0 for row in rows)
    assert rows[-1]["loss"] < 0.5 * rows[0]["loss"]


def test_it_grows_up_from_the_same_prompt_and_seed(whole: SmallRun) -> None:
    rows = [row for row in runs.read_metrics(whole.target) if "sample" in row]
    assert [row["step"] for row in rows] == [0, 1, 2, 4, 8, 16, 32, 40]
    assert {(row["prompt"], row["seed"]) for row in rows} == {("Once upon a time", 42)}
    sampling = Sampling(seed=42, max_tokens=60)
    told = "".join(piece.text for piece in load_engine(whole.target).generate("Once upon a time", sampling))
    assert rows[-1]["sample"] == told


def test_a_finished_run_is_sealed_and_keeps_what_is_worth_keeping(whole: SmallRun) -> None:
    found = manifest.read(whole.target, "model", runs.RUN)
    manifest.check_hashes(whole.target, found)
    kept = found.facts["checkpoints"]
    assert kept["full_learning_rate"] == "step-00000020"
    assert {path.name for path in runs.Run("small", whole.target, True).checkpoints} == set(kept.values())
    assert not whole.folder.exists()
    manifest.check_hashes(
        whole.target / "checkpoints" / "step-00000020",
        manifest.read(whole.target / "checkpoints" / "step-00000020", "checkpoint", checkpoint.MANIFEST),
    )


def test_a_checkpoint_is_a_standard_folder(whole: SmallRun) -> None:
    folder = whole.target / "checkpoints" / "step-00000020"
    assert load_model(folder).config == load_model(whole.target).config
    assert load_engine(folder).vocab_size == load_model(folder).config.vocab_size


@pytest.mark.parametrize("step", [3, 15, 16, 39])
def test_a_stopped_run_goes_on_to_the_same_bits(
    whole: SmallRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    run = SmallRun(tmp_path)
    assert stop_at(run, step, monkeypatch) == f"stopped at step {step + 1} of 40; go on with: the same command"
    assert not run.target.exists()
    model = run.carry_out()
    assert run.rows() == whole.rows()
    for ours, theirs in zip(model.parameters(), load_model(whole.target).parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_many_stops_are_as_good_as_none(whole: SmallRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = SmallRun(tmp_path)
    for steps in (5, 4, 0, 11, 1):
        stop_at(run, steps, monkeypatch)
    run.carry_out()
    assert run.rows() == whole.rows()


def test_a_damaged_checkpoint_gives_way_to_the_one_before_it(
    whole: SmallRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = SmallRun(tmp_path)
    stop_at(run, 28, monkeypatch)
    newest = sorted((run.folder / "checkpoints").iterdir())[-1]
    weights = bytearray((newest / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (newest / "model.safetensors").write_bytes(weights)
    run.carry_out()
    said = capsys.readouterr().err
    assert f"{newest / 'model.safetensors'} is damaged; going back to the checkpoint before it" in said
    assert "going on from step 24 of 40" in said
    assert run.rows() == whole.rows()


def test_with_every_checkpoint_damaged_it_begins_again(
    whole: SmallRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = SmallRun(tmp_path)
    stop_at(run, 28, monkeypatch)
    for number, folder in enumerate(sorted((run.folder / "checkpoints").iterdir())):
        path = folder / ("optimizer.safetensors" if number % 2 else "checkpoint.toml")
        path.write_bytes(path.read_bytes()[:-9])
    run.carry_out()
    assert run.rows() == whole.rows()


def test_safety_checkpoints_come_by_the_clock_and_old_ones_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "SAVING_SHARE", 1e9)
    run = SmallRun(tmp_path, checkpoint_seconds=0)
    stop_at(run, 37, monkeypatch)
    steps = [checkpoint.step_of(folder) for folder in sorted((run.folder / "checkpoints").iterdir())]
    assert steps == sorted({20, best_step(run.folder), 37, 38})


def test_what_a_killed_process_left_of_a_checkpoint_is_gone_when_nothing_is_left_to_compute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = SmallRun(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(small, "finish", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run.carry_out()
    (run.folder / runs.CHECKPOINTS / ".step-00000032.0123abcd.tmp").mkdir()
    run.carry_out()
    assert list(run.target.rglob("*.tmp")) == []


def test_a_loss_that_is_no_number_keeps_the_last_good_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = SmallRun(tmp_path)
    stop_at(run, 4, monkeypatch)
    train_step = loop.train_step

    def spoil(*arguments: object, **named: object) -> torch.Tensor:
        loss = train_step(*arguments, **named)  # type: ignore[arg-type]
        arguments[0].embedding.data[3, 0] = torch.nan  # type: ignore[attr-defined]
        return loss

    monkeypatch.setattr(loop, "train_step", spoil)
    with pytest.raises(TinytalesError, match="not a number at step 8; its checkpoint of step 5 is kept") as caught:
        run.carry_out()
    assert "--learning-rate" in caught.value.hint
    assert [folder.name for folder in (run.folder / "checkpoints").iterdir()] == ["step-00000005"]


def test_a_full_disk_is_told_and_the_run_goes_on_afterwards(
    whole: SmallRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = SmallRun(tmp_path)
    stop_at(run, 4, monkeypatch)

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write", full)
        with pytest.raises(TinytalesError, match=r"the disk is full; the checkpoints .* are whole") as caught:
            run.carry_out()
    assert caught.value.hint == "make room, then go on with: the same command"
    assert [folder.name for folder in (run.folder / "checkpoints").iterdir()] == ["step-00000005"]
    run.carry_out()
    assert run.rows() == whole.rows()


def test_asked_twice_it_stops_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = SmallRun(tmp_path)

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    at_step(3, interrupt, monkeypatch)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run.carry_out()
    assert signal.getsignal(signal.SIGINT) is before
