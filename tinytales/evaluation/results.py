"""What an evaluation found, as plain data that survives a trip through JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tinytales.evaluation.estimates import Estimate
from tinytales.evaluation.prediction import POSITIONS, position_name

Better = Literal["lower", "higher", "human"]
Unit = Literal["bits", "share", "words"]


@dataclass(frozen=True)
class Measure:
    """Something that is measured.

    Attributes:
        name: its key in JSON.
        label: what people read.
        better: which figure is the better one; "human" is the one nearer to that of people's stories: a measure of
            style, which random text can win too where people are far from both.
        unit: bits, a share of one, or words.
    """

    name: str
    label: str
    better: Better
    unit: Unit


def _position_label(index: int) -> str:
    begin = POSITIONS[index]
    return f"bytes {begin} to {POSITIONS[index + 1] - 1}" if index + 1 < len(POSITIONS) else f"bytes {begin} and on"


PREDICTION = (
    Measure("bits_per_byte", "bits per byte", "lower", "bits"),
    *(
        Measure(position_name(POSITIONS[index]), _position_label(index), "lower", "bits")
        for index in range(len(POSITIONS))
    ),
    Measure("ending_bits", "bits of a story's end", "lower", "bits"),
)
PROBES = (
    Measure("agreement", "agreement", "higher", "share"),
    Measure("pronouns", "gender of pronouns", "higher", "share"),
    Measure("names", "keeps to a name", "higher", "share"),
    Measure("objects", "keeps to an object", "higher", "share"),
    Measure("facts", "simple facts", "higher", "share"),
    Measure("reasoning", "simple reasoning", "higher", "share"),
)
STORIES = (
    Measure("ended", "ended properly", "higher", "share"),
    Measure("quotes_closed", "quotes closed", "higher", "share"),
    Measure("unknown_words", "words the corpus lacks", "lower", "share"),
    Measure("words", "words a story", "human", "words"),
    Measure("loops", "4-grams told before", "human", "share"),
    Measure("distinct_1", "distinct words", "human", "share"),
    Measure("distinct_2", "distinct 2-grams", "human", "share"),
    Measure("distinct_3", "distinct 3-grams", "human", "share"),
    Measure("self_bleu", "self-BLEU", "human", "share"),
    Measure("coverage", "common words used", "human", "share"),
    Measure("longest_copy", "longest copy, words", "human", "words"),
)
SECTIONS: Mapping[str, tuple[Measure, ...]] = {
    "Prediction of stories held out": PREDICTION,
    "Probes: the right one of two is the likelier": PROBES,
    "Told stories": STORIES,
}
MEASURES = {measure.name: measure for section in SECTIONS.values() for measure in section}


@dataclass(frozen=True)
class Figure:
    """One measure of a model, beside its peers; None where it can't be measured.

    Attributes:
        model: the model's figure, with its interval.
        human: that of people's stories.
        kneser_ney: that of the n-gram model.
    """

    model: Estimate | None
    human: float | None
    kneser_ney: float | None


@dataclass(frozen=True)
class Conditions:
    """What an evaluation was made with; figures compare where these are equal.

    Attributes:
        corpus: name of the corpus of words, n-grams and copies.
        corpus_identity: its exact contents.
        held_out: where the stories to predict come from.
        held_out_stories: how many there were.
        prompts: how many beginnings were gone on from.
        seeds: how many stories from each.
        temperature: of telling.
        top_p: of telling.
        max_tokens: of telling.
    """

    corpus: str
    corpus_identity: str
    held_out: str
    held_out_stories: int
    prompts: int
    seeds: int
    temperature: float
    top_p: float
    max_tokens: int


@dataclass(frozen=True)
class Sample:
    """A story that the model told."""

    prompt: str
    text: str
    ended: bool


@dataclass(frozen=True)
class Evaluation:
    """What was found of a model.

    Attributes:
        model: its name.
        parameters: its weights.
        conditions: what it was measured with.
        figures: by the measures' names.
        stories: some that it told, unselected.
    """

    model: str
    parameters: int
    conditions: Conditions
    figures: Mapping[str, Figure]
    stories: tuple[Sample, ...]

    def to_document(self) -> dict[str, Any]:
        """Plain data for JSON; `bits_per_byte` and `ending_bits` stand at its top too."""
        headline = {
            name: figure.model.value
            for name in ("bits_per_byte", "ending_bits")
            if (figure := self.figures.get(name)) and figure.model
        }
        return {
            "model": self.model,
            "parameters": self.parameters,
            **headline,
            "conditions": asdict(self.conditions),
            "figures": {
                name: {"better": MEASURES[name].better, "unit": MEASURES[name].unit, **asdict(figure)}
                for name, figure in self.figures.items()
            },
            "stories": [asdict(story) for story in self.stories],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Evaluation":
        """Read what `to_document` gave.

        Raises:
            KeyError, TypeError, ValueError: it is no such document.
        """
        figures = {
            name: Figure(
                None
                if found["model"] is None
                else Estimate(*(float(found["model"][key]) for key in ("value", "low", "high"))),
                *(None if found[peer] is None else float(found[peer]) for peer in ("human", "kneser_ney")),
            )
            for name, found in document["figures"].items()
            if name in MEASURES
        }
        stories = tuple(Sample(str(one["prompt"]), str(one["text"]), bool(one["ended"])) for one in document["stories"])
        conditions = Conditions(**document["conditions"])
        return cls(str(document["model"]), int(document["parameters"]), conditions, figures, stories)


@dataclass(frozen=True)
class Difference:
    """How two models differ in one measure, by the same stories and beginnings.

    Attributes:
        change: the second's figure minus the first's; for measures of style, by how much the second is farther from
            people's stories.
        better: which of the two it speaks for: 0, 1, or None where chance could explain it.
    """

    change: Estimate
    better: int | None


@dataclass(frozen=True)
class Comparison:
    """Two models side by side.

    Attributes:
        models: their evaluations, under the same conditions.
        differences: by the measures' names.
    """

    models: tuple[Evaluation, Evaluation]
    differences: Mapping[str, Difference]

    def to_document(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "models": [model.to_document() for model in self.models],
            "differences": {name: asdict(found) for name, found in self.differences.items()},
        }
