using System.Globalization;

namespace Inheritune.Api;

/// <summary>Decimal fields are strings, because the resource has no floats (Kubernetes API conventions); this reads them.</summary>
public static class Decimals
{
    /// <summary>Reads a string that matches <see cref="Patterns.Decimal"/>.</summary>
    public static double Parse(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
