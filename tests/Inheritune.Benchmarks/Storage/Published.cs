namespace Inheritune.Benchmarks.Storage;

/// <summary>A program as Dockerfile.trainer makes and starts the trainer: compiled ahead, and with the image's settings of .NET.</summary>
internal static class Published
{
    /// <summary>The image's <c>ENV</c>, as far as it is about .NET's start.</summary>
    public static IReadOnlyDictionary<string, string?> Environment { get; } = new Dictionary<string, string?>
    {
        ["DOTNET_EnableDiagnostics"] = "0",
        ["DOTNET_EnableWriteXorExecute"] = "0",
        ["DOTNET_TC_CallCountingDelayMs"] = "7D0",
    };

    /// <summary>Publishes into a folder and returns the program's file.</summary>
    /// <param name="folder">For it and for what is made on the way.</param>
    /// <param name="project">The project's folder in the checkout.</param>
    /// <param name="name">Name of its program.</param>
    public static string Publish(string folder, string project = "tests/Inheritune.Benchmarks", string name = "Inheritune.Benchmarks")
    {
        var target = Path.Combine(folder, "program");
        Machine.Run("dotnet",
        [
            "publish", Checkout.File(project), "-c", "Release", "-r", "linux-x64", "--self-contained", "true", "-p:PublishReadyToRun=true", "-p:PublishReadyToRunComposite=true",
            // The lock files of the checkout know no platform: others, beside what was built.
            "-p:NuGetLockFilePath=bin/published.lock.json", "--artifacts-path", Path.Combine(folder, "artifacts"), "-o", target,
        ]);
        return Path.Combine(target, name);
    }
}
