"""A model card: what a model is, what it was made from, how good it was, how to run it, and what it can't do."""

from tinytales.model.about import About
from tinytales.terminal import sanitize

_ASK = """\
The model was also taught to answer requests in plain words; its chat template (ChatML) is in `tokenizer_config.json`
and in the GGUF file. Name what a story is to have without quotation marks: with them it takes up half as much.
"""
_LIMITS = """\
It is a very small model that knows nothing but the kind of story it learned from. It writes simple English, makes
mistakes, forgets what happened earlier in a story, and is no source of facts. What it tells was not checked for
children; read it first.
"""


def card(model: About, gguf_name: str) -> str:
    """The card of an exported model as Markdown, with the front matter that the Hugging Face Hub reads."""
    parts = [
        "---\nlanguage: en\npipeline_tag: text-generation\ntags: [tinytales, stories, gguf]\n---\n",
        f"# {model.name}\n",
        f"A tiny story model ({model.parameters:,} parameters, {model.architecture}), made with tinytales.\n",
        _table(_facts(model)),
        "## Run it\n",
        f'```sh\nllama-cli -m {gguf_name} -no-cnv -p "Once upon a time"\n```\n',
        f"```sh\nollama create {model.name} -f Modelfile && ollama run {model.name}\n```\n",
        *([_ASK] if model.chats else []),
        f"## Limits\n\n{_LIMITS}",
    ]
    return "\n".join(parts)


def _facts(model: About) -> dict[str, object]:
    facts: dict[str, object] = {
        "context": f"{model.context_length:,} tokens",
        "vocabulary": f"{model.vocab_size:,} tokens",
        "made": f"{model.created[:10]}",
    }
    if model.run is None:
        return facts
    for kind, parent in model.run.lineage.items():
        facts[f"from {kind}"] = f"{parent.get('name')} ({parent.get('identity')})"
    if model.bits_per_byte is not None:
        stories = model.run.facts["validation"].get("stories", "?")
        facts["bits per byte"] = f"{model.bits_per_byte:.3f} on {stories} stories held out"
    settings = model.run.facts.get("settings", {})
    if settings:
        facts["settings"] = ", ".join(f"{name} {value}" for name, value in settings.items())
    return facts


def _table(facts: dict[str, object]) -> str:
    rows = [f"| {name} | {sanitize(' '.join(str(value).split()).replace('|', '/'))} |" for name, value in facts.items()]
    return "\n".join(["| | |", "|---|---|", *rows]) + "\n"
