using System.Globalization;

namespace Inheritune.Benchmarks.Storage;

/// <summary>What a pull took.</summary>
/// <param name="Library">Seconds that libtorch took to load, and to make its first tensor.</param>
/// <param name="Seconds">From the first request to the last byte in its place.</param>
/// <param name="Read">Bytes read, headers included.</param>
/// <param name="Inherited">Bytes of the tensors.</param>
/// <param name="Peak">Most memory in use, less what was in use before and less the model, in bytes.</param>
/// <param name="Digest">SHA-256 of the weights.</param>
internal sealed record Pulled(double Library, double Seconds, long Read, long Inherited, long Peak, string Digest)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static Pulled Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.TrimEntries);
        long Number(int i) => long.Parse(words[i], CultureInfo.InvariantCulture);
        double Fraction(int i) => double.Parse(words[i], CultureInfo.InvariantCulture);
        return new(Fraction(0), Fraction(1), Number(2), Number(3), Number(4), words[5]);
    }

    /// <summary>One line; a serializer would take as long to start as a tenth of the transfer.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Library} {Seconds} {Read} {Inherited} {Peak} {Digest}");
}
