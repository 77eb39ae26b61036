using Inheritune.Trainer.Evaluation;
using Parquet.Serialization;

namespace Inheritune.Trainer.Tests.Evaluation;

/// <summary>Files of tasks: where they are found, how they are read, and what is said of a bad one.</summary>
public sealed class TaskDataTests : IDisposable
{
    private const string Good = """{"goal": "g", "sol1": "a", "sol2": "b", "label": 1}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("piqa.jsonl")]
    [InlineData("piqa_1000.jsonl")]
    [InlineData("sub/PIQA-validation.jsonl")]
    [InlineData("piqa/plain_text/val.jsonl")]
    [InlineData("piqa/validation-00000-of-00001.jsonl")]
    [InlineData("dev/piqa.jsonl")]
    public void Files_are_found_as_people_keep_them(string name)
    {
        _folder.Write(name, Good);
        _folder.Write("piqa_train.jsonl", "not read");
        _folder.Write("train/piqa.jsonl", "not read");
        _folder.Write("piqa_notes.jsonl", "not read");
        Assert.Equal(2, EvaluationFolders.Plan(_folder.Path, "piqa").Requests.Count);
    }

    [Fact]
    public void Shards_are_one_file_and_two_files_are_one_too_many()
    {
        _folder.Write("piqa/validation-00000-of-00002.jsonl", Good);
        _folder.Write("piqa/validation-00001-of-00002.jsonl", Good + "\n" + Good);
        Assert.Equal(6, EvaluationFolders.Plan(_folder.Path, "piqa").Requests.Count);
        _folder.Write("other/piqa/validation.jsonl", Good);
        Refused("piqa", "has more than one file of piqa, other/piqa/validation.jsonl and piqa/validation.jsonl");
    }

    [Theory]
    [InlineData("", "holds no record")]
    [InlineData("{\"goal\": ", "piqa.jsonl: line 2 cannot be read")]
    [InlineData("[1]", "piqa.jsonl: line 2 cannot be read (it holds no JSON object)")]
    [InlineData("{\"goal\": \"g\", \"sol1\": \"a\", \"label\": 1}", "piqa.jsonl: line 2 has no field 'sol2'; it has goal, sol1, label")]
    [InlineData("{\"goal\": \"g\", \"sol1\": [\"a\"], \"sol2\": \"b\", \"label\": 1}", "piqa.jsonl: line 2: sol1: '[\"a\"]' must be a string")]
    [InlineData("{\"goal\": \"g\", \"sol1\": \"a\", \"sol2\": \"b\", \"label\": 2}", "piqa.jsonl: line 2: label: '2' must be a whole number from 0 to 1")]
    [InlineData("{\"query\": \"g\", \"goal\": \"g\", \"choices\": [\"a\"], \"gold\": 1}", "piqa.jsonl: line 2: gold: '1' must be a whole number from 0 to 0")]
    public void A_bad_line_is_named(string line, string message)
    {
        _folder.Write("piqa.jsonl", $"\n{line}\n");
        Refused("piqa", message);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_named()
    {
        _folder.Write("piqa.jsonl", [.. "{\"goal\": \""u8, 0xff, .. "\"}"u8]);
        Refused("piqa", "piqa.jsonl: line 1 cannot be read");
    }

    [Fact]
    public async Task Parquet_is_read_with_its_nested_lists()
    {
        var path = _folder.Write("ai2_arc/ARC-Easy/test-00000-of-00001.parquet", "");
        await ParquetSerializer.SerializeAsync([new ArcRow { question = "q", choices = new ArcChoices { text = ["a", "b", "ü"], label = ["1", "2", "3"] }, answerKey = "3" }], path, cancellationToken: TestContext.Current.CancellationToken);
        var plan = EvaluationFolders.Plan(_folder.Path, "arc_easy");
        Assert.Equal([(" a", "Question: q\nAnswer:"), (" b", "Question: q\nAnswer:"), (" ü", "Question: q\nAnswer:")], plan.Requests.Select(request => (request.Continuation, request.Context)));
        Assert.Equal(1, plan.Score([new(-2, false), new(-2, false), new(-1, false)])[0].Metrics[0].Value);
    }

    [Fact]
    public async Task A_damaged_or_foreign_parquet_file_is_named()
    {
        var path = _folder.Write("piqa/validation.parquet", "PAR1 and no more PAR1");
        Refused("piqa", "validation.parquet: cannot be read as Parquet");
        await ParquetSerializer.SerializeAsync([new ArcRow { question = "q" }], path, cancellationToken: TestContext.Current.CancellationToken);
        Refused("piqa", "validation.parquet: row 1 has no field 'goal'");
    }

    [Fact]
    public void Csv_of_mmlu_may_hold_commas_quotes_and_line_feeds()
    {
        WriteMmlu("\"What, \"\"then\"\"\n?\",a,\"b, c\",d,e,B\n");
        var plan = EvaluationFolders.Plan(_folder.Path, "mmlu", HarnessVersion.V04);
        Assert.Equal("The following are multiple choice questions (with answers) about abstract algebra.\n\nWhat, \"then\"\n?\nA. a\nB. b, c\nC. d\nD. e\nAnswer:", plan.Requests[0].Context);
        Assert.Equal([" A", " B", " C", " D"], plan.Requests.Take(4).Select(request => request.Continuation));
        Assert.Equal(1, plan.Score([.. plan.Requests.Select(request => new LikelihoodResult(request.Continuation == " B" ? 0 : -1, false))])[^1].Metrics[0].Value, 1e-12);
    }

    [Theory]
    [InlineData("q,a,b,c,A\n", "abstract_algebra_test.csv: line 1 has 5 fields")]
    [InlineData("q,a,b,c,d,E\n", "abstract_algebra_test.csv: line 1: answer: '\"E\"' must be one of A, B, C, D, 0, 1, 2, 3")]
    [InlineData("q,a,b,c,d,A\n\"q,a,b,c,d,A\n", "abstract_algebra_test.csv: line 2 cannot be read")]
    public void Bad_csv_is_named(string text, string message)
    {
        WriteMmlu(text);
        Refused("mmlu", message);
    }

    [Fact]
    public void What_is_missing_is_told_with_the_names_that_were_looked_for()
    {
        _folder.Write("boolq.jsonl", "{}");
        Refused("piqa", "has no file of piqa: looked for piqa_validation.jsonl");
        Refused("piqua", "'piqua' is no task that this version knows; it knows arc_challenge, arc_easy");
        _folder.Write("piqa.jsonl", Good);
        Refused("piqa", "has no file of piqa: looked for piqa_train.jsonl", shots: 1);
        _folder.Write("piqa_train.jsonl", Good);
        Refused("piqa", "'piqa=2' needs 2 examples, and the task's data has 1", shots: 2);
        Refused("piqa", "'piqa=1' needs 2 examples, and the task's data has 1", shots: 1, HarnessVersion.V04);
    }

    private void WriteMmlu(string first)
    {
        foreach (var task in TaskRegistry.Find("mmlu", "").Tasks(HarnessVersion.V03)) _folder.Write($"data/test/{task.Data[0]}_test.csv", "q,a,b,c,d,B\n");
        _folder.Write("data/test/abstract_algebra_test.csv", first);
    }

    private void Refused(string task, string message, int shots = 0, HarnessVersion harness = HarnessVersion.V03)
    {
        var error = Assert.Throws<RunException>(() => EvaluationFolders.Plan(_folder.Path, task, harness, shots));
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

#pragma warning disable IDE1006, CA1812 // The names of the columns on the Hub.
    private sealed class ArcRow
    {
        public string? question { get; set; }

        public ArcChoices? choices { get; set; }

        public string? answerKey { get; set; }
    }

    private sealed class ArcChoices
    {
        public List<string> text { get; set; } = [];

        public List<string> label { get; set; } = [];
    }
#pragma warning restore IDE1006, CA1812
}
