"""Settings: one value from five places, and which place it came from.

Flag > `TINYTALES_<SECTION>_<FIELD>` variable > the user's settings file > preset > the default in the dataclass. Each
room declares its settings as a frozen dataclass of plain fields; this module fills it and knows nothing of its meaning.
"""

import dataclasses
import os
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tinytales import paths
from tinytales.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
Sections = Mapping[str, Mapping[str, Any]]

PRESETS = Path(__file__).parent / "presets"


@dataclass(frozen=True)
class Resolved(Generic[T]):
    """Settings with the place that each came from.

    A place is "flag", "TINYTALES_…" (a variable), the settings file's path, "preset …" or "default".
    """

    value: T
    sources: Mapping[str, str]


def preset_names() -> list[str]:
    """The presets there are."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def load_preset(name: str) -> Sections:
    """The sections of a preset.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in preset_names():
        raise UsageError(f"there is no preset called {name}", f"there are: {', '.join(preset_names())}")
    import tomllib

    return tomllib.loads((PRESETS / f"{name}.toml").read_text(encoding="utf-8"))


def load_user_settings() -> Sections:
    """The sections of the user's settings file; none when there is no file.

    Raises:
        UsageError: the file can't be read as TOML tables.
    """
    path = paths.settings_file()
    if not path.exists():
        return {}
    import tomllib

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{path} can't be read: {error}", "mend the file or remove it") from error
    for section, values in document.items():
        if not isinstance(values, dict):
            raise UsageError(f"{path}: {section} stands outside a section", "put it below a line such as [train]")
    return document


def resolve(
    kind: type[T],
    section: str,
    *,
    flags: Mapping[str, object],
    preset: str | None = None,
    exclusive: Sequence[str] = (),
) -> Resolved[T]:
    """Fill the dataclass `kind` for `section`.

    Args:
        kind: a dataclass whose fields are int, float, str or bool, each also `| None`.
        section: its table in presets and the settings file, and the middle of its variables' names.
        flags: what the command line gave by field; None means not given.
        preset: a preset's name.
        exclusive: fields of which one holds: a place that gives any of them overrides all that lower places gave.

    Raises:
        UsageError: an unknown field, or a value that is not of the field's type or out of its range.
    """
    types_by_field = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}

    def take(found: Mapping[str, object], source: str) -> None:
        if any(field in found for field in exclusive):
            for field in exclusive:
                values.pop(field, None)
                sources.pop(field, None)
        for field, value in found.items():
            if field not in types_by_field:
                known = ", ".join(sorted(types_by_field))
                raise UsageError(f"{source}: [{section}] has no setting called {field}", f"there are: {known}")
            values[field], sources[field] = _convert(value, types_by_field[field], f"{source}: {field}"), source

    if preset is not None:
        take(load_preset(preset).get(section, {}), f"preset {preset}")
    take(load_user_settings().get(section, {}), str(paths.settings_file()))
    prefix = f"TINYTALES_{section}_".upper().replace("-", "_")
    variables = {field: prefix + field.upper() for field in types_by_field}
    take({field: os.environ[name] for field, name in variables.items() if name in os.environ}, f"{prefix}*")
    take({field: value for field, value in flags.items() if value is not None}, "flag")
    defaults = {field.name: "default" for field in dataclasses.fields(kind)}
    return Resolved(kind(**values), defaults | sources)


def _convert(value: object, kind: Any, place: str) -> object:
    """`value` as the type of a field; text (from a variable) is parsed."""
    accepted = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    for option in accepted:
        if option is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if type(value) is option:
            return value
        if isinstance(value, str) and option in (int, float, bool):
            try:
                return _parse(value, option)
            except ValueError:
                continue
    names = " or ".join(option.__name__ for option in accepted if option is not type(None))
    raise UsageError(f"{place} is {value!r}", f"give a value of type {names}")


def _parse(text: str, kind: type) -> object:
    if kind is bool:
        words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
        if text.lower() not in words:
            raise ValueError(text)
        return words[text.lower()]
    return kind(text)
