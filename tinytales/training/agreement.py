"""Whether a stopped run and whoever goes on with it mean the same run. Must not know PyTorch."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from typing import Any

from tinytales.errors import MissingError, UsageError
from tinytales.storage.manifest import Manifest
from tinytales.training.settings import BOUNDS, FREE, TrainSettings


def frozen_settings(frozen: Manifest, asked: TrainSettings, given: Collection[str]) -> TrainSettings:
    """The settings of a stopped run, for going on with it.

    Args:
        frozen: its `run.toml`.
        asked: what the command came to.
        given: the fields of `asked` that somebody chose; the others give way to the run's.

    Raises:
        UsageError: something chosen differs from the run's and would make another run of it.
        MissingError: the run's settings can't be read.
    """
    try:
        settings = TrainSettings(**frozen.facts["settings"])
    except (KeyError, TypeError, UsageError) as error:
        raise MissingError(
            f"the settings of the stopped run of {frozen.name} can't be read: {error}", "begin another run: --fresh"
        ) from error
    compared = {*given, *BOUNDS} if set(given) & set(BOUNDS) else set(given)
    new = asdict(asked)
    refuse_changes(frozen, asdict(settings), new, compared - set(FREE))
    return replace(settings, **{field: new[field] for field in FREE if field in given})


def refuse_changes(frozen: Manifest, old: Mapping[str, Any], new: Mapping[str, Any], given: Collection[str]) -> None:
    """Raise UsageError if of the fields of `old`, as a stopped run has them, one that is given differs in `new`."""
    changed = [field for field in old if field in given and old[field] != new[field]]
    if changed:
        differences = ", ".join(f"{field} {_say(old[field])}, not {_say(new[field])}" for field in changed)
        raise UsageError(
            f"the stopped run of model {frozen.name} has {differences}",
            "leave that out to go on with it, or begin another run: --fresh",
        )


def check_tokens(frozen: Manifest, tokens: Manifest) -> None:
    """Raise UsageError unless the stopped run learns from these tokens."""
    parent = frozen.lineage.get("tokens", {})
    if parent.get("identity") != tokens.identity:
        raise UsageError(
            f"the stopped run of model {frozen.name} learns from other tokens ({parent.get('name')}), "
            f"not from {tokens.name} as it is now",
            "name those, or begin another run: --fresh",
        )


def check_teachers(frozen: Manifest, teachers: Mapping[str, Mapping[str, str]]) -> None:
    """Raise UsageError unless the stopped run learns from these entries of a lineage, as they are now."""
    for key, teacher in teachers.items():
        if frozen.lineage.get(key, {}).get("identity") != teacher["identity"]:
            raise UsageError(
                f"{key} is another model now than the one that the stopped run of {frozen.name} learns from",
                "begin another run: --fresh",
            )


def _say(value: Any) -> str:
    return "none" if value in (None, "") else f"{value:g}" if isinstance(value, float) else str(value)
