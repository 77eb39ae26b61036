using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>Something that is to be done about a run's children. Doing it twice is harmless.</summary>
internal abstract record ChildAction
{
    public bool MakesJob => this is CreatePreflight or CreateTrain;

    /// <summary>Makes the Job that looks without a GPU, and the account that it reports under.</summary>
    internal sealed record CreatePreflight : ChildAction;

    /// <summary>Makes the Job that trains.</summary>
    /// <param name="Attempt">Number of its first attempt.</param>
    /// <param name="GraceSeconds">How long its pods have to save when they are told to end.</param>
    /// <param name="IsSuccessor">An earlier Job, which cannot end, has the name.</param>
    internal sealed record CreateTrain(int Attempt, int GraceSeconds, bool IsSuccessor) : ChildAction;

    /// <summary>Ends a Job's pods, in their own time, and then the Job.</summary>
    internal sealed record Delete(V1Job Job) : ChildAction;

    /// <summary>Deletes the account, which is of no use to a run that has ended.</summary>
    internal sealed record DeleteAccount : ChildAction;
}
