using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>Sample generations in the report.</summary>
public sealed class ReportSpec
{
    [MaxLength(8), StringLength(2000, MinimumLength = 1)]
    [Description("Prompts that reference and target continue side by side. Default: beginnings taken from the validation data.")]
    public IReadOnlyList<string> Prompts { get; init; } = [];

    [Range(1, 1024), Description("Tokens to generate for each prompt, greedily.")]
    public int SampleTokens { get; init; } = 48;
}
