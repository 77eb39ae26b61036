namespace Inheritune.Operator.Runtime;

/// <summary>An Event as it was last written.</summary>
/// <param name="Count">How often it has happened.</param>
/// <param name="Last">Timestamp of the last time.</param>
internal sealed record EventSeries(NamespacedName Key, int Count, long Last);
