using Inheritune.Operator.Controllers;

namespace Inheritune.Operator.Tests.Controllers;

/// <summary>What is taken of the last words of a container, whoever wrote its image.</summary>
public sealed class TerminationMessageTests
{
    [Fact]
    public void What_breaks_the_schema_is_left_out_and_named_and_the_rest_is_taken()
    {
        var words = TerminationMessage.Parse("""
            {
              "reason": "StorageFull", "message": 7, "alreadyComplete": "yes", "checkpointBytes": -1, "unknown": {},
              "results": {
                "final": {"loss": "3.12", "perplexity": "a lot"}, "initial": {"loss": 9.5}, "reference": "good",
                "artifact": {"uri": "s3://runs/a/model", "sha256": "sha256:1", "bytes": 12}, "report": {"uri": "/tmp/report.html"}
              }
            }
            """);
        Assert.Equal(("StorageFull", null, false, null), (words.Reason, words.Message, words.AlreadyComplete, words.CheckpointBytes));
        var results = words.Results!;
        Assert.Equal(("3.12", null), (results.Final!.Loss, results.Final.Perplexity));
        Assert.Equal(("s3://runs/a/model", null, 12L), (results.Artifact!.Uri, results.Artifact.Sha256, results.Artifact.Bytes));
        Assert.Equal((null, null, null), (results.Initial, results.Reference, results.Report));
        foreach (var said in new[]
        {
            "message: '7' must be text", "alreadyComplete: 'yes' must be true or false", "checkpointBytes: '-1' must be at least 0",
            "results.final.perplexity: 'a lot' must be a decimal", "results.initial.loss: '9.5' must be text", "results.reference: 'good' must be an object",
            "results.artifact.sha256: 'sha256:1'", "results.report.uri: '/tmp/report.html' must be s3://bucket/prefix",
        }) Assert.Contains(said, words.Remark, StringComparison.Ordinal);
        Assert.Equal(8, words.Remark.Split("; ").Length - 1);
    }

    [Theory]
    [InlineData("""{"error": "no such model", "status": "E42"}""")]
    [InlineData("""[{"message": "x"}]""")]
    [InlineData("panic: {")]
    public void Words_of_no_trainer_are_a_message(string text) => Assert.Equal((text, ""), (TerminationMessage.Parse($" {text}\n").Message, TerminationMessage.Parse(text).Remark));

    [Fact]
    public void Nothing_is_left_out_of_a_trainers_words()
    {
        var words = TerminationMessage.Parse("""{"code":0,"reason":"Done","message":"fine","alreadyComplete":true,"results":{"final":{"loss":"3.12","perplexity":"22.6"},"artifact":null},"checkpointBytes":1200}""");
        Assert.Equal(("fine", true, "22.6", 1200, ""), (words.Message, words.AlreadyComplete, words.Results!.Final!.Perplexity, words.CheckpointBytes, words.Remark));
    }

    [Theory]
    [InlineData("OutOfnvidia.com/gpu", "OutOfnvidiacomgpu")]
    [InlineData("3 lost pods", "Lostpods")]
    [InlineData("…", "Unknown")]
    public void Words_of_others_become_reasons(string said, string word)
    {
        Assert.Equal(word, Text.Word(said));
        Assert.Equal(63, Text.Word(new string('x', 99)).Length);
        Assert.Equal(word, ExitCodePolicy.Judge(Some.Pod("a", 1, ended: 2, cause: said)).Reason);
    }
}
