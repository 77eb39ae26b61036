namespace Inheritune.Operator.Runtime;

/// <summary>The times of client-go. Safety rests on RenewDeadline being shorter than LeaseDuration.</summary>
internal sealed record LeaderElectionOptions
{
    /// <summary>The Lease.</summary>
    public required NamespacedName Lease { get; init; }

    /// <summary>This process and no other.</summary>
    public string Identity { get; init; } = $"{Environment.MachineName}_{Guid.NewGuid():n}";

    /// <summary>Another is at work when a lease has not changed for so long.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A leader that could not renew for so long gives up.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Others take a lease over so long before its end, because to read the cluster before the first reconcile takes a moment too. Its
    /// holder ends its term at RenewDeadline, which is earlier still.
    /// </summary>
    public TimeSpan Takeover => (LeaseDuration - RenewDeadline) / 5;

    /// <summary>Time between looks at the lease.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}
