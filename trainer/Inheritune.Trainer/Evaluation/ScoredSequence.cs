namespace Inheritune.Trainer.Evaluation;

/// <summary>Token ids, the last of which are scored: what a request, or one window of a rolling one, comes to.</summary>
/// <param name="Request">Index of the request.</param>
/// <param name="Tokens">What the model reads, and one token more.</param>
/// <param name="Scored">How many tokens at the end are scored, at least 1.</param>
internal readonly record struct ScoredSequence(int Request, int[] Tokens, int Scored)
{
    /// <summary>What the model reads: all but the last token.</summary>
    public ReadOnlySpan<int> Input => Tokens.AsSpan(0, Tokens.Length - 1);

    /// <summary>Position of the input from which the first scored token is predicted.</summary>
    public int FirstScored => Tokens.Length - 1 - Scored;
}
