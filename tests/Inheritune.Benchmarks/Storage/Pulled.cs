using System.Globalization;

namespace Inheritune.Benchmarks.Storage;

/// <summary>What a pull took.</summary>
/// <param name="Seconds">From the first request to the last byte in its place.</param>
/// <param name="Read">Bytes read, headers included.</param>
/// <param name="Inherited">Bytes of the tensors.</param>
/// <param name="Peak">Most memory in use, less what was in use before and less the model, in bytes.</param>
/// <param name="Digest">SHA-256 of the weights.</param>
internal sealed record Pulled(double Seconds, long Read, long Inherited, long Peak, string Digest)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static Pulled Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.TrimEntries);
        long Number(int i) => long.Parse(words[i], CultureInfo.InvariantCulture);
        return new(double.Parse(words[0], CultureInfo.InvariantCulture), Number(1), Number(2), Number(3), words[4]);
    }

    /// <summary>One line; a serializer would take as long to start as a tenth of the transfer.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Seconds} {Read} {Inherited} {Peak} {Digest}");
}
