"""Trains a GPT-2 or Llama model with PyTorch, as fast as plain PyTorch goes, and prints as JSON what each step took.

    train.py REQUEST.json eager|tuned|compiled

eager is nanoGPT's way; tuned takes the fused AdamW; compiled adds torch.compile. REQUEST:
  model      folder with config.json and model.safetensors, in Hugging Face's names
  batches    file of int64 ids [steps, batch, sequence + 1]
  batch, sequence, steps, precision (Float32 or BFloat16), learning_rate, weight_decay, clip_norm, threads
Answer: losses and seconds of every step, peak (bytes of memory at most), version.
"""

import contextlib
import json
import os
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


def heads(x, count):
    """[B, T, count D] to [B, count, T, D]."""
    return x.view(x.shape[0], x.shape[1], count, -1).transpose(1, 2)


def joined(x):
    """[B, H, T, D] to [B, T, H D]."""
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1)


class Gpt2Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config["n_embd"]
        self.heads = config["n_head"]
        self.ln_1 = nn.LayerNorm(width, config["layer_norm_epsilon"])
        self.c_attn = nn.Linear(width, 3 * width)
        self.attn_c_proj = nn.Linear(width, width)
        self.ln_2 = nn.LayerNorm(width, config["layer_norm_epsilon"])
        self.c_fc = nn.Linear(width, 4 * width)
        self.mlp_c_proj = nn.Linear(4 * width, width)

    def forward(self, x):
        q, k, v = self.c_attn(self.ln_1(x)).chunk(3, -1)
        y = F.scaled_dot_product_attention(*(heads(t, self.heads) for t in (q, k, v)), is_causal=True)
        x = x + self.attn_c_proj(joined(y))
        return x + self.mlp_c_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.wte = nn.Embedding(config["vocab_size"], config["n_embd"])
        self.wpe = nn.Embedding(config["n_positions"], config["n_embd"])
        self.h = nn.ModuleList(Gpt2Block(config) for _ in range(config["n_layer"]))
        self.ln_f = nn.LayerNorm(config["n_embd"], config["layer_norm_epsilon"])

    def forward(self, ids):
        x = self.wte(ids) + self.wpe.weight[: ids.shape[1]]
        for block in self.h:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)

    @staticmethod
    def local(name, tensor):
        """Our name and layout of a tensor of the file: Conv1D's weights are transposed."""
        name = name.removeprefix("transformer.").replace("attn.c_attn", "c_attn").replace("mlp.c_fc", "c_fc")
        name = name.replace("attn.c_proj", "attn_c_proj").replace("mlp.c_proj", "mlp_c_proj")
        return name, tensor.t().contiguous() if ".c_" in name or "_c_proj" in name else tensor


class LlamaBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, inner = config["hidden_size"], config["intermediate_size"]
        self.heads, self.shared = config["num_attention_heads"], config["num_key_value_heads"]
        size = width // self.heads
        self.input_layernorm = nn.RMSNorm(width, config["rms_norm_eps"])
        self.q_proj = nn.Linear(width, self.heads * size, bias=False)
        self.k_proj = nn.Linear(width, self.shared * size, bias=False)
        self.v_proj = nn.Linear(width, self.shared * size, bias=False)
        self.o_proj = nn.Linear(self.heads * size, width, bias=False)
        self.post_attention_layernorm = nn.RMSNorm(width, config["rms_norm_eps"])
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x, cos, sin):
        y = self.input_layernorm(x)
        q, k = rotated(heads(self.q_proj(y), self.heads), cos, sin), rotated(heads(self.k_proj(y), self.shared), cos, sin)
        y = F.scaled_dot_product_attention(q, k, heads(self.v_proj(y), self.shared), is_causal=True, enable_gqa=self.shared < self.heads)
        x = x + self.o_proj(joined(y))
        y = self.post_attention_layernorm(x)
        return x + self.down_proj(F.silu(self.gate_proj(y)) * self.up_proj(y))


def rotated(x, cos, sin):
    first, second = x.chunk(2, -1)
    return (x * cos + torch.cat((-second, first), -1) * sin).to(x.dtype)


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config["vocab_size"], config["hidden_size"])
        self.layers = nn.ModuleList(LlamaBlock(config) for _ in range(config["num_hidden_layers"]))
        self.norm = nn.RMSNorm(config["hidden_size"], config["rms_norm_eps"])
        size = config["hidden_size"] // config["num_attention_heads"]
        theta = config.get("rope_theta") or config["rope_parameters"]["rope_theta"]
        frequencies = theta ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
        angles = torch.outer(torch.arange(config["max_position_embeddings"], dtype=torch.float64), frequencies).repeat(1, 2)
        self.register_buffer("cos", angles.cos().float())
        self.register_buffer("sin", angles.sin().float())

    def forward(self, ids):
        x = self.embed_tokens(ids)
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x, cos, sin)
        return F.linear(self.norm(x), self.embed_tokens.weight)

    @staticmethod
    def local(name, tensor):
        return name.removeprefix("model.").replace("self_attn.", "").replace("mlp.", ""), tensor


def load(folder):
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    kind = {"gpt2": Gpt2, "llama": Llama}[config["model_type"]]
    model = kind(config)
    weights = dict(kind.local(*item) for item in load_file(os.path.join(folder, "model.safetensors")).items())
    weights.pop("lm_head.weight", None)  # tied
    result = model.load_state_dict(weights, strict=False)
    assert not result.unexpected_keys and set(result.missing_keys) <= {"cos", "sin"}, result
    return model


def main():
    with open(sys.argv[1]) as file:
        request = json.load(file)
    mode = sys.argv[2]
    torch.set_num_threads(request["threads"])
    batches = torch.from_numpy(numpy.fromfile(request["batches"], dtype=numpy.int64))
    batches = batches.view(request["steps"], request["batch"], request["sequence"] + 1)
    model = load(request["model"])
    decayed = [p for n, p in model.named_parameters() if p.dim() == 2 and not n.startswith(("wte", "wpe", "embed"))]
    rest = [p for n, p in model.named_parameters() if not any(p is d for d in decayed)]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": request["weight_decay"]}, {"params": rest, "weight_decay": 0.0}],
        lr=request["learning_rate"], betas=(0.9, 0.95), eps=1e-8, fused=mode != "eager")
    half = request["precision"] == "BFloat16"
    context = torch.autocast("cpu", dtype=torch.bfloat16) if half else contextlib.nullcontext()

    def loss_of(ids, targets):
        with context:
            logits = model(ids)
        return F.cross_entropy(logits.float().view(-1, logits.shape[-1]), targets.reshape(-1))

    if mode == "compiled":
        loss_of = torch.compile(loss_of)

    losses, seconds = [], []
    for batch in batches:
        start = time.perf_counter()
        loss = loss_of(batch[:, :-1].contiguous(), batch[:, 1:].contiguous())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), request["clip_norm"])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        seconds.append(time.perf_counter() - start)

    with open("/proc/self/status") as file:
        peak = next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
    json.dump({"losses": losses, "seconds": seconds, "peak": peak, "version": f"PyTorch {torch.__version__}"}, sys.stdout, allow_nan=False)


if __name__ == "__main__":
    main()
