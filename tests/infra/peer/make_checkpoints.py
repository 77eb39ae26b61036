"""Writes small Hugging Face checkpoints with random weights, each with what transformers computes from it.

    make_checkpoints.py OUT

OUT/NAME/ is what save_pretrained writes; OUT/NAME/expected.json holds two token sequences and, in fp32,
  logits        the last three positions of each, [2, 3, vocabulary]
  logprob_next  log-probability of each next token, [2, T - 1]
Prints the list of names as JSON.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

VOCABULARY, CONTEXT = 211, 64
# Llama 3's own scaling with its original context of 8192 shrunk to 40: with 16-wide heads and a base of 500000 the
# wavelengths are 6.3, 32, 167, ... positions, so that one is kept, one blended and the others divided by the factor.
LLAMA3_ROPE = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                   original_max_position_embeddings=40)


def gpt2(**options):
    return GPT2Config(**dict(vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=48, n_layer=3, n_head=4,
                             bos_token_id=0, eos_token_id=0, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0) | options)


def llama(**options):
    return LlamaConfig(**dict(vocab_size=VOCABULARY, max_position_embeddings=CONTEXT, hidden_size=48,
                              intermediate_size=80, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2,
                              tie_word_embeddings=False) | options)


def llama3_rope():
    return llama(num_attention_heads=3, num_key_value_heads=1, rope_parameters=LLAMA3_ROPE)


def as_published_gpt2(folder):
    """The published gpt2 files: no "transformer." prefix, and each block's causal mask stored among the weights."""
    file = folder / "model.safetensors"
    tensors = {name.removeprefix("transformer."): tensor for name, tensor in load_file(file).items()}
    for block in range(3):
        tensors[f"h.{block}.attn.bias"] = torch.tril(torch.ones(1, 1, CONTEXT, CONTEXT))
    save_file(tensors, file, metadata={"format": "pt"})


def as_published_llama3(folder):
    """The published Llama 3 configurations: rope_theta beside rope_scaling, where transformers 5 writes one object."""
    file = folder / "config.json"
    config = json.loads(file.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope
    file.write_text(json.dumps(config, indent=2))


# name: (configuration, keywords of save_pretrained, dtype of the file, last change to the folder)
CASES = {
    "gpt2": (gpt2(), {}, torch.float32, None),
    "gpt2-untied": (gpt2(tie_word_embeddings=False), {}, torch.float32, None),
    "gpt2-inverse-layer-scale": (gpt2(scale_attn_by_inverse_layer_idx=True), {}, torch.float32, None),
    "gpt2-unscaled-attention": (gpt2(scale_attn_weights=False), {}, torch.float32, None),
    "gpt2-gelu-inner": (gpt2(activation_function="gelu", n_inner=80), {}, torch.float32, None),
    "gpt2-relu-epsilon": (gpt2(activation_function="relu", layer_norm_epsilon=1e-2), {}, torch.float32, None),
    "gpt2-sharded": (gpt2(), {"max_shard_size": "100KB"}, torch.float32, None),
    "gpt2-bf16": (gpt2(), {}, torch.bfloat16, None),
    "gpt2-f16": (gpt2(), {}, torch.float16, None),
    "gpt2-published-names": (gpt2(), {}, torch.float32, as_published_gpt2),
    "llama-gqa": (llama(), {}, torch.float32, None),
    "llama-tied": (llama(tie_word_embeddings=True), {}, torch.float32, None),
    "llama-biases": (llama(attention_bias=True, mlp_bias=True), {}, torch.float32, None),
    "llama-head-dim": (llama(head_dim=12, rms_norm_eps=1e-2), {}, torch.float32, None),
    "llama-sharded": (llama(), {"max_shard_size": "100KB"}, torch.float32, None),
    "llama-bf16": (llama(), {}, torch.bfloat16, None),
    "llama3-rope": (llama3_rope(), {}, torch.float32, None),
    "llama3-rope-published": (llama3_rope(), {}, torch.float32, as_published_llama3),
}


def randomize(model, generator):
    """Weights large enough for peaked distributions; biases and norms away from 0 and 1, which would hide mistakes."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator) * 0.2
            is_norm_weight = parameter.dim() == 1 and name.endswith("weight")
            parameter.copy_(1 + noise if is_norm_weight else noise)


def make(folder, seed, config, save, dtype, change):
    generator = torch.Generator().manual_seed(seed)
    model = (GPT2LMHeadModel if config.model_type == "gpt2" else LlamaForCausalLM)(config)
    randomize(model, generator)
    model.to(dtype).save_pretrained(folder, **save)
    if change:
        change(folder)

    # Read back from the folder: what was rounded on the way to disk is rounded in the logits.
    # Eager attention, because the default one ignores scale_attn_by_inverse_layer_idx in some versions.
    model, info = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    if any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")):
        raise RuntimeError(f"{folder}: {info}")
    tokens = torch.randint(VOCABULARY, (2, CONTEXT - 3), generator=generator)
    with torch.no_grad():
        logits = model.eval()(tokens).logits
    logprobs = logits.log_softmax(-1)[:, :-1].gather(-1, tokens[:, 1:, None])[..., 0]
    (folder / "expected.json").write_text(json.dumps({
        "tokens": tokens.tolist(), "logits": logits[:, -3:].tolist(), "logprob_next": logprobs.tolist()}))


def main():
    out = pathlib.Path(sys.argv[1])
    for index, (name, case) in enumerate(CASES.items()):
        make(out / name, 1000 + index, *case)
    print(json.dumps(list(CASES)))


if __name__ == "__main__":
    main()
