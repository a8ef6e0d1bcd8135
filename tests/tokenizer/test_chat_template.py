from pathlib import Path

import pytest

from tests.tokenizer.stories import ODD_TEXTS
from tinytales.tokenizer.chat_template import TOKENIZER_CONFIG_NAME, tokenizer_config
from tinytales.tokenizer.special import END_OF_TEXT
from tinytales.tokenizer.tokenizer import TOKENIZER_NAME, Tokenizer


@pytest.mark.parametrize("config", [None, '{"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"]}'])
def test_transformers_loads_the_folder(tokenizer: Tokenizer, tmp_path: Path, config: str | None) -> None:
    from transformers import AutoTokenizer

    tokenizer.save(tmp_path / TOKENIZER_NAME)
    (tmp_path / TOKENIZER_CONFIG_NAME).write_text(tokenizer_config(256))
    if config:
        (tmp_path / "config.json").write_text(config)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert len(loaded) == tokenizer.vocab_size
    assert loaded.eos_token == loaded.bos_token == END_OF_TEXT
    assert loaded.eos_token_id == tokenizer.end_of_text
    assert loaded.model_max_length == 256
    for text in ODD_TEXTS:
        assert loaded(text, split_special_tokens=True)["input_ids"] == tokenizer.encode(text)
        assert loaded.decode(tokenizer.encode(text)) == text
    messages = [{"role": "user", "content": "A story, please."}, {"role": "assistant", "content": "Once."}]
    assert loaded.apply_chat_template(messages, tokenize=False) == (
        "<|im_start|>user\nA story, please.<|im_end|>\n<|im_start|>assistant\nOnce.<|im_end|>\n"
    )
    ids = loaded.apply_chat_template(messages[:1], add_generation_prompt=True, return_dict=False)
    assert ids == [
        tokenizer.im_start,
        *tokenizer.encode("user\nA story, please."),
        tokenizer.im_end,
        *tokenizer.encode("\n"),
        tokenizer.im_start,
        *tokenizer.encode("assistant\n"),
    ]
