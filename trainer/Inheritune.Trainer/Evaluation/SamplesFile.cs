using System.Text.Encodings.Web;
using System.Text.Json;

namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// Requests and answers as JSON lines: <c>task, document, request, context, continuation, logLikelihood, greedy</c>. A list of requests
/// is the same without the last two.
/// </summary>
internal static class SamplesFile
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="path">A local file.</param>
    /// <param name="requests">The requests, in their order.</param>
    /// <param name="answers">The answers to them; null for a list of requests.</param>
    public static void Write(string path, IReadOnlyList<LikelihoodRequest> requests, IReadOnlyList<LikelihoodResult>? answers)
    {
        try
        {
            using var writer = new StreamWriter(path);
            foreach (var (i, (task, document, request, context, continuation)) in requests.Index())
                writer.WriteLine(answers?[i] is not { } answer
                    ? JsonSerializer.Serialize(new { task, document, request, context, continuation }, Options)
                    : JsonSerializer.Serialize(new { task, document, request, context, continuation, logLikelihood = answer.LogLikelihood, greedy = answer.Greedy }, Options));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Storage.FileStore.Translate(path, e);
        }
    }

    /// <summary>Reads the answers to <paramref name="requests"/>, in whatever order they are.</summary>
    /// <exception cref="RunException">One is missing or answers another question.</exception>
    public static IReadOnlyList<LikelihoodResult> Read(string path, IReadOnlyList<LikelihoodRequest> requests)
    {
        var places = requests.Index().ToDictionary(entry => (entry.Item.Task, entry.Item.Document, entry.Item.Index), entry => entry.Index);
        var answers = new LikelihoodResult?[requests.Count];
        var file = new Storage.FileStore(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var info = file.Stat(Path.GetFileName(path)) ?? throw RunException.Invalid("--from-samples", path, "is not there");
        foreach (var sample in RecordReader.JsonLines(new TaskFile(file, info)))
        {
            if (!places.TryGetValue((sample.Text("task"), sample.Number("document"), sample.Number("request")), out var place)) continue;
            var request = requests[place];
            if (sample.Text("context") != request.Context) throw Other(sample, "context");
            if (request.Continuation is { } continuation && sample.Text("continuation") != continuation) throw Other(sample, "continuation");
            answers[place] = new LikelihoodResult(sample.Real("logLikelihood"), sample.Number("greedy", 2) == 1);
        }

        var missing = Array.IndexOf(answers, null);
        return missing < 0 ? [.. answers.Select(answer => answer!)] : throw RunException.Invalid("--from-samples", path,
            $"has no answer to request {requests[missing].Index} of document {requests[missing].Document} of {requests[missing].Task}; give the tasks, shots, limit and version that it was written with");
    }

    private static RunException Other(DataRecord sample, string field) =>
        sample.Refuse(field, "is not what is asked; give the data, tasks, shots, limit and version that the file was written with");
}
