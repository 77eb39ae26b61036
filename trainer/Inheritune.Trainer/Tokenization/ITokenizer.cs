namespace Inheritune.Trainer.Tokenization;

/// <summary>Turns text into token ids and back, exactly as the model's authors do.</summary>
public interface ITokenizer
{
    /// <summary>Number of ids, special tokens included: every id that a text gets is below it.</summary>
    int VocabularySize { get; }

    /// <summary>Id that the tokenizer puts in front of each text (Llama's BOS), or null.</summary>
    int? BeginOfDocument { get; }

    /// <summary>Id that is put behind each document (GPT-2's end of text), or null.</summary>
    int? EndOfDocument { get; }

    /// <summary>Id by which the model says that a text ends (EOS), also where documents are not marked with it, or null.</summary>
    int? EndOfText { get; }

    /// <summary>SHA-256 of everything that decides the ids, as 64 hexadecimal digits.</summary>
    string Digest { get; }

    /// <summary>One line for people: kind and size.</summary>
    string Description { get; }

    /// <summary>Ids of a document, without document marks. An added token that stands in the text, special or not, becomes its id.</summary>
    /// <exception cref="RunException">The text holds an added token for which the model has no row.</exception>
    IReadOnlyList<int> Encode(string text) => Encode(text, TextPart.Whole, CancellationToken.None);

    /// <summary>As above, of a part of a document that is cut where <see cref="LastCut"/> says; what takes long can be cancelled.</summary>
    IReadOnlyList<int> Encode(ReadOnlySpan<char> text, TextPart part, CancellationToken cancellation);

    /// <summary>
    /// The last place where a document can be cut so that the ids of both parts, one after the other, are the ids of the whole,
    /// or null; long documents are encoded part by part with it. What follows the text does not matter.
    /// </summary>
    int? LastCut(ReadOnlySpan<char> text, CancellationToken cancellation);

    /// <summary>Text of ids; special tokens are left out.</summary>
    string Decode(IReadOnlyList<int> ids);
}
