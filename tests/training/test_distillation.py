from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.small import CPU, losses_of, stopped_at
from tinytales import pipeline
from tinytales.chat.dataset import PLAIN, ROWS
from tinytales.chat.rows import RowStream
from tinytales.chat.settings import ConversationSettings
from tinytales.corpus.settings import CorpusSettings
from tinytales.errors import MissingError, UsageError
from tinytales.model.config import GPTConfig
from tinytales.model.gpt import GPT
from tinytales.storage import manifest
from tinytales.storage.runs import RUN
from tinytales.tokenizer.settings import TokenizerSettings
from tinytales.tokenizer.targets import ids_of, row_of, weights_of
from tinytales.tokenizer.token_files import TokenFile
from tinytales.training.batches import StoryStream
from tinytales.training.distillation import GUESSES, NOWHERE, StoryFinder, Teaching, ask
from tinytales.training.settings import MidTrainSettings, TrainSettings

VOCABULARY, PLACES = 40, 12
EVERYWHERE = np.arange(1, PLACES + 1)[None]
CONFIG = GPTConfig.shaped(vocab_size=VOCABULARY, context_length=PLACES, depth=2, width=64, rope_theta=10_000.0)
SMALL = TrainSettings(depth=1, width=64, context_length=64, batch_tokens=512, steps=6)


def model_of(seed: int) -> GPT:
    """A model that expects something."""
    model = GPT(CONFIG).initialize(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.2 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(seed))
    return model


def expectations(seed: int) -> torch.Tensor:
    return torch.randn(PLACES, VOCABULARY, generator=torch.Generator().manual_seed(seed)).mul(2).softmax(-1)


def nowhere(step: int) -> np.ndarray:
    return np.full((1, PLACES), NOWHERE)


def teaching_of(expected: torch.Tensor, guesses: int, trust: float) -> Teaching:
    """What these expect of the places from 1 on."""
    likeliest = F.pad(expected, (0, 0, 1, 0)).topk(guesses)
    return Teaching(likeliest.indices.to(torch.int16), likeliest.values, trust, nowhere)


@pytest.mark.parametrize("trust", [0.0, 0.4, 1.0])
def test_the_loss_is_that_of_what_text_and_teachers_say_mixed(trust: float) -> None:
    model, expected = model_of(1), expectations(2)
    tokens, said = torch.arange(PLACES)[None], torch.arange(1, PLACES + 1)[None]
    weights = torch.tensor([[1, 3, 0] * (PLACES // 3)])
    teaching = teaching_of(expected, VOCABULARY, trust)
    loss = model.loss(tokens, *teaching.targets(EVERYWHERE, said, weights))
    mixed = trust * expected + (1 - trust) * F.one_hot(said[0], VOCABULARY)
    each = F.cross_entropy(model(tokens)[0], mixed, reduction="none")
    torch.testing.assert_close(loss, (each * weights[0]).sum())


@given(st.integers(0, 99), st.integers(1, VOCABULARY), st.floats(0, 1))
@settings(deadline=None)
def test_what_is_not_among_the_guesses_is_learned_from_the_text(seed: int, guesses: int, trust: float) -> None:
    expected = expectations(seed)
    teaching = teaching_of(expected, guesses, trust)
    mean = torch.zeros(PLACES, VOCABULARY)
    for token in range(VOCABULARY):  # a text that says each token as often as the teachers expect it
        said = torch.full((1, PLACES), token)
        ids, shares = teaching.targets(EVERYWHERE, said, torch.ones(1, PLACES))
        mean.scatter_add_(1, ids[0], shares[0] * expected[:, token, None])
    torch.testing.assert_close(mean, expected)


@given(st.integers(0, 99), st.floats(0, 1), st.integers(0, VOCABULARY - 1))
@settings(deadline=None)
def test_where_nobody_was_asked_the_text_alone_counts(seed: int, trust: float, token: int) -> None:
    said, weights = torch.full((1, PLACES), token), torch.randint(0, 4, (1, PLACES))
    ids, shares = teaching_of(expectations(seed), GUESSES, trust).targets(nowhere(0), said, weights)
    assert ids[..., -1].equal(said)
    assert shares[..., -1].equal(weights.float())
    assert not shares[..., :-1].any()


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=5), min_size=1, max_size=8), st.data())
def test_stories_are_found_where_they_are_told_whole(stories: list[list[int]], data: st.DataObject) -> None:
    end, asks, answered = 9, 8, 7
    tokens = np.array([token for story in stories for token in (end, *story)] + [end], dtype=np.uint16)
    starts = np.flatnonzero(tokens == end)[:-1]
    ids, weights, known = [end], [0], [False]
    for kind in data.draw(st.lists(st.sampled_from(["story", "answer", "piece", "read"]), min_size=1, max_size=6)):
        story = data.draw(st.sampled_from(stories))
        asked = [data.draw(st.integers(1, 2)) if kind == "answer" else 1 for _ in story]
        if kind == "piece":
            story, asked = [*story, 4], [*asked, 1]
        ids += [asks, *story, answered, end] if kind == "answer" else [end, *story, end]
        weights += [0, *asked, 1, 0] if kind == "answer" else [0, *(kind != "read" and weight for weight in asked), 1]
        found = [kind in ("story", "answer") and weight == 1 for weight in asked]
        known += [False, *found, False, False] if kind == "answer" else [False, *found, kind == "story"]
    row = row_of(np.array(ids, dtype=np.int32), np.array(weights, dtype=np.int32))
    (places,) = StoryFinder(tokens, starts).places(row[None].astype(np.int64))
    assert (places != NOWHERE).tolist() == known[1:]
    for place, target in zip(places, ids[1:], strict=True):
        assert place == NOWHERE or tokens[place] == target


def test_teachers_say_of_each_place_what_they_expect_in_its_story() -> None:
    end = CONFIG.end_of_text
    stories = [[3, 4, 5, 6], [7, 8], [9, 10, 11, 12, 13, 14, 15]]
    tokens = np.array([token for story in stories for token in (end, *story)] + [end], dtype=np.uint16)
    starts = np.array([0, 5, 8])
    teachers = [model_of(seed).eval() for seed in (1, 2)]
    teaching = ask(teachers, StoryStream(tokens, starts, PLACES, 0), CPU, 0.5, nowhere)
    for start, story in zip(starts, stories, strict=True):
        row = torch.tensor([[end, *story]])
        mean = torch.stack([teacher(row).softmax(-1) for teacher in teachers]).mean(0)[0]
        likeliest = mean.topk(GUESSES)
        found = slice(start + 1, start + 2 + len(story))
        torch.testing.assert_close(teaching.probabilities[found].float(), likeliest.values, atol=1e-3, rtol=1e-3)
        assert (teaching.ids[found] == likeliest.indices).float().mean() > 0.9  # near-ties


def test_what_teachers_expect_is_not_kept_where_there_is_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinytales.training.distillation.most_memory", lambda: 1000.0)
    stream = StoryStream(np.array([37, 1, 37] * 20, dtype=np.uint16), np.arange(0, 58, 2), PLACES, 0)
    with pytest.raises(UsageError, match="GB of memory"):
        ask([model_of(1)], stream, CPU, 0.5, nowhere)


@pytest.fixture
def tokens(home: Path) -> Path:
    corpus = pipeline.prepare(["synthetic"], CorpusSettings(limit=80), "demo")
    return pipeline.tokenize(corpus, TokenizerSettings(vocab_size=320), "demo")


def test_a_student_names_its_teachers_and_goes_on_after_a_stop(tokens: Path) -> None:
    teachers = [pipeline.train(tokens, replace(SMALL, seed=seed), f"teacher-{seed}") for seed in (1, 2)]
    taught = replace(SMALL, teachers="teacher-1, teacher-2")
    student = pipeline.train(tokens, taught, "student")
    lineage = manifest.read(student, "model", RUN).lineage
    for teacher in teachers:
        assert lineage[f"teacher {teacher.name}"]["identity"] == manifest.read(teacher, "model", RUN).identity
    assert losses_of(student) != losses_of(pipeline.train(tokens, SMALL, "alone"))

    with stopped_at(4):
        pipeline.train(tokens, taught, "stopped")
    assert losses_of(pipeline.train(tokens, SMALL, "stopped")) == losses_of(student)


def test_a_teacher_of_another_vocabulary_or_a_shorter_sight_is_refused(tokens: Path) -> None:
    other = pipeline.tokenize(tokens.parent.parent / "corpora" / "demo", TokenizerSettings(vocab_size=300), "other")
    pipeline.train(other, SMALL, "stranger")
    pipeline.train(tokens, replace(SMALL, context_length=32), "short")
    with pytest.raises(UsageError, match="another vocabulary"):
        pipeline.train(tokens, replace(SMALL, teachers="stranger"), "student")
    with pytest.raises(UsageError, match="sees 32 tokens, its student 64"):
        pipeline.train(tokens, replace(SMALL, teachers="short"), "student")
    with pytest.raises(MissingError, match="no model called nobody"):
        pipeline.train(tokens, replace(SMALL, teachers="nobody"), "student")


def test_a_run_does_not_go_on_with_other_teachers(tokens: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    pipeline.train(tokens, SMALL, "teacher")
    taught = replace(SMALL, teachers="teacher")
    with monkeypatch.context() as patch:
        patch.setattr("tinytales.training.train.carry_out", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            pipeline.train(tokens, taught, "student")
    shutil.rmtree(tokens.parent.parent / "models" / "teacher")
    pipeline.train(tokens, replace(SMALL, seed=5), "teacher")
    with pytest.raises(UsageError, match="teacher teacher is another model now"):
        pipeline.train(tokens, taught, "student")


def test_a_model_that_learns_to_answer_is_taught_all_stories_but_what_was_asked_for(
    tokens: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = replace(SMALL, context_length=768, batch_tokens=1536)
    base, _ = (pipeline.train(tokens, wide, name) for name in ("base", "teacher"))
    talk, mid = ConversationSettings(), MidTrainSettings(steps=6, teachers="teacher")
    student = pipeline.mid_train(base, mid, talk, "student")
    assert manifest.read(student, "model", RUN).lineage["teacher teacher"]["name"] == "teacher"
    assert losses_of(student) != losses_of(pipeline.mid_train(base, replace(mid, teachers=""), talk, "alone"))

    made = next((tokens.parent.parent / "conversations").iterdir())
    file = TokenFile.open(tokens, "train")
    stream = RowStream.open(made / ROWS, 768, file.tokenizer.vocab_size, 0)
    rows = stream.rows(0, len(stream.contents))
    places = StoryFinder(file.tokens, file.starts).places(rows)
    taught = places != NOWHERE
    assert (file.tokens[places[taught]] == ids_of(rows[:, 1:])[taught]).all()
    assert (weights_of(rows[:, 1:])[taught] == 1).all()
    alone = manifest.read(made, "conversations").facts["tokens"][PLAIN]
    assert alone < taught.sum() < (weights_of(rows[:, 1:]) == 1).sum()

    with monkeypatch.context() as patch:
        patch.setattr("tinytales.training.mid_train.carry_out", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            pipeline.mid_train(base, mid, talk, "stopped")
    assert losses_of(pipeline.mid_train(base, replace(mid, teachers=""), talk, "stopped")) == losses_of(student)
    with pytest.raises(MissingError, match="no model called nobody"):
        pipeline.mid_train(base, replace(mid, teachers="nobody"), talk, "other")
