namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>What <c>likelihood.py</c> says of its work.</summary>
/// <param name="Seconds">From the first text to the last answer, without the start of Python and the loading of the model.</param>
/// <param name="Requests">Answers given.</param>
/// <param name="Tokens">That the model has read.</param>
public sealed record LikelihoodRun(double Seconds, int Requests, long Tokens);
