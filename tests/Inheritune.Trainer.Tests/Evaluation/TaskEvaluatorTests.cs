using System.Text.Json.Nodes;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tests.Data;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Evaluation;

public sealed class TaskEvaluatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Equal_requests_are_asked_once_and_every_place_gets_the_answer()
    {
        _folder.Write("lambada_openai.jsonl", "{\"text\": \"a b\"}\n{\"text\": \"a c\"}\n{\"text\": \"a b\"}");
        var plan = EvaluationFolders.Plan(_folder.Path, "lambada_openai");
        var asked = 0;
        var answers = new TaskEvaluator(plan, SilentStatus.Instance).Ask("it", null, requests => requests.Index().Reverse().Select(entry => (entry.Index, new LikelihoodResult(-entry.Item.Continuation![1], ++asked > 0))), CancellationToken.None);
        Assert.Equal(2, asked);
        Assert.Equal(plan.Requests.Select(request => -(double)request.Continuation![1]), answers.Select(answer => answer.LogLikelihood));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void A_model_whose_answers_are_no_numbers_is_refused(double answer)
    {
        _folder.Write("lambada_openai.jsonl", "{\"text\": \"a b\"}");
        var plan = EvaluationFolders.Plan(_folder.Path, "lambada_openai");
        var refused = Assert.Throws<RunException>(() => new TaskEvaluator(plan, SilentStatus.Instance).Ask("the target", null, _ => [(0, new LikelihoodResult(answer, false))], CancellationToken.None));
        Assert.Equal(ExitCode.InvalidInput, refused.Code);
        Assert.Contains("lambada_openai", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupted_evaluation_of_a_real_model_continues_to_the_same_numbers()
    {
        var (data, model) = (TestData.Path("eval"), TestData.Path("checkpoints/stories260K"));
        var plan = EvaluationFolders.Plan(data, "piqa,lambada_openai", limit: 8);
        var (store, whole, journals) = (new FileStore(model), _folder.File("whole"), _folder.File("parts"));
        var checkpoint = Checkpoint.Open(store, "uri");
        using var loaded = Target.Load(checkpoint, TorchSharp.torch.CPU, SilentStatus.Instance, CancellationToken.None);
        var tokenizer = TokenizerFactory.Load(store, "uri", checkpoint.Config.VocabularySize);
        var expected = new TaskEvaluator(plan, SilentStatus.Instance).Ask("it", loaded, tokenizer, whole, CancellationToken.None);

        using var stop = new CancellationTokenSource();
        var reports = 0;
        var interrupted = new RecordingStatus { OnReport = () => { if (++reports == 6) stop.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => new TaskEvaluator(plan, interrupted).Ask("it", loaded, tokenizer, journals, stop.Token));
        var journal = Assert.Single(Directory.GetFiles(journals));
        Assert.InRange(File.ReadAllLines(journal).Length, 1, plan.Requests.Count / 2);
        // A crash may leave half a line.
        File.AppendAllText(journal, "{\"Request\":3,\"LogLik");

        var again = new RecordingStatus();
        // What is left is batched in another way, which moves the last bits of Float32.
        var continued = new TaskEvaluator(plan, again).Ask("it", loaded, tokenizer, journals, CancellationToken.None);
        Assert.Equal(expected, continued, (a, b) => Math.Abs(a.LogLikelihood - b.LogLikelihood) < 1e-4 && a.Greedy == b.Greedy);
        Assert.Equal(continued, new TaskEvaluator(plan, again).Ask("it", loaded, tokenizer, journals, CancellationToken.None));
        Assert.Contains("answers are there already", again.Messages[0], StringComparison.Ordinal);
        Assert.Equal(plan.Requests.DistinctBy(request => (request.Context, request.Continuation)).Count(), File.ReadAllLines(journal).Length);

        // Another model's answers are another file.
        using (TorchSharp.torch.no_grad()) loaded.Parameters.Values.First().add_(1);
        Assert.NotEqual(expected, new TaskEvaluator(plan, SilentStatus.Instance).Ask("it", loaded, tokenizer, journals, CancellationToken.None));
        Assert.Equal(2, Directory.GetFiles(journals).Length);
    }

    [Fact]
    public void Answers_survive_the_folder_that_they_were_in_and_are_stored_once_in_a_while()
    {
        var requests = Enumerable.Range(0, 1000).Select(i => new LikelihoodRequest("t", i, 0, "", $"{i}")).ToArray();
        var (writes, status) = (0, new RecordingStatus());
        var remote = new RemoteFolder(new FileStore(_folder.File("remote"))) { OnWrite = _ => writes++ };
        using (var first = LikelihoodJournal.Open(_folder.File("one"), "m", requests, remote, status))
            for (var i = 0; i < 600; i++) first.Append(i, new(-i, i % 2 == 0));
        Assert.Equal(1, writes);

        // A store that is away for a while costs what it does not get, and no more.
        remote.OnWrite = _ => throw new RunException(ExitCode.StorageUnavailable, "away") { MayPass = true };
        using (var second = LikelihoodJournal.Open(_folder.File("two"), "m", requests, remote, status))
        {
            Assert.Equal(600, second.Known.Count);
            Assert.Equal(new(-599, false), second.Known[599]);
            second.Append(600, new(-600, true));
        }

        Assert.Contains("away", Assert.Single(status.Warnings), StringComparison.Ordinal);
        using var third = LikelihoodJournal.Open(_folder.File("three"), "m", requests, remote, status);
        Assert.Equal(600, third.Known.Count);
        using var local = LikelihoodJournal.Open(_folder.File("two"), "m", requests, remote, status);
        Assert.Equal(601, local.Known.Count);
    }

    [Fact]
    public void Samples_are_scored_again_from_their_file_in_any_order()
    {
        var (plan, answers, path) = Sampled();
        File.WriteAllLines(path, File.ReadAllLines(path).Reverse());
        Assert.Equal(answers, SamplesFile.Read(path, plan.Requests));
        var sample = JsonNode.Parse(File.ReadLines(path).Last())!.AsObject();
        Assert.Equal(["task", "document", "request", "context", "continuation", "logLikelihood", "greedy"], sample.Select(field => field.Key));

        SamplesFile.Write(path, plan.Requests, null);
        Assert.Equal(plan.Requests.Count, File.ReadAllLines(path).Length);
        Refused(path, plan, "has no field 'logLikelihood'");
    }

    [Theory]
    [InlineData("Question: g", "Question: h", "is not what is asked")]
    [InlineData("\" a\"", "\" z\"", "is not what is asked")]
    [InlineData("\"request\":1", "\"request\":7", "has no answer to request 1 of document 0 of piqa")]
    public void Samples_of_other_questions_are_refused(string find, string put, string message)
    {
        var (plan, _, path) = Sampled();
        File.WriteAllText(path, File.ReadAllText(path).Replace(find, put, StringComparison.Ordinal));
        Refused(path, plan, message);
    }

    [Fact]
    public void Results_have_the_layout_of_their_version()
    {
        Sampled();
        var old = Results(HarnessVersion.V03);
        Assert.Equal("""{"acc":1,"acc_norm":1}""", old["results"]!["piqa"]!.ToJsonString());
        Assert.Equal("""{"piqa":0}""", old["versions"]!.ToJsonString());
        Assert.Equal(0, old["config"]!["num_fewshot"]!.GetValue<int>());

        var now = Results(HarnessVersion.V04);
        Assert.Equal("""{"alias":"piqa","acc,none":1,"acc_stderr,none":"N/A","acc_norm,none":1,"acc_norm_stderr,none":"N/A"}""", now["results"]!["piqa"]!.ToJsonString());
        Assert.Equal("""{"piqa":[]}""", now["group_subtasks"]!.ToJsonString());
        Assert.Equal("""{"piqa":{"acc":true,"acc_norm":true}}""", now["higher_is_better"]!.ToJsonString());
        Assert.Equal("""{"piqa":{"original":1,"effective":1}}""", now["n-samples"]!.ToJsonString());
        Assert.Equal("""{"piqa":0}""", now["n-shot"]!.ToJsonString());

        JsonObject Results(HarnessVersion harness)
        {
            var plan = EvaluationFolders.Plan(_folder.Path, "piqa", harness);
            return HarnessResults.Document(plan, plan.Score([new(-2, false), new(-1, false)]), "m");
        }
    }

    private (EvaluationPlan Plan, IReadOnlyList<LikelihoodResult> Answers, string Path) Sampled()
    {
        _folder.Write("piqa.jsonl", """{"goal": "g", "sol1": "a", "sol2": "b", "label": 1}""");
        var (plan, path) = (EvaluationFolders.Plan(_folder.Path, "piqa"), _folder.File("samples.jl"));
        LikelihoodResult[] answers = [new(-0.1 - 0.2, true), new(-1e-300, false)];
        SamplesFile.Write(path, plan.Requests, answers);
        return (plan, answers, path);
    }

    private static void Refused(string path, EvaluationPlan plan, string message) =>
        Assert.Contains(message, Assert.Throws<RunException>(() => SamplesFile.Read(path, plan.Requests)).Message, StringComparison.Ordinal);
}
