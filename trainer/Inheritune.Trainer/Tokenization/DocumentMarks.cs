namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// Ids that surround a document. Whatever the tokenizer itself puts around a text surrounds a document too: Llama's BOS in front, with
/// add_eos_token its EOS behind. Where it puts nothing there, EOS stands behind each, as GPT-2's corpora are packed. One mark stands between two
/// documents where begin and end are the same token, or where a document brings its own.
/// </summary>
/// <param name="Begin">Id in front of each document, or null.</param>
/// <param name="End">Id behind each document, or null.</param>
/// <param name="EndOfText">Id by which the model says that a text ends (EOS), whether or not documents are marked with it, or null.</param>
internal readonly record struct DocumentMarks(int? Begin, int? End, int? EndOfText)
{
    /// <param name="around">What the tokenizer puts around a text.</param>
    /// <param name="endOfText">The model's EOS, or null.</param>
    public static DocumentMarks Of(TextTemplate around, int? endOfText)
    {
        var end = around.End ?? (around.Begin is null ? endOfText : null);
        return new(around.Begin, end == around.Begin ? null : end, endOfText);
    }
}
