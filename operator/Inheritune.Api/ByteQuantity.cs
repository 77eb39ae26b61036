using System.Globalization;

namespace Inheritune.Api;

/// <summary>Kubernetes quantities that count bytes; see <see cref="Patterns.Bytes"/>.</summary>
public static class ByteQuantity
{
    /// <summary>Number of bytes, such as 1024 for <c>1Ki</c>.</summary>
    public static long Parse(string quantity)
    {
        ArgumentNullException.ThrowIfNull(quantity);
        var digits = quantity.TakeWhile(char.IsAsciiDigit).Count();
        var unit = quantity[digits..];
        var bytes = decimal.Parse(quantity[..digits], CultureInfo.InvariantCulture);
        for (var power = "KMGT".IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal); power >= 0; power--)
            bytes *= unit.EndsWith('i') ? 1024 : 1000;
        return (long)Math.Min(bytes, long.MaxValue);
    }

    /// <summary>The smallest quantity in <c>Gi</c> that holds so many bytes.</summary>
    public static string InGibibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (bytes + (1L << 30) - 1) >> 30)}Gi");
}
