"""Ollama's Modelfile: how it should run an exported model, for `ollama create NAME -f Modelfile`."""

from pathlib import Path

from tinytales.model import folder as standard
from tinytales.model.about import About
from tinytales.tokenizer.special import END_OF_TEXT, IM_END, IM_START

_STORY = "{{ .Prompt }}"  # goes on from the prompt, as `tell` does
_CHAT = "".join(
    (
        f"{{{{- range .Messages }}}}{IM_START}{{{{ .Role }}}}\n{{{{ .Content }}}}{IM_END}\n",
        f"{{{{ end }}}}{IM_START}assistant\n",
    )
)


def modelfile(model: About, gguf_name: str) -> str:
    """The Modelfile of a model whose GGUF file stands beside it as `gguf_name`."""
    generation = standard.read_json(model.folder / standard.GENERATION_CONFIG)
    lines = [
        f"# {model.name}, made with tinytales. Run: ollama create {model.name} -f Modelfile && ollama run {model.name}",
        f"FROM ./{gguf_name}",
        f'TEMPLATE """{_CHAT if model.chats else _STORY}"""',
        f"PARAMETER num_ctx {model.context_length}",
        *(f"PARAMETER {name} {generation[name]}" for name in ("temperature", "top_p") if name in generation),
        f'PARAMETER stop "{END_OF_TEXT}"',
        *([f'PARAMETER stop "{IM_END}"'] if model.chats else []),
    ]
    return "\n".join(lines) + "\n"


def write_modelfile(model: About, gguf: Path) -> Path:
    """Write the Modelfile beside a GGUF file; its path."""
    path = gguf.with_name("Modelfile")
    path.write_text(modelfile(model, gguf.name), encoding="utf-8")
    return path
