"""Makes evaluation sets of the fields and files that the harness's data sets have, out of a book in the public domain.

    make_tasks.py BOOK FOLDER

Nothing in them needs to be worth asking: they hold what tasks differ in, such as the number of choices, missing
paragraphs, sentences without a full stop, quotation marks and other characters beyond ASCII.
"""

import json
import pathlib
import random
import re
import sys

DOCUMENTS = 40

# The 57 subjects of MMLU.
SUBJECTS = """abstract_algebra anatomy astronomy business_ethics clinical_knowledge college_biology college_chemistry
college_computer_science college_mathematics college_medicine college_physics computer_security conceptual_physics
econometrics electrical_engineering elementary_mathematics formal_logic global_facts high_school_biology
high_school_chemistry high_school_computer_science high_school_european_history high_school_geography
high_school_government_and_politics high_school_macroeconomics high_school_mathematics high_school_microeconomics
high_school_physics high_school_psychology high_school_statistics high_school_us_history high_school_world_history
human_aging human_sexuality international_law jurisprudence logical_fallacies machine_learning management marketing
medical_genetics miscellaneous moral_disputes moral_scenarios nutrition philosophy prehistory professional_accounting
professional_law professional_medicine professional_psychology public_relations security_studies sociology
us_foreign_policy virology world_religions""".split()

random = random.Random(1)
book = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
folder = pathlib.Path(sys.argv[2])
paragraphs = [" ".join(p.split()) for p in book.split("\n\n")]
paragraphs = [p for p in paragraphs if len(p) > 200]
sentences = [s for p in paragraphs for s in re.split(r"(?<=[.!?’]) (?=[A-Z‘])", p) if 40 < len(s) < 220]
words = sorted({w for w in re.findall(r"\b[a-z]{4,9}\b", book)})
names = ["Hansel", "Gretel", "Rapunzel", "Catherine", "the fisherman", "his wife", "the fox", "the little tailor"]


def sentence():
    return random.choice(sentences)


def halves():
    parts = sentence().split(" ")
    return " ".join(parts[: len(parts) // 2]), " ".join(parts[len(parts) // 2 :])


def gap():
    """A sentence with a gap, and the word that was there."""
    while True:
        text = sentence()
        found = [w for w in re.finditer(r"\b[a-z]{4,9}\b", text)]
        if found:
            word = random.choice(found)
            return text[: word.start()] + "____" + text[word.end() :], word.group()


def choices(right, count):
    """The place of the right one among others."""
    answers = [right] + random.sample(words, count - 1)
    random.shuffle(answers)
    return answers, answers.index(right)


def piqa(_):
    goal, right = halves()
    label = random.randrange(2)
    solutions = [halves()[1], halves()[1]]
    solutions[label] = right
    return {"goal": goal, "sol1": solutions[0], "sol2": solutions[1], "label": label}


def arc_easy(i):
    text, word = gap()
    answers, gold = choices(word, [4, 4, 4, 3, 5][i % 5])
    return {"id": f"GRIMM_{i}", "query": f"Question: Which word is missing? {text}\nAnswer:", "choices": answers, "gold": gold}


def boolq(i):
    passage = random.choice(paragraphs)
    name = random.choice(names)
    return {"idx": i, "passage": passage, "question": f"is there a word of {name.lower()} in this", "label": int(name.lower() in passage.lower())}


def hellaswag(i):
    query, right = halves()
    gold = random.randrange(4)
    endings = [halves()[1] for _ in range(4)]
    endings[gold] = right
    return {"ind": i, "query": f"Reading aloud: {query}", "choices": endings, "gold": gold}


def lambada(_):
    first, last = random.choice(paragraphs), sentence()
    return {"text": f"{first[:300]}\n\n{last.rstrip('.!?’')}"}


def logiqa(_):
    text, word = gap()
    options, gold = choices(word, 4)
    return {"label": "abcd"[gold], "context": random.choice(paragraphs), "question": f"Which word is missing in “{text}”?", "options": [o.capitalize() + "." for o in options]}


def mnli(i):
    first, second = halves()
    return {"premise": f"{first} {second}", "hypothesis": [second, second.rstrip("."), second.rstrip(".") + " ", f" {first}."][i % 4], "label": i % 3}


def qnli(i):
    text, word = gap()
    return {"idx": i, "question": f"What is “{word}” said of?", "sentence": text.replace("____", word) if i % 2 else sentence(), "label": (i + 1) % 2}


def sciq(i):
    text, word = gap()
    answers, _ = choices(word, 4)
    answers.remove(word)
    support = "" if i % 4 == 1 else (" " if i % 8 == 2 else "") + random.choice(paragraphs)
    return {"question": f"Which word is missing? {text}", "distractor3": answers[2], "distractor1": answers[0], "distractor2": answers[1], "correct_answer": word, "support": support}


def truthfulqa(i):
    text, word = gap()
    others = random.sample(words, 5)
    true = [f"It is “{word}”."] + [f"It could be “{other}”." for other in others[: 1 + i % 2]]
    false = [f"It is “{other}”." for other in others[2 : 4 + i % 2]]
    return {
        "question": f"Which word is missing in “{text}”?",
        "mc1_targets": {"choices": [true[0]] + false, "labels": [1] + [0] * len(false)},
        "mc2_targets": {"choices": true + false, "labels": [1] * len(true) + [0] * len(false)},
    }


def winogrande(i):
    one, two = random.sample(names, 2)
    rest = halves()[1].replace("_", "").rstrip(".")
    return {"sentence": f"{one} met {two} in the wood, and _ {rest}.", "option1": one, "option2": two, "answer": str(1 + i % 2)}


def wnli(i):
    first, second = halves()
    return {"idx": i, "sentence1": f"{first} {second}", "sentence2": second.capitalize(), "label": i % 2}


def wsc(i):
    """Set as SuperGLUE is: signs stand by themselves in some of its texts."""
    while True:
        text = sentence()
        if i % 2:
            text = re.sub(r"([,.?])", r" \1", text.replace("don’t", "do n't")).replace("‘", '" ').replace("’", ' "')
        parts = text.split()
        pronouns = [n for n, part in enumerate(parts) if part in ("he", "she", "it", "they", "him", "her", "them")]
        nouns = [n for n, part in enumerate(parts) if part == "the" and n + 1 < len(parts)]
        if text == " ".join(parts) and pronouns and nouns and nouns[0] < pronouns[-1]:
            noun, pronoun = nouns[0], pronouns[-1]
            return {"text": text, "span1_index": noun, "span2_index": pronoun, "span1_text": " ".join(parts[noun : noun + 2]), "span2_text": parts[pronoun], "idx": i, "label": int(random.random() < 0.5)}


def mmlu(subject, i):
    text, word = gap()
    answers, gold = choices(word, 4)
    return {"question": f"{'' if i % 3 else ' '}Which word is missing? {text}{'' if i % 2 else chr(10)}", "subject": subject, "choices": answers, "answer": gold}


def write(name, documents):
    path = folder / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents), encoding="utf-8")


for name, make in {
    "piqa": piqa, "arc_easy": arc_easy, "boolq": boolq, "hellaswag": hellaswag, "lambada_openai": lambada, "logiqa": logiqa, "mnli": mnli, "qnli": qnli, "sciq_test": sciq,
    "truthfulqa_mc": truthfulqa, "winogrande": winogrande, "wnli": wnli, "wsc": wsc, "wsc_train": wsc,
}.items():
    write(name, [make(i) for i in range(DOCUMENTS)])
for subject in SUBJECTS:
    for split, count in {"dev": 5, "test": 6}.items():
        write(f"mmlu/{subject}_{split}", [mmlu(subject, i) for i in range(count)])
