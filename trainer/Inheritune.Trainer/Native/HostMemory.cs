using System.Globalization;

namespace Inheritune.Trainer.Native;

/// <summary>How much memory of the host this process may still take.</summary>
internal static class HostMemory
{
    /// <summary>Bytes that neither the kernel nor a limit of a container would refuse; what files take of memory is given back. No limit where none is known.</summary>
    /// <param name="root">Where the system's <c>/proc</c> and <c>/sys</c> are.</param>
    public static long Available(string root = "/")
    {
        var free = Value(Path.Combine(root, "proc/meminfo"), "MemAvailable:") is { } kilobytes ? kilobytes << 10 : long.MaxValue;
        foreach (var line in Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            // Number, controllers, path; the second version has no controllers.
            var parts = line.Split(':', 3);
            if (parts is not [_, var controllers, var path]) continue;
            if (controllers.Length == 0) free = Math.Min(free, Below(Path.Combine(root, "sys/fs/cgroup"), path, "memory.max", "memory.current", "inactive_file"));
            else if (controllers.Split(',').Contains("memory")) free = Math.Min(free, Below(Path.Combine(root, "sys/fs/cgroup/memory"), path, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"));
        }

        return free;
    }

    /// <summary>What the limits of a group and of those above it leave. In a container its own group may be the root of what is to be seen.</summary>
    private static long Below(string mount, string path, string limit, string usage, string files)
    {
        var free = long.MaxValue;
        for (var group = path.Trim('/'); ; group = Path.GetDirectoryName(group) ?? "")
        {
            var folder = Path.Combine(mount, group);
            if (Value(Path.Combine(folder, limit)) is { } most && Value(Path.Combine(folder, usage)) is { } used)
                free = Math.Min(free, most - used + (Value(Path.Combine(folder, "memory.stat"), files) ?? 0));
            if (group.Length == 0) return free;
        }
    }

    /// <summary>The number of a file, or behind a name in it; null where it is not there or says otherwise, such as "max".</summary>
    private static long? Value(string file, string? name = null)
    {
        foreach (var line in Lines(file))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (name is not null && (words is not [var first, ..] || first != name)) continue;
            return words.ElementAtOrDefault(name is null ? 0 : 1) is { } text && long.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null;
        }

        return null;
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
