"""Healthy models of transformers, peft and timm, from a configuration: nothing is fetched.

Each with random weights, and left out where its library is not installed.
"""

import importlib.util
import logging
from collections.abc import Callable, Mapping
from typing import Any

import torch
from healthy import classes, of
from torch import nn

from explorer.own.setup import Setup


def tokens(size: int = 99) -> dict[str, Any]:
    found = torch.randint(4, size, (2, 9))
    return {"input_ids": found, "labels": found}


def causal(kind: str, **options: Any) -> nn.Module:
    import transformers

    logging.getLogger("transformers").setLevel(logging.ERROR)
    configuration = getattr(transformers, f"{kind}Config")(**options)
    model: nn.Module = transformers.AutoModelForCausalLM.from_config(configuration)
    return model.train()


def small_gpt2() -> nn.Module:
    return causal(
        "GPT2", n_layer=2, n_embd=16, n_head=2, vocab_size=99, n_positions=32,
        bos_token_id=1, eos_token_id=2,
    )  # fmt: skip


def gpt2() -> Setup:
    return of(small_gpt2(), tokens())


def gpt2_checkpointed() -> Setup:
    model: Any = small_gpt2()
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return of(model, tokens())


def gpt2_frozen_but_last() -> Setup:
    model: Any = small_gpt2()
    model.requires_grad_(False)
    model.transformer.h[1].requires_grad_(True)
    model.transformer.ln_f.requires_grad_(True)
    return of(model, tokens())


def llama(kind: str) -> Callable[[], Setup]:
    def make() -> Setup:
        model = causal(
            kind, hidden_size=16, intermediate_size=32, num_hidden_layers=2, vocab_size=99,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=32,
            bos_token_id=1, eos_token_id=2, pad_token_id=0,
        )  # fmt: skip
        return of(model, tokens())

    return make


def bert(head: str) -> Callable[[], Setup]:
    def make() -> Setup:
        import transformers

        configuration = transformers.BertConfig(
            hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
            vocab_size=99, max_position_embeddings=32,
        )  # fmt: skip
        model = getattr(transformers, f"BertFor{head}")(configuration).train()
        batch = tokens()
        batch["token_type_ids"] = torch.randint(0, 2, (2, 9))
        if head == "SequenceClassification":
            batch["labels"] = torch.tensor([0, 1])
        return of(model, batch)

    return make


def t5() -> Setup:
    import transformers

    configuration = transformers.T5Config(
        d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, vocab_size=99,
        decoder_start_token_id=0,
    )  # fmt: skip
    return of(transformers.T5ForConditionalGeneration(configuration).train(), tokens())


def vit() -> Setup:
    import transformers

    configuration = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        image_size=16, patch_size=8,
    )  # fmt: skip
    model = transformers.ViTForImageClassification(configuration).train()
    return of(model, {"pixel_values": torch.randn(2, 3, 16, 16), "labels": torch.tensor([0, 1])})


def adapter(name: str, **options: Any) -> Callable[[], Setup]:
    def make() -> Setup:
        import peft

        configuration = getattr(peft, f"{name}Config")(task_type="CAUSAL_LM", **options)
        return of(peft.get_peft_model(small_gpt2(), configuration).train(), tokens())

    return make


def lora_checkpointed() -> Setup:
    import peft

    base: Any = small_gpt2()
    base.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    base.enable_input_require_grads()
    configuration = peft.LoraConfig(task_type="CAUSAL_LM", r=2)
    return of(peft.get_peft_model(base, configuration).train(), tokens())


def timm_model(name: str, **options: Any) -> Callable[[], Setup]:
    def make() -> Setup:
        import timm

        model = timm.create_model(name, pretrained=False, num_classes=3, **options).train()
        size = options.get("img_size", 32)
        return of(model, (torch.randn(2, 3, size, size), torch.tensor([0, 2])), classes)

    return make


OF_LIBRARIES: Mapping[str, tuple[str, Callable[[], Setup]]] = {
    "GPT-2": ("transformers", gpt2),
    "GPT-2 with checkpoints": ("transformers", gpt2_checkpointed),
    "GPT-2, last layer": ("transformers", gpt2_frozen_but_last),
    "Llama": ("transformers", llama("Llama")),
    "Mistral": ("transformers", llama("Mistral")),
    "Qwen2": ("transformers", llama("Qwen2")),
    "BERT masked": ("transformers", bert("MaskedLM")),
    "BERT classes": ("transformers", bert("SequenceClassification")),
    "T5": ("transformers", t5),
    "ViT": ("transformers", vit),
    "LoRA": ("peft", adapter("Lora", r=2)),
    "DoRA": ("peft", adapter("Lora", r=2, use_dora=True)),
    "LoRA with checkpoints": ("peft", lora_checkpointed),
    "IA3": ("peft", adapter("IA3")),
    "prompt tuning": ("peft", adapter("PromptTuning", num_virtual_tokens=3)),
    "prefix tuning": ("peft", adapter("PrefixTuning", num_virtual_tokens=3)),
    "timm resnet": ("timm", timm_model("resnet10t")),
    "timm vit": (
        "timm",
        timm_model("vit_tiny_patch16_224", img_size=32, depth=2, embed_dim=48, num_heads=3),
    ),
    "timm mixer": ("timm", timm_model("mixer_s32_224", img_size=64, num_blocks=2)),
    "timm convnext": ("timm", timm_model("convnext_atto", depths=(1, 1, 1, 1), dims=(8, 8, 8, 8))),
}


def installed(library: str) -> bool:
    """With what it needs itself: timm imports torchvision, which has to fit torch."""
    needed = (library, "torchvision") if library == "timm" else (library,)
    return all(importlib.util.find_spec(each) is not None for each in needed)
