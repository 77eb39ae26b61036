using Inheritune.EndToEnd.Tests.Commands;

namespace Inheritune.EndToEnd.Tests.Runs;

/// <summary>The README's first command, as a newcomer runs it, once for all tests of it.</summary>
public sealed class QuickstartRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public QuickstartRun() =>
        Result = TrainerProcess.Run(Cache, TrainerProcess.Patience, "quickstart", "--folder", Folder, "--threads", "2", "-o", "json");

    public string Folder => _folder.File("quickstart");

    public string Cache => _folder.File("cache");

    internal CommandResult Result { get; }

    public void Dispose() => _folder.Dispose();
}
