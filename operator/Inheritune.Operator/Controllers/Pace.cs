using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Inheritune.Operator.Controllers;

/// <summary>
/// The pauses between attempts that come to nothing, such as on a node that turns every pod down. The second attempt follows at once; then
/// the pauses double. They follow from what the status holds, so that every operator waits for the same moment.
/// </summary>
internal static class Pace
{
    private const double Jitter = 0.2;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(10), Longest = TimeSpan.FromMinutes(10);

    /// <summary>When the next attempt may begin; null where none has ended, and where it follows at once.</summary>
    /// <param name="uid">The run's: many that failed together come back apart.</param>
    /// <param name="fruitless">How many in a row came to nothing.</param>
    /// <param name="ended">When the last one ended.</param>
    public static DateTimeOffset? Next(string uid, int fruitless, DateTimeOffset? ended)
    {
        if (fruitless < 2 || ended is not { } since) return null;
        var pause = Math.Min(Longest.TotalSeconds, First.TotalSeconds * Math.Pow(2, fruitless - 2));
        // Whole seconds, as the times in the resource are.
        return since.AddSeconds(Math.Ceiling(pause * (1 + Jitter * Chance(uid, fruitless))));
    }

    /// <summary>The end of a sentence; empty where nothing is to be waited for.</summary>
    public static string Words(DateTimeOffset? next) => next is { } time ? $"; the next attempt begins at {Time(time)}" : "";

    public static string Time(DateTimeOffset time) => $"{time:yyyy-MM-dd'T'HH:mm:ss'Z'}";

    private static double Chance(string uid, int fruitless) =>
        BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{uid}/{fruitless}"))) / (double)uint.MaxValue;
}
