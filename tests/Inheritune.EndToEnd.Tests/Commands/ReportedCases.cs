using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Commands;

/// <summary>The folder that the maker of the cases has filled, and what our program says of what is in it.</summary>
public sealed class ReportedCases : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ReportedCases()
    {
        if (Maker is null) return;
        using var process = Process.Start("python3", [Maker, _folder.Path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>The script that writes them; null where it, or Python, is not there.</summary>
    public static string? Maker { get; } =
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "python3"))) ? SharedData.Find("../cases/make.py") : null;

    public string this[string name] => _folder.File(name);

    public void Dispose() => _folder.Dispose();

    internal static CommandResult Call(params string[] arguments) => CommandLine.Run([.. arguments, "--device", "cpu", "-o", "json"]);

    /// <summary>Runs a manifest, which has to succeed.</summary>
    internal CommandResult Run(string manifest) => Call("run", this[manifest]).ShouldSucceed();

    internal CommandResult Evaluate(string model, string dataset) => Call("evaluate", Path.IsPathRooted(model) ? model : this[model], "--dataset", this[dataset]);

    internal double Loss(string model, string dataset) => Evaluate(model, dataset).ShouldSucceed().Json.GetProperty("loss").GetDouble();

    internal JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(this[name]))!;

    /// <summary>Asserts one message with an exit code of invalid input, in which a word is found.</summary>
    internal static void Refused(CommandResult result, string said)
    {
        result.ShouldFail(ExitCode.InvalidInput);
        Said(result, said);
    }

    internal static void Said(CommandResult result, string said) => Assert.Matches(new Regex(said, RegexOptions.IgnoreCase), result.Error);
}
