"""Continues prompts with transformers' own generate, its cache and the most likely token, one prompt at a time, fp32.

    generate.py FOLDER PROMPTS TOKENS THREADS

FOLDER: a Hugging Face model. PROMPTS: a JSON list of lists of token ids. TOKENS: how many to add at most.
Prints {"seconds": from the first prompt to the last token, "continuations": [[id, ...], ...] without the end of text}.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM


@torch.inference_mode()
def main(folder, prompts, tokens, threads):
    torch.set_num_threads(int(threads))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with open(prompts, encoding="utf-8") as file:
        prompts = json.load(file)

    began = time.perf_counter()
    continuations = []
    for prompt in prompts:
        ids = torch.tensor([prompt])
        answer = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=int(tokens), use_cache=True)
        added = answer[0, len(prompt):].tolist()
        continuations.append(added[:-1] if added[-1] == model.generation_config.eos_token_id else added)
    json.dump({"seconds": time.perf_counter() - began, "continuations": continuations}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
