"""Answers requests as lm-evaluation-harness does, with the model and tokenizer of transformers: one request, one forward pass, fp32.

    likelihood.py FOLDER REQUESTS ANSWERS PREFIX [THREADS]

FOLDER: a Hugging Face model. REQUESTS: JSON lines with context and continuation (null: the whole context, in windows). ANSWERS: the same lines
with logLikelihood and greedy. PREFIX, eos or bos: which token stands in for an empty context; the other one where there is none.
Prints {"seconds": from the first text to the last answer, "requests": how many, "tokens": that the model has read}.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


class Scorer:
    def __init__(self, folder, prefix):
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.length = self.model.config.max_position_embeddings
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        eos, bos = self.tokenizer.eos_token_id, self.tokenizer.bos_token_id
        first, second = (eos, bos) if prefix == "eos" else (bos, eos)
        self.prefix = second if first is None else first
        self.tokens = 0

    def encode(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False)

    def answer(self, context, continuation):
        return self.rolling(context) if continuation is None else self.continuation(context, continuation)

    def continuation(self, context, continuation):
        if not context:
            return self.score([self.prefix], self.encode(continuation))
        # The space belongs to the word that follows it.
        trimmed = context.rstrip()
        whole = self.encode(context + continuation)
        before = self.encode(trimmed) if trimmed else [self.prefix]
        return self.score(before, whole[len(before):] if trimmed else whole)

    def rolling(self, text):
        tokens, total = self.encode(text), 0.0
        for start in range(0, len(tokens), self.length):
            scored = tokens[start:start + self.length]
            total += self.score([self.prefix] + tokens[:start], scored)[0]
        return total, False

    def score(self, before, after):
        tokens = (before + after)[-(self.length + 1):]
        ids, targets = torch.tensor([tokens[:-1]]), torch.tensor(after)
        self.tokens += ids.numel()
        logits = self.model(ids).logits[0, -len(after):].log_softmax(-1)
        chosen = logits.gather(1, targets[:, None])
        return chosen.double().sum().item(), bool((logits.argmax(-1) == targets).all())


@torch.inference_mode()
def main(folder, requests, answers, prefix, threads=None):
    if threads:
        torch.set_num_threads(int(threads))
    scorer = Scorer(folder, prefix)
    with open(requests, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]

    began = time.perf_counter()
    for line in lines:
        line["logLikelihood"], line["greedy"] = scorer.answer(line["context"], line["continuation"])
    seconds = time.perf_counter() - began

    with open(answers, "w", encoding="utf-8") as file:
        for line in lines:
            print(json.dumps(line, ensure_ascii=False), file=file)
    json.dump({"seconds": seconds, "requests": len(lines), "tokens": scorer.tokens}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
