"""What can play a role in a story, read from `grammar/lexicon.toml`, and how roles are cast.

Everything that must stay true through a story (a name and its pronouns, the color of a ball, where something hides) is
fixed here, once a story, as the forms of a role; templates can only ask for forms. That makes stories consistent.
"""

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import TypeVar

from tinytales.corpus.synthetic.template import Forms

Random = Callable[[], float]
_T = TypeVar("_T")

_PRONOUNS = {
    "he": {"he": "he", "him": "him", "his": "his", "himself": "himself"},
    "she": {"he": "she", "him": "her", "his": "her", "himself": "herself"},
}
_FAMILY = {"mom": ("she", "Mom"), "dad": ("he", "Dad"), "grandma": ("she", "Grandma"), "grandpa": ("he", "Grandpa")}
_PAL_OF_OTHER_GENDER = 0.75  # two of the same gender make "he" hard to follow
_THINGS = {
    "toy": ("toys",),
    "treasure": ("treasures",),
    "clothes": ("clothes",),
    "baked": ("baked",),
    "fruit": ("fruit",),
    "food": ("baked", "fruit"),
    "tool": ("tools",),
    "plant": ("plants",),
}
_PLACES = ("outside", "wild", "water", "inside")


@dataclass(frozen=True)
class Lexicon:
    """The words of the stories, by the role types that they can play.

    Attributes:
        names: "girl", "boy" and "animal" → names.
        traits: what a hero can be like, where the plot doesn't say.
        animals: forms of each kind of animal, without name and pronouns.
        fixed: role type → nouns → that noun's variants (one per adjective, hiding place, …), complete forms.
    """

    names: Mapping[str, Sequence[str]]
    traits: Sequence[str]
    animals: Sequence[Forms]
    fixed: Mapping[str, Sequence[Sequence[Forms]]]

    @cached_property
    def nouns(self) -> Mapping[str, frozenset[str]]:
        """Role type → its nouns, for the types in `fixed`."""
        return {kind: frozenset(variants[0]["noun"] for variants in nouns) for kind, nouns in self.fixed.items()}

    def about(self, words: Collection[str]) -> "Lexicon":
        """This lexicon with only those nouns and traits that are among `words`, wherever two or more are.

        Two, because stories may have two roles of one type.
        """
        wanted = frozenset(words)

        def chosen(options: Sequence[_T], word: Callable[[_T], str]) -> Sequence[_T]:
            found = [option for option in options if word(option) in wanted]
            return found if len(found) > 1 else options

        return Lexicon(
            names=self.names,
            traits=chosen(self.traits, lambda trait: trait),
            animals=chosen(self.animals, lambda forms: forms["kind"]),
            fixed={role: chosen(nouns, lambda variants: variants[0]["noun"]) for role, nouns in self.fixed.items()},
        )

    def cast(
        self, roles: Sequence[tuple[str, Sequence[str]]], traits: Sequence[str], random: Random
    ) -> dict[str, Forms]:
        """Fill `roles` (name, types of which one is taken) so that no two share a name or a noun.

        `traits` are what the hero can be like; empty for any.
        """
        cast: dict[str, Forms] = {}
        taken: set[str] = set()
        for role, types in roles:
            kind = _pick(types, random)
            while (forms := self._forms(kind, cast, traits or self.traits, random))["noun"] in taken or forms[
                "name"
            ] in taken:
                pass
            taken.update((forms["noun"], forms["name"]))
            cast[role] = forms
        return cast

    def _forms(self, kind: str, cast: Mapping[str, Forms], traits: Sequence[str], random: Random) -> Forms:
        if kind in self.fixed:
            return _pick(_pick(self.fixed[kind], random), random)
        hero = cast.get("hero")
        if kind == "parent":
            return _family(hero["his"] if hero else "their", random)
        pronoun = "he" if random() < 0.5 else "she"
        if kind == "pal" and hero is not None:
            if random() < _PAL_OF_OTHER_GENDER:
                pronoun = "she" if hero["he"] == "he" else "he"
            if hero["is"] == "child" and random() < 0.7:
                return self._child(pronoun, traits, hero["his"], random)
            return self._animal(pronoun, traits, random)
        if kind == "child":
            return self._child(pronoun, traits, hero["his"] if hero else "their", random)
        if kind == "animal":
            return self._animal(pronoun, traits, random)
        if kind == "wildone":
            forms = _pick(self.animals, random)
            name = f"the {forms['kind']}"
            return {
                **forms,
                **_PRONOUNS[pronoun],
                "name": name,
                "a": f"a {forms['kind']}",
                "is": "wildone",
                "call": forms["kind"],
            }
        raise ValueError(f"unknown role type {kind!r}")

    def _child(self, pronoun: str, traits: Sequence[str], whose: str, random: Random) -> Forms:
        kind = "boy" if pronoun == "he" else "girl"
        name = _pick_common(self.names[kind], random)
        return {
            **_PRONOUNS[pronoun],
            "name": name,
            "noun": name,
            "call": name,
            "kind": kind,
            "is": "child",
            "trait": _pick(traits, random),
            "intro": f"{whose} friend {name}",
            "went": "ran",
            "home": "house",
            "food": "cookie",
        }

    def _animal(self, pronoun: str, traits: Sequence[str], random: Random) -> Forms:
        forms = _pick(self.animals, random)
        name = _pick_common(self.names["animal"], random)
        intro = f"a {forms['kind']} named {name}"
        return {
            **forms,
            **_PRONOUNS[pronoun],
            "name": name,
            "call": name,
            "trait": _pick(traits, random),
            "intro": intro,
            "is": "animal",
        }


def load() -> Lexicon:
    """Read the lexicon of the package."""
    table = tomllib.loads(files(__package__).joinpath("grammar/lexicon.toml").read_text(encoding="utf-8"))
    words = table["words"]
    fixed: dict[str, Sequence[Sequence[Forms]]] = {
        role: [thing for key in keys for thing in _things(table[key])] for role, keys in _THINGS.items()
    }
    fixed |= {key: [list(_places(*row)) for row in table[key].items()] for key in _PLACES}
    fixed["helper"] = list(_helpers(table["helpers"], words["grownup_traits"].split()))
    fixed["color"] = [[{"name": color, "noun": color}] for color in words["colors"].split()]
    fixed["keeper"] = [variants for variants in fixed["helper"] if variants[0]["noun"] == "shopkeeper"]
    fixed["pet"] = [[{"name": pet, "noun": pet}] for pet in words["pets"].split()]
    fixed["game"] = [[_game(*row)] for row in table["games"].items()]
    return Lexicon(
        names={kind: names.split() for kind, names in table["names"].items()},
        traits=words["traits"].split(),
        animals=[_animal_kind(*row) for row in table["animals"].items()],
        fixed=fixed,
    )


def _pick(options: Sequence[_T], random: Random) -> _T:
    return options[int(random() * len(options))]


def _pick_common(options: Sequence[_T], random: Random) -> _T:
    """One of the options, the first ones far more often.

    So it is with names in real stories (Lily, Tim and Tom are half of them). A model of a few minutes learns to carry
    the common names through a story, and of the rare ones that any name can be carried.
    """
    return options[int(random() ** 5 * len(options))]


def _family(whose: str, random: Random) -> Forms:
    word = _pick(("mom", "dad", "mom", "dad", "grandma", "grandpa"), random)
    pronoun, call = _FAMILY[word]
    return {**_PRONOUNS[pronoun], "name": f"{whose} {word}", "noun": word, "kind": word, "call": call, "is": "parent"}


def _animal_kind(kind: str, row: str) -> Forms:
    went, home, food, cry, gift = (part.strip() for part in row.split(";"))
    return {"noun": kind, "kind": kind, "went": went, "home": home, "food": food, "cry": cry, "gift": gift}


def _things(groups: Mapping[str, str]) -> Iterator[Sequence[Forms]]:
    for adjectives, nouns in groups.items():
        for word in nouns.split():
            noun = word.replace("_", " ")
            yield [{"name": noun, "noun": noun, "adj": a, "full": f"{a} {noun}"} for a in adjectives.split()]


def _places(noun: str, row: str) -> Iterator[Forms]:
    preposition, adjectives, spots = (part.strip() for part in row.split(";"))
    for adjective in adjectives.split():
        for spot in spots.split(","):
            at, full = f"{preposition} the {noun}", f"{adjective} {noun}"
            yield {"name": noun, "noun": noun, "adj": adjective, "full": full, "at": at, "spot": spot}


def _helpers(table: Mapping[str, str], traits: Sequence[str]) -> Iterator[Sequence[Forms]]:
    for pronoun, nouns in table.items():
        for word in nouns.split():
            noun = word.replace("_", " ")
            yield [
                {**_PRONOUNS[p], "name": f"the {noun}", "noun": noun, "kind": noun, "a": f"a {noun}", "is": "helper"}
                | {"trait": trait, "call": noun, "full": noun if "old" in noun else f"{trait} {noun}"}
                for p in (("he", "she") if pronoun == "either" else (pronoun,))
                for trait in traits
            ]


def _game(base: str, row: str) -> Forms:
    past, ing = (part.strip() for part in row.split(";"))
    return {"name": base, "noun": base, "past": past, "ing": ing}
