namespace Inheritune.Api;

/// <summary>What a run does whose output another run has that has not ended.</summary>
public enum OccupiedOutput
{
    Fail,

    /// <summary>Waits until the other one has ended.</summary>
    Wait,
}
