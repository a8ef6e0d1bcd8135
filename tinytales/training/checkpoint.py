"""Checkpoints: the whole state of a run as a folder, written at once and never half.

`checkpoints/step-NNNNNNNN/` is a standard model folder (rustgpt tells from it, mid-training starts from it) plus
`optimizer.safetensors` and `checkpoint.toml`, a manifest with step, tokens and the loss since the last report. The
place in the data and all randomness are functions of the run's seed and the step, so there is nothing more to keep.
Nothing is pickled.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from tinytales.errors import MissingError
from tinytales.model.weights import load_weights
from tinytales.storage import atomic, manifest
from tinytales.storage.runs import CHECKPOINTS
from tinytales.terminal import note
from tinytales.training.loop import State

OPTIMIZER, MANIFEST = "optimizer.safetensors", "checkpoint.toml"
KEPT = 2  # the newest ones: one to go on from, one more should that be damaged


def path_of(run_folder: Path, step: int) -> Path:
    """Where the checkpoint of a step stands."""
    return run_folder / CHECKPOINTS / f"step-{step:08}"


def step_of(checkpoint: Path) -> int:
    """The step of a checkpoint, from its name."""
    return int(checkpoint.name.removeprefix("step-"))


def write(folder: Path, state: State, metrics_bytes: int) -> None:
    """Write what a checkpoint has beside the standard folder, into `folder`, which has that already.

    Args:
        folder: see `storage.atomic.new_folder`.
        state: at a step boundary.
        metrics_bytes: length of the run's `metrics.jsonl`, which a resumed run cuts back to it.
    """
    data = safetensors.torch.save(optimizer_tensors(state))
    (folder / OPTIMIZER).write_bytes(data)
    facts = {
        "step": state.step,
        "tokens": state.tokens,
        "loss_sum": float(state.loss_sum),
        "unseen_steps": state.unseen_steps,
        "metrics_bytes": metrics_bytes,
    }
    manifest.seal(folder, kind="checkpoint", name=f"step-{state.step:08}", facts=facts, file_name=MANIFEST)


def read(folder: Path, state: State) -> int:
    """Put the checkpoint in `folder` into `state`; the length of `metrics.jsonl` back then.

    Raises:
        MissingError: it is damaged, or of another model or optimizer. `state` may then be changed in part.
    """
    found = manifest.read(folder, "checkpoint", MANIFEST)
    manifest.check_hashes(folder, found)
    load_weights(state.model, folder)
    _load_optimizers(state, folder / OPTIMIZER)
    try:
        state.step, state.tokens = int(found.facts["step"]), int(found.facts["tokens"])
        state.loss_sum = torch.tensor(float(found.facts["loss_sum"]), device=state.loss_sum.device)
        state.unseen_steps = int(found.facts["unseen_steps"])
        return int(found.facts["metrics_bytes"])
    except (KeyError, TypeError, ValueError) as error:
        raise MissingError(f"{folder / MANIFEST} is damaged: {error}", "remove the checkpoint") from error


def read_newest(run_folder: Path, state: State) -> int | None:
    """Put the newest whole checkpoint of a run into `state`, saying which ones are not; None if there is none."""
    for folder in sorted((run_folder / CHECKPOINTS).glob("step-*"), reverse=True):
        try:
            return read(folder, state)
        except MissingError as error:
            note(f"{error.what}; going back to the checkpoint before it")
            atomic.discard(folder)
    return None


def prune(run_folder: Path, keep: Collection[int]) -> None:
    """Remove all checkpoints but those of the steps to `keep`, and what a killed process left of one."""
    atomic.clear_leftovers(run_folder / CHECKPOINTS)
    for folder in (run_folder / CHECKPOINTS).glob("step-*"):
        if step_of(folder) not in keep:
            atomic.discard(folder)


def pack(state: State) -> bytes:
    """All of a state, for another process of the run."""
    weights = {f"model/{name}": weight.detach().cpu() for name, weight in state.model.named_parameters()}
    numbers = torch.tensor([state.step, state.tokens, float(state.loss_sum), state.unseen_steps], dtype=torch.float64)
    return safetensors.torch.save({**weights, **optimizer_tensors(state), "numbers": numbers})


@torch.no_grad()
def unpack(data: bytes, state: State) -> None:
    """Put what `pack` made of another process's state into this one."""
    tensors = safetensors.torch.load(data)
    step, tokens, loss_sum, unseen_steps = tensors.pop("numbers").tolist()
    for name, parameter in state.model.named_parameters():
        parameter.copy_(tensors.pop(f"model/{name}"))
    _fill_optimizers(state, tensors, "the leading process's state")
    state.step, state.tokens, state.unseen_steps = int(step), int(tokens), int(unseen_steps)
    state.loss_sum = torch.tensor(loss_sum, device=state.loss_sum.device)


def digest(state: State) -> Tensor:
    """Numbers that differ between two states of different weights, all but surely: (2,) float64 on the CPU."""
    flat = torch.cat([parameter.detach().reshape(-1).double() for parameter in state.model.parameters()])
    return torch.stack((flat.sum(), flat @ torch.linspace(0, 1, len(flat), dtype=flat.dtype, device=flat.device))).cpu()


def optimizer_tensors(state: State) -> dict[str, Tensor]:
    """All that the optimizers keep, tensors every one, as `optimizer index/parameter/what`, on the CPU."""
    names = {parameter: name for name, parameter in state.model.named_parameters()}
    return {
        f"{index}/{names[parameter]}/{what}": tensor.detach().cpu().contiguous()
        for index, optimizer in enumerate(state.optimizers)
        for parameter, kept in optimizer.state.items()
        for what, tensor in kept.items()
    }


def _load_optimizers(state: State, path: Path) -> None:
    try:
        tensors = safetensors.torch.load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
        raise MissingError(f"{path} is damaged: {error}", "remove the checkpoint") from error
    _fill_optimizers(state, tensors, str(path))


def _fill_optimizers(state: State, tensors: Mapping[str, Tensor], source: str) -> None:
    parameters = dict(state.model.named_parameters())
    for optimizer in state.optimizers:
        optimizer.state.clear()
    for key, tensor in tensors.items():
        try:
            index, name, what = key.split("/")
            optimizer, parameter = state.optimizers[int(index)], parameters[name]
        except (ValueError, LookupError):
            raise MissingError(f"{source} is of another model or optimizer", "remove the checkpoint") from None
        if tensor.ndim and tensor.shape != parameter.shape:
            raise MissingError(f"{source} is damaged: {key} is of shape {tuple(tensor.shape)}", "remove the checkpoint")
        optimizer.state.setdefault(parameter, {})[what] = tensor.to(parameter.device)
