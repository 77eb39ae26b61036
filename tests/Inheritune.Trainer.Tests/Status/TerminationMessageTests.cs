using System.Text.Json;
using Inheritune.Api;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Tests.Status;

/// <summary>The last words fit into what Kubernetes keeps of them.</summary>
public sealed class TerminationMessageTests
{
    private static readonly RunResults Largest = new()
    {
        Reference = new() { Loss = "3.1000", Perplexity = "22.20" },
        Initial = new() { Loss = "4.1000", Perplexity = "60.34" },
        Final = new() { Loss = "3.2000", Perplexity = "24.53" },
        Artifact = new() { Uri = "s3://" + new string('m', 1147), Sha256 = "sha256:" + new string('f', 64), Bytes = long.MaxValue },
        Report = new() { Uri = "s3://" + new string('r', 1147), Sha256 = "sha256:" + new string('f', 64), Bytes = long.MaxValue },
    };

    [Fact]
    public void Code_reason_and_message_of_a_failure_are_there_and_nothing_else()
    {
        var bytes = TerminationMessage.Compose(ExitCode.InvalidInput, "spec.inherit.layers: '9' is more", false, null);
        Assert.Equal("""{"code":20,"reason":"InvalidInput","message":"spec.inherit.layers: '9' is more"}""", System.Text.Encoding.UTF8.GetString(bytes));
    }

    [Fact]
    public void The_size_of_a_checkpoint_is_told()
    {
        var bytes = TerminationMessage.Compose(ExitCode.Done, "fine", false, null, 120);
        Assert.Equal("""{"code":0,"reason":"Done","message":"fine","checkpointBytes":120}""", System.Text.Encoding.UTF8.GetString(bytes));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\"")]
    [InlineData("\u0001")]
    [InlineData("ü")]
    [InlineData("\U0001F600")]
    public void A_long_message_is_cut_to_fit_beside_the_largest_results(string part)
    {
        var bytes = TerminationMessage.Compose(ExitCode.Done, string.Concat(Enumerable.Repeat(part, 5000)), true, Largest);
        Assert.InRange(bytes.Length, TerminationMessage.MaxBytes - 12, TerminationMessage.MaxBytes);
        var document = JsonSerializer.Deserialize<JsonElement>(bytes);
        var message = document.GetProperty("message").GetString()!;
        Assert.Equal(string.Concat(Enumerable.Repeat(part, (message.Length - 1) / part.Length)) + "…", message);
        Assert.True(document.GetProperty("alreadyComplete").GetBoolean());
        Assert.Equal(Largest.Artifact!.Uri, document.GetProperty("results").GetProperty("artifact").GetProperty("uri").GetString());
        Assert.Equal("3.2000", document.GetProperty("results").GetProperty("final").GetProperty("loss").GetString());
    }
}
