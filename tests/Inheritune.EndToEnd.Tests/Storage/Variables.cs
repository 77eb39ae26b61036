namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>Environment variables that are what they were before once this is disposed. All threads share them.</summary>
public sealed class Variables : IDisposable
{
    private readonly Dictionary<string, string?> _before = [];

    public Variables(Dictionary<string, string?> values)
    {
        foreach (var (name, value) in values)
        {
            _before[name] = Environment.GetEnvironmentVariable(name);
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before) Environment.SetEnvironmentVariable(name, value);
    }
}
