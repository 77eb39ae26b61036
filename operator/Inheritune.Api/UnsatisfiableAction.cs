namespace Inheritune.Api;

/// <summary>What happens to a pod that a <see cref="SpreadConstraint"/> has no place for.</summary>
public enum UnsatisfiableAction
{
    ScheduleAnyway,
    DoNotSchedule,
}
