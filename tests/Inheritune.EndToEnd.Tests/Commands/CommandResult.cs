using System.Text.Json;
using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>What a call of the program left.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandResult(int Code, string Output, string Error)
{
    /// <summary>Asserts a refusal as the user should see it: the exit code and one message, which says all of this, and no stack trace.</summary>
    public CommandResult ShouldFail(ExitCode code, params ReadOnlySpan<string> said)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(Error);
        Assert.True(Code == (int)code, $"exit code {Code} instead of {(int)code}:\n{Error}");
        var message = Assert.Single(Error.Split("error: ")[1..]);
        foreach (var part in said) Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        return this;
    }

    /// <summary>Asserts the last line of standard error.</summary>
    public void ShouldEndWith(string line) => Assert.Equal(line, Error.TrimEnd().Split('\n')[^1]);

    /// <summary>Asserts success.</summary>
    public CommandResult ShouldSucceed()
    {
        Assert.True(Code == 0, $"exit code {Code}:\n{Error}");
        return this;
    }

    /// <summary>Standard output as the one JSON document that <c>-o json</c> promises.</summary>
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Output);
}
