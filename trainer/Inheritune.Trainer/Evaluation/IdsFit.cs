namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// Whether a model's loss speaks against its data. To guess blindly among the vocabulary costs its logarithm, and a model without any training no
/// more than that; one that knows its ids is far below, on any text. Well above are only models that are sure of ids which mean something else to them.
/// </summary>
internal static class IdsFit
{
    private const double Tolerance = 1.5;

    /// <summary>What to say of a loss that is too high, or null.</summary>
    public static string? Doubt(double loss, int vocabularySize)
    {
        var blind = Math.Log(vocabularySize);
        return loss > Tolerance * blind
            ? FormattableString.Invariant($"its loss on the data is {loss:F4}, where blind guessing among {vocabularySize} ids costs {blind:F4}: these ids do not belong to this model")
            : null;
    }
}
