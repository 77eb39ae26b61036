"""make_normalization.py GUTENBERG OUT: a small SentencePiece model with the default settings, and its ids of awkward texts.

GUTENBERG is the folder with the books. A variant of the model is its file with some bytes behind it: a protobuf message
reads on there, so that they change or add fields.
"""
import base64
import io
import json
import random
import sys

import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2 as pb

books, out = sys.argv[1:]


def book(name, begin, end):
    return open(f"{books}/{name}.txt", encoding="utf-8").read()[begin:end]


TEXT = book("Grimms-Fairy-Tales-2591", 20000, 220000) + book("Ulysses-4300", 200000, 260000) + 40 * (
    "Über den Wölken müsse die Freiheit wohl grenzenlos sein. Il était une fois une fée; où ça? ½ cup, № 5, ﬁne. "
    "日本語の文章です。 東京は大きい。 カタカナ ガギグ 한국어 문장 입니다. Привет, мир! ελληνικά γλώσσα. 価格は１２３円です。 中国 人民 你好 世界 。， \n")


def train(**options):
    model = io.BytesIO()
    lines = iter(line for line in TEXT.splitlines() if line.strip())
    spm.SentencePieceTrainer.train(sentence_iterator=lines, model_writer=model, model_type="bpe", vocab_size=800, minloglevel=2, **options)
    return model.getvalue()


def normalizer(**fields):
    return pb.ModelProto(normalizer_spec=pb.NormalizerSpec(**fields)).SerializePartialToString()


def trainer(**fields):
    return pb.ModelProto(trainer_spec=pb.TrainerSpec(**fields)).SerializePartialToString()


def pieces(texts, kind):
    return pb.ModelProto(pieces=[pb.ModelProto.SentencePiece(piece=text, score=0, type=kind) for text in texts]).SerializePartialToString()


def rules():
    """A table of one's own: rules that overlap, begin, end and consist of spaces, and leave nothing."""
    table = [("ab", "X"), ("abc d", "<Y>"), (" the", "  the"), ("w", "v v"), ("\t", " "), ("\r\n", "\n"), ("zz", " "), ("q", ""),
             ("é", "e"), ("e\u0301", "é"), ("你", "nǐ hǎo"), ("\U0001F600", ":-)")]
    with open("/tmp/rules.tsv", "w") as file:
        for left, right in table:
            file.write("\t".join(" ".join(f"{ord(c):X}" for c in side) for side in (left, right)) + "\n")
    return normalizer(precompiled_charsmap=pb.ModelProto.FromString(train(normalization_rule_tsv="/tmp/rules.tsv")).normalizer_spec.precompiled_charsmap)


BYTES = pieces([f"<0x{i:02X}>" for i in range(256)], 6) + trainer(byte_fallback=True)
SYMBOLS = pieces(["<sep>", "\u2581\u2581", "qab", "qabc", "中国人", "Éx", "ﬁ", "。。", "\n"], 4)
KEEPS = normalizer(remove_extra_whitespaces=False)
VARIANTS = {
    "default": b"",
    "bytes": BYTES,
    "keeps spaces": KEEPS,
    "no dummy prefix": normalizer(add_dummy_prefix=False),
    "keeps spaces, no dummy prefix": normalizer(remove_extra_whitespaces=False, add_dummy_prefix=False),
    "suffix": trainer(treat_whitespace_as_suffix=True),
    "plain spaces": normalizer(escape_whitespaces=False),
    "identity, bytes": normalizer(precompiled_charsmap=b"") + BYTES,
    "user-defined": SYMBOLS,
    "user-defined, keeps spaces, bytes": SYMBOLS + BYTES + KEEPS,
    "rules": rules(),
    "rules, keeps spaces, bytes": rules() + BYTES + KEEPS,
}

TEXTS = [
    "", " ", "   ", "\t", "\u200b", "\u200b ", "\u3000", " \u00a0a", "Hello world", " Hello  world ", "  leading", "trailing   ",
    "a\tb\t\tc", "line\r\nline\r\n\r\n", "\n\n\n", "\n a \n b\n", "ﬁne ﬂuﬀ Ａｂｃ１２３，！", "e\u0301a\u0308o\u0302\u0301",
    "\u1112\u1161\u11ab\u1100\u116e\u11a8 한국", "zero\u200bwidth\u200djoin\ufeff \u2060x", "ctl\x00\x01\x1f\x7f\x85end",
    "emoji 😀👍🏽👨\u200d👩\u200d👧 🇩🇪", "① ½ ㍿ ㌔ ﷺ Ⅷ", "▁raw ▁▁ space▁", "日本語の文章です。東京は大きい。", "ｶﾞｷﾞｸﾞ ﾊﾟ", "¨ ´ ¸ a¨b", "中国人民你好世界。。。",
    "qabcd qab Éx abc d abcd ab the  the wzzq", "<s> </s> <unk> <sep> <0x0A>", "\u2028\u2029\u0085", "\u00ad soft\u00adhyphen", "x"*50,
    "aaaa "*8, "Кириллица и ελληνικά", "\U00020000\U0001D400 𝟘𝟙", "unknown: ௐ௵ ꙮ ⟁⟂ ௐ",
]
ATOMS = [
    " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2003", "\u200b", "\u200d", "\ufeff", "\u00ad", "\x00", "\x1f", "e\u0301",
    "\u0301", "\u0308", "\u1100", "\u1161", "\u11a8", "가", "ﬁ", "ﬀ", "Ａ", "ｂ", "１", "，", "！", "。", "ｶ", "ﾞ", "カ", "\u3099", "½", "①",
    "㍿", "ﷺ", "¨", "´", "▁", "▁▁", "😀", "👍🏽", "🇩", "\U00020000", "𝐀", "中", "国", "人", "民", "你", "好", "世界", "ab", "abc", "abc d", " the",
    "w", "zz", "q", "é", "E\u0301", "the", "and", "king", "said", "foo bar", "<sep>", "qab", "qabc", "Éx", "ß", "İ", "ſ", "Σ", "ς", "ௐ",
    "⟁", "x", "ing", "1", "23", ".", ",", "\u0345", "\u0327", "\ufdfa", "\u1e9b\u0323", "ớ", "o\u031b\u0301",
]

draw = random.Random(1)
texts = TEXTS + ["".join(draw.choice(ATOMS) for _ in range(draw.randrange(1, 40))) for _ in range(12)]
base = train()
open(f"{out}/nmt-nfkc.model", "wb").write(base)
variants = []
for name, append in VARIANTS.items():
    model = spm.SentencePieceProcessor(model_proto=base + append)
    ids = [model.encode(text) for text in texts]
    decoded = [model.decode([id for id in text if id != model.unk_id()]) for text in ids]
    variants.append({"name": name, "append": base64.b64encode(append).decode(), "ids": ids, "decoded": decoded})
json.dump({"texts": texts, "variants": variants}, open(f"{out}/sentencepiece.json", "w"), separators=(",", ":"))
