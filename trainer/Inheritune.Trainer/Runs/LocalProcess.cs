namespace Inheritune.Trainer.Runs;

/// <summary>Which process is which on this machine, so that one that was killed is known to be gone at once.</summary>
internal static class LocalProcess
{
    /// <summary>
    /// This process: the start of the machine, the namespace of process numbers and the start of the process; null where Linux does not
    /// say.
    /// </summary>
    public static string? Place { get; } = Of(Environment.ProcessId);

    /// <summary>Whether a process was here and is no more.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="place">Its place, by its own account.</param>
    public static bool IsGone(int number, string? place)
    {
        if (place is null || Place is null) return false;
        var machine = Place[..(Place.LastIndexOf('/') + 1)];
        return place.StartsWith(machine, StringComparison.Ordinal) && Of(number) != place;
    }

    /// <summary>The place of a process of this machine; null when it is no more.</summary>
    internal static string? Of(int number)
    {
        try
        {
            // The name in parentheses may hold anything; the state is the first field behind it, the start the twentieth.
            var stat = File.ReadAllText($"/proc/{number}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            return fields[0] is "Z" or "X" ? null : $"{boot}/{new FileInfo("/proc/self/ns/pid").LinkTarget}/{fields[19]}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
