"""The small language that plots and phrases are written in, compiled for quick expansion.

    [sad|very sad|]       one of these, chosen anew each time; options may nest
    {hero}                what plays the role, e.g. a name or a noun
    {hero.his}            another form of it; in a plot, {his} alone is short for {hero.his}
    <sad hero friend>     one of the phrases of the rule `sad`, its parameters bound to these roles

Articles and capitals are left to `polish`: templates say "a {thing}" and begin sentences in lower case if they like.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Forms = Mapping[str, str]
Cast = Mapping[str, Forms]

_TOKEN = re.compile(r"[\[\]|]|\{[^{}]*\}|<[^<>]*>|[^\[\]|{}<>]+")
# Each of these begins with a fixed text or one of few characters, which is what makes them quick.
_SENTENCE = re.compile(r'[.!?\n]"?(?: |(?<=\n)|(?<=\n"))"?[a-z]')
_QUOTED_SENTENCE = re.compile(r' "[a-z]')
_GOES_ON = re.compile(
    r"(?:(?:(?:the|his|her|their|a) )?(?:old )?\w+ )?(?:always |all |both )?"
    r"(?:said|asked|cried|shouted|called|whispered|laughed|thought|yelled|sang|replied|answered|wondered|went|screamed)\b"
)
_VOWEL_AFTER_A = re.compile(r" a(?= (?:[aeiou](?!ne\b|nce\b)|honest|hour))")
_NARRATIVE_FORMS = ("he", "him", "his", "himself")


class Slot(NamedTuple):
    """A place for one form of what plays a role."""

    role: str
    form: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A place for one of several templates."""

    options: tuple["Template", ...]


Template = tuple[str | Slot | Choice, ...]


@dataclass(frozen=True)
class Rule:
    """Phrases that say the same thing, about the roles in `parameters`."""

    name: str
    parameters: tuple[str, ...]
    phrases: tuple[str, ...]


def compile_template(text: str, rules: Mapping[str, Rule], roles: Mapping[str, str]) -> Template:
    """Compile `text`.

    Args:
        text: the template.
        rules: the rules that it may call, by name.
        roles: name in the text → role in the cast; calls of rules rename roles by it.

    Raises:
        ValueError: the text is not well formed, or names an unknown rule or role.
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text:
        raise ValueError(f"stray bracket in {text!r}")
    template, rest = _sequence(tokens, 0, rules, roles)
    if rest != len(tokens):
        raise ValueError(f"unbalanced brackets in {text!r}")
    return template


def render(template: Template, cast: Cast, random: Callable[[], float], write: Callable[[str], object]) -> None:
    """Expand `template`, handing the pieces of text to `write`."""
    for part in template:
        if isinstance(part, str):
            write(part)
        elif isinstance(part, Choice):
            options = part.options
            render(options[int(random() * len(options))], cast, random, write)
        else:
            role, form = part
            write(cast[role][form])


def polish(text: str) -> str:
    """Put right what templates leave open: capitals at the start of sentences, "an" before vowels, spaces."""
    while "  " in text:
        text = text.replace("  ", " ")
    text = text.replace("\n", " \n ").replace("  ", " ")  # so that every word has a space before it
    text = _VOWEL_AFTER_A.sub(" an", f" {text} ").replace(" \n ", "\n").strip()
    return _QUOTED_SENTENCE.sub(_upper, _SENTENCE.sub(_upper_unless_it_goes_on, f"\n{text}"))[1:]


def _upper(match: re.Match[str]) -> str:
    return match[0].upper()


def _upper_unless_it_goes_on(match: re.Match[str]) -> str:
    """Capitalise, but not in `"Why?" asked Tom` or `"Go!" the owl said`."""
    if match[0][:2] in ('!"', '?"') and _GOES_ON.match(match.string, match.end() - 1):
        return match[0]
    return match[0].upper()


def _sequence(
    tokens: Sequence[str], index: int, rules: Mapping[str, Rule], roles: Mapping[str, str]
) -> tuple[Template, int]:
    parts: list[str | Slot | Choice] = []
    while index < len(tokens):
        token = tokens[index]
        if token in "|]":
            break
        index += 1
        if token == "[":
            choice, index = _choice(tokens, index, rules, roles)
            parts.append(choice)
        elif token[0] == "{":
            parts.append(_slot(token[1:-1], roles))
        elif token[0] == "<":
            parts.append(_call(token[1:-1].split(), rules, roles))
        else:
            parts.append(token)
    return tuple(parts), index


def _choice(
    tokens: Sequence[str], index: int, rules: Mapping[str, Rule], roles: Mapping[str, str]
) -> tuple[Choice, int]:
    options: list[Template] = []
    while True:
        option, index = _sequence(tokens, index, rules, roles)
        options.append(option)
        if index == len(tokens):
            raise ValueError(f"unclosed [ in {''.join(tokens)!r}")
        index += 1
        if tokens[index - 1] == "]":
            return Choice(tuple(options)), index


def _slot(inside: str, roles: Mapping[str, str]) -> Slot:
    name, _, form = inside.partition(".")
    if name in _NARRATIVE_FORMS and not form:
        name, form = "hero", name
    if name not in roles:
        raise ValueError(f"unknown role in {{{inside}}}")
    return Slot(roles[name], form or "name")


def _call(call: Sequence[str], rules: Mapping[str, Rule], roles: Mapping[str, str]) -> Choice:
    rule = rules.get(call[0])
    if rule is None or len(call) - 1 != len(rule.parameters):
        raise ValueError(f"no such rule: <{' '.join(call)}>")
    unknown = [name for name in call[1:] if name not in roles]
    if unknown:
        raise ValueError(f"unknown role {unknown[0]!r} in <{' '.join(call)}>")
    bound = {parameter: roles[name] for parameter, name in zip(rule.parameters, call[1:], strict=True)}
    return Choice(tuple(compile_template(phrase, rules, bound) for phrase in rule.phrases))
