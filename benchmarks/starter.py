"""Make the starter, the model that the package carries, from one that was taught to answer, its weights in bfloat16.

    uv run python -m benchmarks.starter MODEL [--stories VALIDATION.txt]

MODEL is a name or a folder. Given stories (lines of `<|endoftext|>` between them), it is measured on them before and
after, and the figures are kept in the starter's run.toml beside the settings and the lineage of MODEL.
"""

import argparse
import json
import shutil
from pathlib import Path

import safetensors.torch
import torch

from benchmarks.rustgpt_quality import bits_per_byte
from tinytales import paths
from tinytales.chat.model import WORDS
from tinytales.inference.rust_engine import load_engine
from tinytales.model import folder as standard
from tinytales.storage import atomic, manifest
from tinytales.storage.shelf import MODELS, STARTER
from tinytales.tokenizer.tokenizer import Tokenizer

LARGEST = 16_000_000  # bytes that the wheel has room for
COPIED = (standard.GENERATION_CONFIG, standard.TOKENIZER, standard.TOKENIZER_CONFIG, WORDS)


def round_model(source: Path, target: Path) -> None:
    """Write the standard folder of `source` to the empty folder `target`, its weights in bfloat16."""
    for name in COPIED:
        shutil.copyfile(source / name, target / name)
    config = json.loads((source / standard.CONFIG).read_text(encoding="utf-8"))
    config["dtype"] = "bfloat16"
    (target / standard.CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    weights = safetensors.torch.load_file(source / standard.WEIGHTS)
    rounded = {name: weight.to(torch.bfloat16).contiguous() for name, weight in weights.items()}
    safetensors.torch.save_file(rounded, target / standard.WEIGHTS, metadata={"format": "pt"})
    (target / standard.WEIGHTS).chmod(0o644)


def make_starter(source: Path, target: Path, stories: list[str]) -> None:
    """Replace the starter at `target`, and print what rounding did."""
    trained = manifest.read(source, "model", standard.RUN)
    facts = {**trained.facts, "dtype": "bfloat16"}
    shutil.rmtree(target, ignore_errors=True)
    with atomic.new_folder(target) as folder:
        round_model(source, folder)
        if stories:
            tokenizer = Tokenizer.load(source / standard.TOKENIZER)
            before, after = (bits_per_byte(load_engine(one), tokenizer, stories) for one in (source, folder))
            facts["rounding"] = {"stories": len(stories), "float32": before, "bfloat16": after}
            print(f"{before:.5f} bits per byte in float32, {after:.5f} in bfloat16, on {len(stories)} stories")
        manifest.seal(
            folder,
            kind="model",
            name=STARTER,
            facts=facts,
            lineage={**trained.lineage, "model": {"name": trained.name, "identity": trained.identity}},
            file_name=standard.RUN,
        )
        size = sum(path.stat().st_size for path in folder.iterdir())
        if size > LARGEST:
            raise SystemExit(f"{size:,} bytes are too many: the starter may have {LARGEST:,}")
    print(f"{target}: {size:,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--stories", type=Path, help="a text file to measure on")
    parser.add_argument("-o", "--output", type=Path, default=paths.package() / STARTER, help="the starter's folder")
    arguments = parser.parse_args()
    texts = arguments.stories.read_text(encoding="utf-8").split("<|endoftext|>") if arguments.stories else []
    make_starter(MODELS.find(arguments.model), arguments.output, [text.strip() for text in texts if text.strip()])


if __name__ == "__main__":
    main()
