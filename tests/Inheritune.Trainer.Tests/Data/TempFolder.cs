using System.Runtime.CompilerServices;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Data;

/// <summary>A folder that goes away with the test.</summary>
public sealed class TempFolder : IDisposable
{
    public string Location { get; } = Directory.CreateTempSubdirectory("inheritune-").FullName;

    public FileStore Store => new(Location);

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] content)
    {
        var path = Path.Combine(Location, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Location, recursive: true);

    /// <summary>Keeps the tests' token cache away from the user's.</summary>
    [ModuleInitializer]
    internal static void UseOwnCache()
    {
        var cache = Directory.CreateTempSubdirectory("inheritune-cache-").FullName;
        Environment.SetEnvironmentVariable("INHERITUNE_CACHE", cache);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(cache, recursive: true);
    }
}
