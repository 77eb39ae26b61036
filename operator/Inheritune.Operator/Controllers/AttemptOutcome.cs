namespace Inheritune.Operator.Controllers;

/// <summary>How an attempt ended, as far as another one depends on it.</summary>
internal enum AttemptOutcome
{
    Succeeded,

    /// <summary>The cluster or its user ended it: another one follows, free of charge.</summary>
    Disrupted,

    /// <summary>Another one may succeed, and counts towards the backoff limit.</summary>
    Failed,

    /// <summary>Another one would end the same way.</summary>
    Rejected,
}
