using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>The data of a run: where it lies, how it is encoded and which subset of it is used.</summary>
public sealed class DatasetSpec
{
    [Required, StringLength(1024, MinimumLength = 1), RegularExpression(Patterns.Uri), Mountable]
    [Description("A file, or a folder whose files are taken in the order of their names.")]
    public string Uri { get; init; } = "";

    [Description("Auto decides by the ending: .txt is Text, .jsonl is JsonLines, .bin is Packed.")]
    public DatasetFormat Format { get; init; } = DatasetFormat.Auto;

    [StringLength(128, MinimumLength = 1), Description("Field of a JSON line that holds the document.")]
    public string TextField { get; init; } = "text";

    [Description("Element type of a Packed file: little-endian token ids without a header, as nanoGPT writes them.")]
    public TokenType TokenType { get; init; } = TokenType.UInt16;

    [Range(1, long.MaxValue), Description("Train on a subset of this many tokens, spread over the data and the same whatever the seed. Default: all of it.")]
    public long? MaxTokens { get; init; }

    [StringLength(1024, MinimumLength = 1), RegularExpression(Patterns.Uri), Mountable]
    [Description("Validation data in the same format. Default: a part of uri that training does not see.")]
    public string? ValidationUri { get; init; }

    [Range(1, long.MaxValue), Description("How many tokens to hold out when there is no validationUri, and on to the end of their document. Default: 5 % of the data, at most 1,000,000. The same data has the same hold-out in every run.")]
    public long? ValidationTokens { get; init; }
}
