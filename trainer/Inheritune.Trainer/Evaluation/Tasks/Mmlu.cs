namespace Inheritune.Trainer.Evaluation.Tasks;

/// <summary>Massive multitask language understanding (Hendrycks et al., 2021): 57 subjects, and what they have in common.</summary>
internal sealed class Mmlu() : TaskDefinition("mmlu")
{
    private static readonly string[] Letters = ["A", "B", "C", "D"];

    private static readonly (string Field, string[] Subjects)[] Fields =
    [
        ("stem", ["abstract_algebra", "anatomy", "astronomy", "college_biology", "college_chemistry", "college_computer_science", "college_mathematics", "college_physics",
            "computer_security", "conceptual_physics", "electrical_engineering", "elementary_mathematics", "high_school_biology", "high_school_chemistry",
            "high_school_computer_science", "high_school_mathematics", "high_school_physics", "high_school_statistics", "machine_learning"]),
        ("other", ["business_ethics", "clinical_knowledge", "college_medicine", "global_facts", "human_aging", "management", "marketing", "medical_genetics", "miscellaneous",
            "nutrition", "professional_accounting", "professional_medicine", "virology"]),
        ("social_sciences", ["econometrics", "high_school_geography", "high_school_government_and_politics", "high_school_macroeconomics", "high_school_microeconomics",
            "high_school_psychology", "human_sexuality", "professional_psychology", "public_relations", "security_studies", "sociology", "us_foreign_policy"]),
        ("humanities", ["formal_logic", "high_school_european_history", "high_school_us_history", "high_school_world_history", "international_law", "jurisprudence",
            "logical_fallacies", "moral_disputes", "moral_scenarios", "philosophy", "prehistory", "professional_law", "world_religions"]),
    ];

    private static readonly string[] Subjects = [.. Fields.SelectMany(field => field.Subjects).Order(StringComparer.Ordinal)];

    public override IReadOnlyList<EvaluationTask> Tasks(HarnessVersion harness) => [.. Subjects.Select(subject => Task(subject, harness))];

    public override IReadOnlyList<TaskGroup> Groups(HarnessVersion harness) => harness == HarnessVersion.V04
        ? [.. Fields.Select(field => new TaskGroup($"mmlu_{field.Field}", [.. field.Subjects.Select(subject => TaskName(subject, harness))], field.Field)),
            new TaskGroup(Name, [.. Fields.Select(field => $"mmlu_{field.Field}")], Name)]
        : [new TaskGroup(Name, [.. Subjects.Select(subject => TaskName(subject, harness))], Name)];

    private static string TaskName(string subject, HarnessVersion harness) => harness == HarnessVersion.V04 ? $"mmlu_{subject}" : $"hendrycksTest-{subject}";

    private static MultipleChoiceTask Task(string subject, HarnessVersion harness) => harness == HarnessVersion.V030
        ? new(TaskName(subject, harness))
        {
            Version = 0,
            Data = [subject],
            Split = FileNames.Test,
            ExampleSplit = ["validation", "val", "valid"],
            Prompt = doc => $"Question: {doc.Text("question")}\nChoices:\n{Options(doc)}Answer:",
            Choices = doc => doc.Texts("choices"),
            Gold = Answer,
            IsNormalized = true,
        }
        : new(TaskName(subject, harness))
        {
            Version = harness == HarnessVersion.V04 ? 0 : 1,
            Data = [subject],
            Split = FileNames.Test,
            ExampleSplit = ["dev"],
            FirstExamples = true,
            Description = $"The following are multiple choice questions (with answers) about {subject.Replace('_', ' ')}.",
            Prompt = doc => $"{doc.Text("question").Strip()}\n{Options(doc)}Answer:",
            Choices = _ => Letters,
            Gold = Answer,
            IsNormalized = harness < HarnessVersion.V04,
        };

    private static string Options(DataRecord doc) => doc.Texts("choices") is { Count: 4 } choices
        ? string.Concat(Letters.Zip(choices, (letter, choice) => $"{letter}. {choice}\n"))
        : throw doc.Refuse("choices", "must be a list of four answers");

    private static int Answer(DataRecord doc) => doc.Choice("answer", [.. Letters, "0", "1", "2", "3"]) % Letters.Length;
}
