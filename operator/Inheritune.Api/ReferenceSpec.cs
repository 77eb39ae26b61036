using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Inheritune.Api;


/// <summary>The reference LM M_ref, a Hugging Face folder of the GPT-2 or Llama family.</summary>
public sealed class ReferenceSpec
{
    [Required, StringLength(1024, MinimumLength = 1), RegularExpression(Patterns.Uri), Mountable]
    [Description("Folder with config.json, safetensors weights and tokenizer files.")]
    public string Uri { get; init; } = "";
}
