"""The table of commands: what `--help` lists and where each one's code is. Nothing is imported to know it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command: its name, what it does in one line, the panel of the help it stands in."""

    name: str
    summary: str
    panel: str

    @property
    def module(self) -> str:
        """The module that defines its function `command`, or its Typer `app` if it is a family of commands."""
        return f"tinytales.cli.{self.name.replace('-', '_')}"


COMMANDS = (
    Command("write", "Open the storytelling session; plain `tinytales` does too", "Tell stories"),
    Command("tell", "Tell a story: continue a prompt, or begin by itself", "Tell stories"),
    Command("chat", "Ask for a story in plain words", "Tell stories"),
    Command("speedrun", "From stories to a told story in one command", "Train a model"),
    Command("prepare", "Clean stories into a corpus", "Train a model"),
    Command("tokenize", "Train the vocabulary and turn a corpus into tokens", "Train a model"),
    Command("train", "Train a model on tokens", "Train a model"),
    Command("mid-train", "Teach a model to answer requests in plain words", "Train a model"),
    Command("eval", "Measure a model, or compare two", "Train a model"),
    Command("report", "Write what is known of a model, with plots", "Train a model"),
    Command("tokens", "The pieces of a text, in each vocabulary", "Look inside"),
    Command("next", "What comes next in a text, and how sure the model is", "Look inside"),
    Command("growth", "A training run replayed by what the model told on the way", "Look inside"),
    Command("guess", "Guess the next word of a story before the model does", "Look inside"),
    Command("sweep", "Train a grid of models, and see what size, vocabulary and data change", "Look inside"),
    Command("models", "List, show, choose, import and remove models", "Look after what there is"),
    Command("corpora", "List, show, sample and remove corpora", "Look after what there is"),
    Command("stories", "List, show, search, export and remove your stories", "Look after what there is"),
    Command("export", "Write a model for llama.cpp and Ollama", "Look after what there is"),
    Command("config", "Show every setting and where it came from", "Look after what there is"),
    Command("doctor", "Check the installation, this machine and your data", "Look after what there is"),
)
