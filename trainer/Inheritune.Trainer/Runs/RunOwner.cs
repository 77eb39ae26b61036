namespace Inheritune.Trainer.Runs;

/// <summary>The process that works in an output, and when it was last heard of.</summary>
public sealed record RunOwner
{
    /// <summary>Name of its run.</summary>
    public required string Name { get; init; }

    /// <summary>The run's namespace; null outside of a cluster.</summary>
    public string? Namespace { get; init; }

    /// <summary>The run's UID, which another run of the same name does not have.</summary>
    public string? Uid { get; init; }

    /// <summary>Tells clusters apart, in which namespaces and names are the same.</summary>
    public string? Cluster { get; init; }

    /// <summary>The operator's number of the attempt; 0 outside of a cluster.</summary>
    public int Attempt { get; init; }

    /// <summary>Name of the machine; in a cluster, of the pod.</summary>
    public required string Host { get; init; }

    public int Process { get; init; }

    /// <summary>Where and when the number of the process is its own; null where that is not known.</summary>
    public string? ProcessPlace { get; init; }

    /// <summary>When it took the output.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>When it last said that it lives.</summary>
    public DateTimeOffset Heartbeat { get; init; }
}
