using Inheritune.Api;
using Inheritune.Trainer;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Benchmarks.Evaluation;

/// <summary>Documents of a multiple-choice task, the questions about them, and the share of right answers.</summary>
internal sealed class Workload
{
    private static string Data => SharedData.Find("eval")
        ?? throw new RunException(ExitCode.InvalidInput, "the tasks' own documents, of which there are enough to measure with, are not here; set INHERITUNE_SHARED to the folder that holds data/eval");

    private readonly List<(TaskDocument Document, int First)> _documents = [];
    private readonly List<LikelihoodRequest> _requests = [];

    private Workload(string name) => Name = name;

    public string Name { get; }

    public IReadOnlyList<LikelihoodRequest> Requests => _requests;

    public int Documents => _documents.Count;

    /// <param name="task">Name of the task.</param>
    /// <param name="shots">Examples before each question.</param>
    /// <param name="documents">Of each part.</param>
    /// <param name="parts">Parts of the task that are taken, such as subjects.</param>
    public static Workload Of(string task, int shots, int documents, int parts = 1)
    {
        using var stores = new StoreFactory(new StorageSpec(), SilentStatus.Instance, CancellationToken.None);
        var plan = EvaluationPlan.Build(
            TaskSelection.Parse(task, $"{shots}"), HarnessVersion.V03, documents, TaskData.Open(Data, "data", stores), CancellationToken.None);
        var workload = new Workload(shots > 0 ? $"{task}, {shots}-shot" : task);
        foreach (var part in plan.Tasks.Take(parts))
        {
            var next = part.FirstRequest;
            foreach (var document in part.Documents)
            {
                workload._documents.Add((document, workload._requests.Count));
                workload._requests.AddRange(plan.Requests.Skip(next).Take(document.Questions.Count));
                next += document.Questions.Count;
            }
        }

        return workload;
    }

    /// <summary>acc of the harness.</summary>
    public double Accuracy(IReadOnlyList<LikelihoodResult> answers) =>
        _documents.Average(entry => entry.Document.Score([.. answers.Skip(entry.First).Take(entry.Document.Questions.Count)])[0].Value);
}
