from tinytales.evaluation.told import Told, engine_teller, human_groups, prompts, split_first_sentence, tell_groups
from tinytales.inference.scripted import ScriptedEngine


def test_there_are_forty_beginnings_and_more_all_different() -> None:
    found = prompts()
    assert len(found) >= 40
    assert len(set(found)) == len(found)
    assert all(prompt == prompt.strip() and prompt for prompt in found)


def test_stories_are_told_in_groups_in_the_order_of_their_beginnings() -> None:
    tell = engine_teller(ScriptedEngine(["one.", "two words.", "three."]), 2)
    counted: list[float] = []
    found = tell_groups(tell, ["A", "B"], counted.append)
    expected = [tuple(Told(prompt, text, True) for text in ("one.", "two words.")) for prompt in "AB"]
    assert found == expected
    assert counted == [2, 2]


def test_peoples_stories_go_without_their_first_sentence() -> None:
    assert split_first_sentence("One day. Two.") == ("One day.", " Two.")
    assert split_first_sentence('"Hi!" he said. Two.') == ('"Hi!"', " he said. Two.")
    assert split_first_sentence("Only one.") == ("", "Only one.")
    assert split_first_sentence("3.5 apples. Yes.") == ("3.5 apples.", " Yes.")


def test_peoples_stories_make_groups_as_large_as_a_models() -> None:
    stories = [f"Story {number}. End." for number in range(7)]
    assert [len(group) for group in human_groups(stories, 3)] == [3, 3]
    assert [len(group) for group in human_groups(stories, 10)] == [7]
