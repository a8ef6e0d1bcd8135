"""Measure models: predict held-out stories, choose between pairs, tell stories, and set all of it beside its peers."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path

from tinytales.errors import UsageError
from tinytales.evaluation.estimates import Samples, difference
from tinytales.evaluation.measures import measure_stories
from tinytales.evaluation.prediction import EnginePredictor, Predictor, measure_prediction
from tinytales.evaluation.probes import load_probes, measure_probes
from tinytales.evaluation.reference import Reference, open_reference
from tinytales.evaluation.results import MEASURES, Comparison, Conditions, Difference, Evaluation, Figure, Sample
from tinytales.evaluation.told import SAMPLING, Group, Teller, engine_teller, human_groups, prompts, tell_groups
from tinytales.inference.rust_engine import RustEngine
from tinytales.terminal import progress, timed

KEPT_STORIES = 8


@dataclass(frozen=True)
class EvalSettings:
    """How much is measured.

    Attributes:
        stories: held-out stories to predict, at most.
        seeds: stories told from each beginning; measures of variety compare those with each other.
    """

    stories: int = 1_000
    seeds: int = 10

    def __post_init__(self) -> None:
        if self.stories < 1:
            raise UsageError(f"{self.stories} stories tell nothing", "use 1 or more")
        if not 1 <= self.seeds <= 64:
            raise UsageError(f"{self.seeds} stories from each beginning can't be told", "use 1 to 64")


@dataclass(frozen=True)
class Subject:
    """Someone who tells or predicts: a model, the n-gram model, or people.

    Attributes:
        samples: what was found, by the measures' names.
        groups: the stories told.
    """

    samples: Mapping[str, Samples]
    groups: Sequence[Group]


def evaluate(engine: RustEngine, corpus: Path, settings: EvalSettings, held_out: str | None = None) -> Evaluation:
    """Measure a model.

    Args:
        engine: the model.
        corpus: the corpus folder to measure against.
        settings: how much is measured.
        held_out: a source of stories to predict instead of the corpus's validation split.

    Raises:
        MissingError: the corpus or `held_out` is missing or damaged.
        UsageError: `held_out` is of a kind that can't be read.
    """
    return _measure([engine], open_reference(corpus, settings.stories, held_out), settings).evaluation(0)


def compare(
    one: RustEngine, other: RustEngine, corpus: Path, settings: EvalSettings, held_out: str | None = None
) -> Comparison:
    """Measure two models side by side; otherwise as `evaluate`."""
    measured = _measure([one, other], open_reference(corpus, settings.stories, held_out), settings)
    differences = {name: found for name in MEASURES if (found := measured.difference(name)) is not None}
    return Comparison((measured.evaluation(0), measured.evaluation(1)), differences)


@dataclass(frozen=True)
class _Subject:
    """A model, the n-gram model, or people: what was found, by the measures' names, and the stories told."""

    samples: Mapping[str, Samples]
    groups: Sequence[Group]

    def value(self, name: str) -> float | None:
        return self.samples[name].value if name in self.samples else None


@dataclass(frozen=True)
class _Measured:
    """Models and their peers, measured under the same conditions."""

    engines: Sequence[RustEngine]
    models: Sequence[_Subject]
    human: _Subject
    peer: _Subject
    conditions: Conditions

    def evaluation(self, index: int) -> Evaluation:
        engine, model = self.engines[index], self.models[index]
        figures = {
            name: Figure(model.samples[name].estimate(), self.human.value(name), self.peer.value(name))
            for name in MEASURES
            if name in model.samples
        }
        # The first of each of the first groups: nobody chose them.
        stories = tuple(Sample(*astuple(group[0])) for group in model.groups[:KEPT_STORIES])
        return Evaluation(engine.name, engine.parameters, self.conditions, figures, stories)

    def difference(self, name: str) -> Difference | None:
        one, other = (model.samples[name] for model in self.models)
        better, target = MEASURES[name].better, self.human.value(name)
        change = difference(other, one, target if better == "human" else None)
        if change is None:
            return None
        if change.low <= 0 <= change.high:
            return Difference(change, None)
        return Difference(change, int((change.value > 0) == (better == "higher")))


def _measure(engines: Sequence[RustEngine], reference: Reference, settings: EvalSettings) -> _Measured:
    """People tell what the reference holds out; everyone else predicts that, and tells stories of its own."""
    with timed("learned 5-grams of the corpus, to have something to compare with"):
        peer = reference.learn_peer()
    tellers: list[tuple[str, Predictor, Teller]] = [
        ("5-grams", peer, partial(peer.tell, sampling=SAMPLING, seeds=settings.seeds)),
        *((engine.name, EnginePredictor(engine), engine_teller(engine, settings.seeds)) for engine in engines),
    ]
    found = [_predict_and_tell(*teller, reference, settings) for teller in tellers]
    people = _Subject({}, human_groups(reference.held_out, settings.seeds)[: len(prompts())])
    human, peer_subject, *models = _with_story_measures([people, *found], reference)
    conditions = Conditions(
        corpus=reference.corpus.manifest.name,
        corpus_identity=reference.corpus.manifest.identity,
        held_out=reference.held_out_name,
        held_out_stories=len(reference.held_out),
        prompts=len(prompts()),
        seeds=settings.seeds,
        temperature=SAMPLING.temperature,
        top_p=SAMPLING.top_p,
        max_tokens=SAMPLING.max_tokens,
    )
    return _Measured(engines, models, human, peer_subject, conditions)


def _predict_and_tell(
    name: str, predictor: Predictor, tell: Teller, reference: Reference, settings: EvalSettings
) -> _Subject:
    probes, beginnings = load_probes(), prompts()
    pairs = sum(len(template) for topic in probes.values() for template in topic)
    with progress(f"{name} predicts", len(reference.held_out), "stories") as bar:
        predicted = measure_prediction(predictor, reference.held_out, bar.advance)
    with progress(f"{name} chooses", pairs, "pairs") as bar:
        probed = measure_probes(predictor, probes, bar.advance)
    with progress(f"{name} tells", len(beginnings) * settings.seeds, "stories") as bar:
        groups = tell_groups(tell, beginnings, bar.advance)
    return _Subject({**predicted, **probed}, groups)


def _with_story_measures(subjects: Sequence[_Subject], reference: Reference) -> list[_Subject]:
    """All stories look for their copies together, so that the corpus is read once."""
    with timed("looked for copies from the corpus"):
        texts = [story.text for subject in subjects for group in subject.groups for story in group]
        copies = iter(reference.longest_copies(texts))
    measured = []
    for subject in subjects:
        own = [[next(copies) for _ in group] for group in subject.groups]
        samples = measure_stories(subject.groups, reference.vocabulary, reference.common, own)
        measured.append(_Subject({**subject.samples, **samples}, subject.groups))
    return measured
