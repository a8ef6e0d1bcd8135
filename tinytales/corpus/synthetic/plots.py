"""Plots: the skeletons of stories, the phrases that they share, and asides, read from the texts in `grammar`.

A plot names its roles and their types, then says its lines. Each line is a paragraph, unless it begins with "+ " (it
goes on with the one before) or "~ " (either). Lines that begin with "@bad ", "@good ", "@twist ", "@plain " or "@fore "
are for stories with a bad ending, with a good one, with a twist, without one, and with foreshadowing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from tinytales.corpus.synthetic.template import Rule, Template, compile_template

_SECTIONS = ("bad", "good", "twist", "plain", "fore")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plot: when it is said, whether it goes on with the paragraph before (None: either), and what."""

    section: str
    joined: bool | None
    template: Template


@dataclass(frozen=True)
class Plot:
    """A skeleton of stories.

    Attributes:
        name: for people and tests.
        roles: name and the types of which one is cast, in order; the first is the hero or the first of two.
        traits: what the hero can be like; empty for any.
        features: features that every story of it has.
        sections: the sections that it has lines for.
        summary: what happens, in one sentence.
        moral: what it teaches, as a clause; empty where it teaches nothing.
        lines: what is said.
        opened: it begins by saying who the hero is, so that an aside can follow.
    """

    name: str
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    traits: tuple[str, ...]
    features: tuple[str, ...]
    sections: frozenset[str]
    summary: Template
    moral: Template
    lines: tuple[Line, ...]
    opened: bool


def load() -> tuple[Plot, ...]:
    """Read and compile the plots of the package.

    Raises:
        ValueError: a plot is not well formed; it is named.
    """
    room = files(__package__).joinpath("grammar")
    rules = dict(parse_rules(room.joinpath("rules.txt").read_text(encoding="utf-8")))
    texts = sorted((path.name, path.read_text(encoding="utf-8")) for path in room.joinpath("plots").iterdir())
    return tuple(plot for _, text in texts for plot in parse_plots(text, rules))


def load_asides() -> tuple[dict[str, Template], Template]:
    """Read and compile the asides of the package.

    The first are by the type of what they speak of, a role named `aside`; the last speaks of two, whatever they are:
    `aside` and `other aside`.
    """
    text = files(__package__).joinpath("grammar/asides.txt").read_text(encoding="utf-8")
    roles = {"hero": "hero", "aside": "aside", "other": "other aside"}
    rules = dict(parse_rules(text))
    kinds = sorted(rules.keys() - {"any", "two"})
    of_kind = {
        kind: compile_template(f" [<any hero aside>|<any hero aside>|<{kind} hero aside>]", rules, roles)
        for kind in kinds
    }
    return of_kind, compile_template(" <two hero aside other>", rules, roles)


def parse_rules(text: str) -> Iterator[tuple[str, Rule]]:
    """Read rules: `rule NAME PARAMETER…`, then a phrase a line."""
    for head, lines in _blocks(text, "rule "):
        name, *parameters = head.split()
        yield name, Rule(name, tuple(parameters), tuple(lines))


def parse_plots(text: str, rules: Mapping[str, Rule]) -> Iterator[Plot]:
    """Read plots: `plot NAME`, then `KEY: VALUE` lines, `---`, and the lines of the story."""
    for name, lines in _blocks(text, "plot "):
        try:
            border = lines.index("---")
            fields = dict(line.split(": ", 1) for line in lines[:border])
            yield _plot(name, fields, lines[border + 1 :], rules)
        except ValueError as error:
            raise ValueError(f"plot {name}: {error}") from error


def _blocks(text: str, opener: str) -> Iterator[tuple[str, list[str]]]:
    head, lines = "", list[str]()
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(opener):
            if head:
                yield head, lines
            head, lines = line.removeprefix(opener), []
        else:
            lines.append(line)
    if head:
        yield head, lines


def _plot(name: str, fields: dict[str, str], body: list[str], rules: Mapping[str, Rule]) -> Plot:
    traits = tuple(fields.pop("traits", "").split())
    features = tuple(part.strip() for part in fields.pop("features", "").split(",") if part.strip())
    summary, moral = fields.pop("summary"), fields.pop("moral", "")
    roles = tuple((role, tuple(types.split())) for role, types in fields.items())
    names = {role: role for role, _ in roles}
    lines = tuple(_line(text, rules, names) for text in body)
    return Plot(
        name=name,
        roles=roles,
        traits=traits,
        features=features,
        sections=frozenset(line.section for line in lines if line.section),
        summary=compile_template(summary, rules, names),
        moral=compile_template(f"[{moral}]", rules, names) if moral else (),
        lines=lines,
        opened=body[0].startswith("<open hero>"),
    )


def _line(text: str, rules: Mapping[str, Rule], names: Mapping[str, str]) -> Line:
    section, joined = "", False
    if text.startswith("@"):
        section, text = text[1:].split(" ", 1)
        if section not in _SECTIONS:
            raise ValueError(f"unknown section @{section}")
    either = text.startswith("~ ")
    joined = text.startswith("+ ")
    text = text[2:] if either or joined else text
    return Line(section, None if either else joined, compile_template(text, rules, names))
