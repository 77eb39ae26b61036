"""What lm-evaluation-harness itself asks about the documents of a folder, and what it computes from answers.

    harness.py SOURCE VERSION FOLDER

SOURCE is a checkout of its repository, VERSION what we call it: v0.3.0 is 0.3.0, 115206dc is 0.3, and v0.4.4, since which a
description keeps its line feeds, is 0.4. Prints a JSON list: for each task and number of examples the number of requests
and the SHA-256 of their JSON; before 0.4 also its metrics when request i is answered by the i-th of Python's random
numbers with seed 42, made negative. Its own classes make all of this; only the documents come from FOLDER in place of the
Hub, and what it imports but does not need here is left out.
"""

import contextlib
import hashlib
import importlib.abc
import importlib.machinery
import io
import json
import pathlib
import random
import sys
import unittest.mock

source, version, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])

# Numbers of examples that are drawn from the files that are there.
SHOTS = {"wsc": [0, 3, 4, 5], "lambada_openai": [0, 3] if version == "0.4" else [0, 5]}
TASKS = "piqa arc_easy boolq hellaswag lambada_openai logiqa mnli qnli sciq truthfulqa_mc winogrande wnli wsc".split()
SUBJECTS = ["anatomy", "moral_scenarios", "us_foreign_policy", "virology"]


class LeftOut(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Libraries for tasks and models that are not asked here."""

    NAMES = """accelerate aiohttp datasets dill evaluate jsonlines more_itertools nltk numexpr omegaconf openai pandas peft pycountry pytablewriter rouge_score sacrebleu
        scipy sklearn sqlitedict tenacity tiktoken tqdm_multiprocess transformers word2number zstandard""".split()

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in self.NAMES else None

    def create_module(self, spec):
        module = unittest.mock.MagicMock(name=spec.name)
        module.__path__, module.__spec__, module.__version__ = [], spec, "9.0.0"
        # Classes of data sets come from these.
        module.GeneratorBasedBuilder = module.BuilderConfig = type("Base", (), {"__init__": lambda self, **_: None})
        return module

    def exec_module(self, module):
        pass


class Documents(list):
    """A split as the datasets library gives it."""

    @property
    def features(self):
        return dict.fromkeys(self[0])

    def map(self, function):
        return Documents(function(dict(doc)) for doc in self)

    def filter(self, function):
        return Documents(doc for doc in self if function(doc))


def read(name, split=None):
    for path in (folder / f"{name}_{split}.jsonl", folder / f"{name}.jsonl", *sorted(folder.glob(f"{name}_[0-9]*.jsonl"))):
        if path.exists() and (split or path.stem == name or path.stem[len(name) + 1 :].isdigit()):
            return Documents(original(json.loads(line)) for line in path.open(encoding="utf-8"))
    return Documents()


def original(doc):
    """SciQ's files may hold the answers as a list."""
    answers = ["distractor1", "distractor2", "distractor3", "correct_answer"]
    return {**doc, **dict(zip(answers, doc["choices"]))} if "support" in doc and "choices" in doc else doc


def splits(name):
    """Whichever split is asked about is the one that is there."""
    docs = read(name, "test")
    train = Documents() if not (folder / f"{name}_train.jsonl").exists() else read(name, "train")
    return {"train": train, **{split: docs for split in ("validation", "test", "validation_matched", "test_matched")}}


def subject_splits(name):
    return {split: read(f"mmlu/{name}", split) for split in ("dev", "validation", "test")}


def digest(requests):
    return {"requests": len(requests), "sha256": hashlib.sha256(json.dumps([list(r) for r in requests], sort_keys=True).encode()).hexdigest()}


def before_04(name, task, shots):
    from lm_eval import evaluator, metrics

    # The error of a perplexity is drawn, in processes of its own.
    metrics.bootstrap_stderr = lambda *_, **__: None
    asked = []

    class Answers:
        def loglikelihood(self, requests):
            asked.extend(requests)
            numbers = random.Random(42)
            return [(-numbers.random(), False) for _ in requests]

    with contextlib.redirect_stdout(io.StringIO()):
        results = evaluator.evaluate(lm=Answers(), task_dict={name: task}, num_fewshot=shots)["results"][name]
    return {**digest(asked), "metrics": {metric: float(value) for metric, value in results.items() if value is not None}}


def of_04(_, task, shots):
    task.set_config(key="num_fewshot", value=shots)
    task.set_fewshot_seed(seed=1234)
    task.build_all_requests()
    return digest([instance.args for instance in task.instances])


def tasks_before_04():
    from lm_eval import base, tasks

    # Files of ARC and HellaSwag hold what is left of their documents after this step.
    def processed(cls):
        process = cls._process_doc
        cls._process_doc = lambda self, doc: doc if "gold" in doc else process(self, doc)

    processed(tasks.TASK_REGISTRY["arc_easy"])
    processed(tasks.TASK_REGISTRY["hellaswag"])

    def make(name, dataset):
        cls = tasks.TASK_REGISTRY[name]
        cls.download = lambda self, *_: setattr(self, "dataset", dataset)
        return cls()

    yield from ((name, make(name, splits(name))) for name in TASKS)
    yield from ((f"mmlu/{name}", make(f"hendrycksTest-{name}", subject_splits(name))) for name in SUBJECTS)


def tasks_of_04():
    from lm_eval import utils
    from lm_eval.api import task

    folders = {"boolq": "super_glue/boolq/default", "wsc": "super_glue/wsc/default", "lambada_openai": "lambada/lambada_openai", "winogrande": "winogrande/default"}

    def make(path, dataset):
        config = utils.load_yaml_config(f"{source}/lm_eval/tasks/{path}.yaml")
        cls = type("Task", (task.ConfigurableTask,), {"download": lambda self, *_: setattr(self, "dataset", dataset)})
        return cls(config=config)

    # ARC's and HellaSwag's files are in another form than its templates read.
    for name in TASKS:
        if name not in ("arc_easy", "hellaswag", "truthfulqa_mc"):
            yield name, make(folders.get(name, f"glue/{name}/default" if name in ("mnli", "qnli", "wnli") else f"{name}/{name}"), splits(name))
    yield from ((f"mmlu/{name}", make(f"mmlu/default/mmlu_{name}", subject_splits(name))) for name in SUBJECTS)


sys.path.insert(0, source)
sys.meta_path.insert(0, LeftOut())
if version == "0.3.0":
    import numpy

    numpy.bool8 = getattr(numpy, "bool8", numpy.bool_)

rows = []
for name, task in tasks_of_04() if version == "0.4" else tasks_before_04():
    for shots in [0, 5] if name.startswith("mmlu/") and version != "0.3.0" else SHOTS.get(name, [0]):
        row = (of_04 if version == "0.4" else before_04)(name, task, shots)
        rows.append({"task": name, "harness": version, "shots": shots, **row})
print(json.dumps(rows))
