using System.Net;
using Inheritune.Operator.Children;
using Inheritune.Operator.Controllers;
using Inheritune.Operator.Runtime;

namespace Inheritune.Operator.Hosting;

/// <summary>What an operator process is told.</summary>
internal sealed record OperatorOptions
{
    /// <summary>Image of the trainer, where a run names none.</summary>
    public required string TrainerImage { get; init; }

    /// <summary>What holds for the pods of all runs.</summary>
    public PodOptions Pods { get; init; } = new();

    /// <summary>Which images and Secrets runs may name.</summary>
    public TenantLimits Limits { get; init; } = new();

    /// <summary>Namespaces whose runs it leads; empty for all.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>The Lease; null when this process leads without asking.</summary>
    public NamespacedName? Lease { get; init; }

    /// <summary>Where the status server listens.</summary>
    public required IPEndPoint Listen { get; init; }
}
