using System.Runtime.CompilerServices;

namespace Inheritune.Trainer.Tests;

/// <summary>Keeps the tests' token cache away from the user's.</summary>
internal static class OwnCache
{
    [ModuleInitializer]
    internal static void Use()
    {
        var cache = Directory.CreateTempSubdirectory("inheritune-cache-").FullName;
        Environment.SetEnvironmentVariable("INHERITUNE_CACHE", cache);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(cache, recursive: true);
    }
}
