"""Loads an exported Hugging Face folder as a user would, with no flags, and prints as JSON what it computes.

    score.py FOLDER REQUEST.json

REQUEST: {"tokens": [[id, ...], ...], "text": "..."}, both may be null or absent. Answer:
  logits        per sequence [T, vocabulary], fp32
  logprob_next  per sequence, log-probability of each next token, [T - 1]
  text_tokens   the ids that the folder's own tokenizer gives to the text; decoded: these ids as text again
  parameters, missing_keys, unexpected_keys, mismatched_keys, attention (the implementation transformers chose)
Anything that does not load ends with a traceback and exit code 1.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main():
    folder = sys.argv[1]
    with open(sys.argv[2]) as file:
        request = json.load(file)

    model, info = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    model.eval()
    answer = {key: sorted(map(str, info[key])) for key in ("missing_keys", "unexpected_keys", "mismatched_keys")}
    answer["parameters"] = model.num_parameters()
    answer["attention"] = model.config._attn_implementation

    answer["logits"], answer["logprob_next"] = [], []
    for sequence in request.get("tokens") or []:
        tokens = torch.tensor([sequence])
        with torch.no_grad():
            logits = model(tokens).logits[0]
        answer["logits"].append(logits.tolist())
        answer["logprob_next"].append(
            logits.log_softmax(-1)[:-1].gather(-1, tokens[0, 1:, None])[:, 0].tolist())

    if request.get("text") is not None:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        answer["text_tokens"] = tokenizer(request["text"])["input_ids"]
        answer["decoded"] = tokenizer.decode(answer["text_tokens"], skip_special_tokens=True)

    # Strict JSON: NaN or infinite logits are an error, not a word that the other side cannot read.
    json.dump(answer, sys.stdout, allow_nan=False)


if __name__ == "__main__":
    main()
