"""Loads exported Hugging Face folders as a user would, with no flags, and prints as JSON what it computes from them.

    score.py REQUEST.json

REQUEST: [{"folder": "...", "tokens": [[id, ...], ...], "text": "..."}, ...]; text may be null. Answer, per folder:
  logits        per sequence [T, vocabulary], computed in fp32 from the weights as loaded
  logprob_next  per sequence, log-probability of each next token, [T - 1]
  text_tokens   the ids that the folder's own tokenizer gives to the text; decoded: these ids as text again
  layers, parameters, dtype (of the loaded weights), attention (the implementation that transformers chose),
  missing_keys, unexpected_keys, mismatched_keys
  unsavable: why the generation settings could not be saved again, else null
Anything that does not load ends with a traceback and exit code 1.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def score(folder, tokens, text):
    model, info = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    answer = {key: sorted(map(str, info[key])) for key in ("missing_keys", "unexpected_keys", "mismatched_keys")}
    answer["layers"] = model.config.num_hidden_layers
    answer["parameters"] = model.num_parameters()
    answer["dtype"] = str(model.dtype).removeprefix("torch.")
    answer["attention"] = model.config._attn_implementation

    try:
        model.generation_config.validate(strict=True)
        answer["unsavable"] = None
    except ValueError as error:
        answer["unsavable"] = str(error)

    model.float().eval()
    answer["logits"], answer["logprob_next"] = [], []
    for sequence in tokens:
        ids = torch.tensor([sequence])
        with torch.no_grad():
            logits = model(ids).logits[0]
        answer["logits"].append(logits.tolist())
        answer["logprob_next"].append(
            logits.log_softmax(-1)[:-1].gather(-1, ids[0, 1:, None])[:, 0].tolist())

    if text is not None:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        answer["text_tokens"] = tokenizer(text)["input_ids"]
        answer["decoded"] = tokenizer.decode(answer["text_tokens"], skip_special_tokens=True)
    return answer


def main():
    with open(sys.argv[1]) as file:
        requests = json.load(file)
    answers = []
    for request in requests:
        try:
            answers.append(score(**request))
        except Exception as error:
            raise RuntimeError(request["folder"]) from error

    # Strict JSON: NaN or infinite logits are an error, not a word that the other side cannot read.
    json.dump(answers, sys.stdout, allow_nan=False)


if __name__ == "__main__":
    main()
