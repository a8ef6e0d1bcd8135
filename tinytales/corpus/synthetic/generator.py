"""Stories from plots: one seed and one number make one story, whoever asks and in whatever order."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random

from tinytales.corpus.story import Story
from tinytales.corpus.synthetic import lexicon, plots
from tinytales.corpus.synthetic.plots import Plot
from tinytales.corpus.synthetic.template import Cast, compile_template, polish, render
from tinytales.corpus.vocabulary import read_words
from tinytales.errors import UsageError

FEATURES = ("dialogue", "twist", "moral", "bad ending", "conflict", "foreshadowing")

_SECTION_OF = {"twist": "twist", "bad ending": "bad", "foreshadowing": "fore"}
_SHARE_OF = {"twist": 0.5, "bad ending": 0.2, "foreshadowing": 0.35, "moral": 0.35}  # of the stories that can have it
_ASIDES = ("aside", "other aside")  # the roles of what a story speaks of besides its plot, where it can
_ASIDE = 0.65  # how often it speaks of each: so any thing may come up in any plot
_TELLING_MORALS = compile_template(
    "[the moral of the story is that |the moral of this story is: |remember, |and so we see that |"
    "everyone learned that |that day taught everyone that ]",
    {},
    {},
)


@dataclass(frozen=True)
class Told:
    """A synthetic story with what it was made from, for those who check it."""

    story: Story
    plot: str
    cast: Cast


class Generator:
    """Makes stories. Build it once: it reads and compiles all plots."""

    def __init__(self, seed: int = 0, features: Collection[str] = (), words: str = "") -> None:
        """Make stories from `seed` that all have `features`, and are about `words` where they can be.

        Args:
            seed: one seed, one row of stories.
            features: some of `FEATURES`.
            words: a file of words; things, animals, places and traits that are in it are taken before all others.

        Raises:
            UsageError: a feature is unknown, or no plot has all of them.
            MissingError: the file of words can't be read.
        """
        for feature in features:
            if feature not in FEATURES:
                raise UsageError(f"stories have no feature {feature!r}", f"choose from: {', '.join(FEATURES)}")
        self._seed = seed
        self._wanted = frozenset(features)
        self._lexicon = lexicon.load().about(read_words(words)) if words else lexicon.load()
        self._aside_of, self._aside_of_two = plots.load_asides()
        self._plots = tuple(plot for plot in plots.load() if self._wanted <= _possible(plot))
        if not self._plots:
            raise UsageError(f"no plot has {' and '.join(sorted(features))}", "ask for fewer features")
        self._aside_kinds = {plot.name: self._kinds_beside(plot) for plot in self._plots}

    def stories(self, start: int, stop: int) -> Iterator[Story]:
        """Stories number `start` up to but without `stop`."""
        for index in range(start, stop):
            yield self.tell(index).story

    def tell(self, index: int) -> Told:
        """Story number `index`."""
        random = Random(self._seed << 40 | index).random
        plot = self._plots[int(random() * len(self._plots))]
        kinds = self._aside_kinds[plot.name]
        beside = [kinds[int(random() * len(kinds))] for _ in _ASIDES if kinds and random() < _ASIDE]
        roles = [(role, (kind,)) for role, kind in zip(_ASIDES, beside, strict=False)]
        cast = self._lexicon.cast((*roles, *plot.roles), plot.traits, random)
        features = {name for name, share in _SHARE_OF.items() if name in self._wanted or random() < share}
        features &= _possible(plot)
        sections = {"", "twist" if "twist" in features else "plain", "bad" if "bad ending" in features else "good"}
        if "foreshadowing" in features:
            sections.add("fore")
        pieces: list[str] = []
        for line in plot.lines:
            if line.section in sections:
                joined = random() < 0.5 if line.joined is None else line.joined
                pieces.append(" " if joined else "\n")
                template = line.template
                if beside and line is plot.lines[0]:
                    aside = self._aside_of[beside[0]] if len(beside) == 1 else self._aside_of_two
                    template = (template[0], *aside, *template[1:])
                render(template, cast, random, pieces.append)
        if "moral" in features:
            pieces.append("\n" if random() < 0.5 else " ")
            render(_TELLING_MORALS, cast, random, pieces.append)
            render(plot.moral, cast, random, pieces.append)
            pieces.append(".")
        text = polish("".join(pieces))
        summary: list[str] = []
        render(plot.summary, cast, random, summary.append)
        features.update(plot.features)
        if '"' in text:
            features.add("dialogue")
        story = Story(
            text=text,
            words=_words(cast, text),
            features=tuple(feature for feature in FEATURES if feature in features),
            summary=polish("".join(summary)),
        )
        return Told(story, plot.name, cast)

    def _kinds_beside(self, plot: Plot) -> list[str]:
        """The types that an aside in this plot may speak of, each once for each of its nouns.

        They are those none of whose nouns the plot may need itself.
        """
        nouns = self._lexicon.nouns
        taken = {noun for _, types in plot.roles for kind in types for noun in nouns.get(kind, ())}
        free = [kind for kind in self._aside_of if plot.opened and taken.isdisjoint(nouns[kind])]
        return [kind for kind in free for _ in nouns[kind]]


def _possible(plot: Plot) -> frozenset[str]:
    by_section = (feature for feature, section in _SECTION_OF.items() if section in plot.sections)
    return frozenset((*plot.features, *by_section, *(("moral",) if plot.moral else ()), "dialogue"))


def _words(cast: Cast, text: str) -> tuple[str, ...]:
    """Up to three words that the story was made around, and that it says: nouns before what they are like."""
    words = [forms[form] for form in ("noun", "adj", "trait") for forms in cast.values() if form in forms]
    return tuple(dict.fromkeys(word for word in words if word.islower() and _says(text, word)))[:3]


def _says(text: str, word: str) -> bool:
    at = text.find(f" {word}")
    return at >= 0 and not text[at + 1 + len(word) : at + 2 + len(word)].isalpha()
