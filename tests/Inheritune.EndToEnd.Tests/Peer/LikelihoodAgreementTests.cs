using System.Globalization;
using System.Text.Json;
using Inheritune.EndToEnd.Tests.Commands;

namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>Tasks with real data on trained models: every answer and every metric is what transformers gives, one request at a time.</summary>
[Collection(nameof(OneAtATime))]
public sealed class LikelihoodAgreementTests(ITestOutputHelper output) : IDisposable
{
    private const double Tolerance = 1e-4;

    /// <summary>Pages that begin with no space, before which transformers 5 drops what SentencePiece and transformers 4 put there.</summary>
    private const int PageLength = 1500;

    /// <summary>Documents of each task; of MMLU's 57 subjects a twentieth of that, at least one.</summary>
    private static readonly int Limit = int.Parse(Environment.GetEnvironmentVariable("INHERITUNE_AGREEMENT_LIMIT") ?? "8", CultureInfo.InvariantCulture);

    private readonly TemporaryFolder _folder = new();

    private string[][] Parts(string data) =>
    [
        ["--tasks", "arc_easy,boolq,hellaswag,lambada_openai,logiqa,mnli,piqa,qnli,sciq,truthfulqa_mc,winogrande,wnli,wsc", "--limit", $"{Limit}", "--data", data],
        ["--tasks", "mmlu", "--shots", "5", "--limit", $"{Math.Max(1, Limit / 20)}", "--data", data],
        // Perplexity of whole texts, several windows long; these are not WikiText's.
        ["--tasks", "wikitext", "--limit", $"{Math.Max(1, Limit / 4)}", "--data", _folder.File("pages")],
    ];

    public static TheoryData<string, string> Evaluations =>
        [.. TaskDocuments.Folders.Keys.SelectMany(documents => new[] { "stories260K", "gpt2-gutenberg-8l" }.Select(name => (name, documents)))];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Evaluations))]
    public async Task Answers_and_metrics_are_those_of_transformers(string name, string documents)
    {
        var data = TaskDocuments.Folders[documents];
        var model = TestData.Path($"checkpoints/{name}");
        var texts = (await File.ReadAllTextAsync(TestData.Path("corpora/shakespeare-excerpt.txt"), TestContext.Current.CancellationToken)).Chunk(PageLength).Select(page => new string(page).Trim());
        _folder.Write("pages/wikitext.jsonl", string.Concat(texts.Select(page => JsonSerializer.Serialize(new { page }) + "\n")));
        var ours = Parts(data).Select((part, i) => Metrics(["evaluate", model, .. part, "--samples", _folder.File($"{i}.jsonl")])).ToArray();
        await File.WriteAllLinesAsync(_folder.File("ours.jsonl"), Parts(data).Index().SelectMany(part => File.ReadLines(_folder.File($"{part.Index}.jsonl"))), TestContext.Current.CancellationToken);

        var run = await PyTorchPeer.RunAsync<LikelihoodRun>("likelihood.py", ["--ro", model, "--rw", _folder.Path], model, _folder.File("ours.jsonl"), _folder.File("theirs.jsonl"), "eos");
        var theirs = Parts(data).Select(part => Metrics(["evaluate", .. part, "--from-samples", _folder.File("theirs.jsonl")])).ToArray();

        var answers = Read("ours.jsonl").Zip(Read("theirs.jsonl")).ToArray();
        Assert.Equal(run.Requests, answers.Length);
        var differences = answers.ToLookup(pair => TaskOf(pair.First), pair => Math.Abs(LogLikelihood(pair.First) - LogLikelihood(pair.Second)));
        Print($"{name}, {documents}", ours.Zip(theirs), differences);

        Assert.All(answers, pair =>
        {
            // Whole texts sum up to thousands: 2e-4 is what transformers' Float32 itself differs from its Float64, and less than Float32's last place.
            var tolerance = pair.First.GetProperty("continuation").ValueKind == JsonValueKind.Null ? LastPlace(LogLikelihood(pair.First)) : Tolerance;
            Assert.True(Math.Abs(LogLikelihood(pair.First) - LogLikelihood(pair.Second)) <= tolerance, $"{LogLikelihood(pair.Second)} is our {pair.First}");
            Assert.Equal(pair.First.GetProperty("greedy").GetBoolean(), pair.Second.GetProperty("greedy").GetBoolean());
        });
        foreach (var (mine, peers) in ours.Zip(theirs))
        {
            Assert.Equal(mine.Select(metric => (metric.Task, metric.Name)), peers.Select(metric => (metric.Task, metric.Name)));
            // Perplexities and mc2 are means of what differs in the sixth digit.
            Assert.All(mine.Zip(peers), pair => Assert.Equal(pair.First.Value, pair.Second.Value, Tolerance * Math.Max(1, Math.Abs(pair.First.Value))));
        }
    }

    private static List<(string Task, string Name, double Value)> Metrics(string[] arguments) =>
    [
        .. CommandLine.Run([.. arguments, "--device", "cpu", "-o", "json"]).ShouldSucceed().Json.GetProperty("results").EnumerateObject()
            .SelectMany(task => task.Value.EnumerateObject().Select(metric => (task.Name, metric.Name, metric.Value.GetDouble()))),
    ];

    private JsonElement[] Read(string name) => [.. File.ReadLines(_folder.File(name)).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    private static double LogLikelihood(JsonElement answer) => answer.GetProperty("logLikelihood").GetDouble();

    private static double LastPlace(double number) => MathF.BitIncrement((float)Math.Abs(number)) - Math.Abs((float)number);

    /// <summary>The subjects of MMLU as one.</summary>
    private static string TaskOf(JsonElement answer) => answer.GetProperty("task").GetString() is var task && task!.StartsWith("hendrycksTest-", StringComparison.Ordinal) ? "mmlu" : task!;

    private void Print(string model, IEnumerable<(List<(string Task, string Name, double Value)> Ours, List<(string Task, string Name, double Value)> Theirs)> metrics, ILookup<string, double> differences)
    {
        output.WriteLine("| model | task | requests | largest difference of log-likelihood | metric | ours | transformers |\n| --- | --- | --- | --- | --- | --- | --- |");
        foreach (var (mine, peers) in metrics.SelectMany(part => part.Ours.Zip(part.Theirs)).Where(pair => differences.Contains(pair.First.Task) && !pair.First.Name.EndsWith("_stderr", StringComparison.Ordinal)))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {model} | {mine.Task} | {differences[mine.Task].Count()} | {differences[mine.Task].Max():0.0e+0} | {mine.Name} | {mine.Value:0.#######} | {peers.Value:0.#######} |"));
    }
}
