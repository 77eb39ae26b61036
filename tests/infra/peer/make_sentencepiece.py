"""Trains a SentencePiece model as Llama's were, on a book, and writes the ids that it gives to texts.

    make_sentencepiece.py BOOK TEXTS MODEL IDS

TEXTS and IDS are JSON lists.
"""

import io
import json
import pathlib
import sys

import sentencepiece

book, texts, model, ids = (pathlib.Path(path) for path in sys.argv[1:])
trained = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(book.read_text(encoding="utf-8").split("\n")),
    model_writer=trained,
    model_type="bpe",
    vocab_size=2000,
    byte_fallback=True,
    normalization_rule_name="identity",
    remove_extra_whitespaces=False,
    allow_whitespace_only_pieces=True,
    split_digits=True,
    character_coverage=0.99995,
    num_threads=1,
    minloglevel=2,
)
model.write_bytes(trained.getvalue())
processor = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
ids.write_text(json.dumps([processor.encode(text) for text in json.loads(texts.read_text(encoding="utf-8"))], separators=(",", ":")) + "\n", encoding="utf-8")
