using System.Runtime.CompilerServices;

namespace Inheritune.EndToEnd.Tests;

/// <summary>Keeps the tests' token cache away from the user's, where the PyTorch peer lives.</summary>
internal static class OwnCache
{
    private const string Variable = "INHERITUNE_CACHE";

    /// <summary>The user's choice; null where there is none.</summary>
    public static string? OfTheUser { get; } = Environment.GetEnvironmentVariable(Variable);

    [ModuleInitializer]
    internal static void Use()
    {
        RuntimeHelpers.RunClassConstructor(typeof(OwnCache).TypeHandle);
        var cache = Directory.CreateTempSubdirectory("inheritune-cache-").FullName;
        Environment.SetEnvironmentVariable(Variable, cache);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(cache, recursive: true);
    }
}
