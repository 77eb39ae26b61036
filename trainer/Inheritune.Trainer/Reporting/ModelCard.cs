using System.Text;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Reporting;

/// <summary>Writes the model card, the README.md of an exported Hugging Face folder.</summary>
public static class ModelCard
{
    public const string Key = "README.md";

    /// <param name="report">The run that made the model.</param>
    /// <param name="output">The exported folder.</param>
    /// <param name="hasTokenizer">Whether the folder has one.</param>
    public static void Write(RunReport report, IObjectStore output, bool hasTokenizer = true) =>
        output.Write(Key, stream => stream.Write(Encoding.UTF8.GetBytes(Text(report, hasTokenizer).ReplaceLineEndings("\n"))));

    // The front matter names no base_model and no license: the run knows the reference's location, not its name or terms.
    private static string Text(RunReport report, bool hasTokenizer) => $"""
        ---
        library_name: transformers
        pipeline_tag: text-generation
        tags:
        - inheritune
        - small-language-model
        ---

        # {Markdown.Escape(report.Title)}

        {Origin(report.Results)}

        {Markdown.Escape(report.Summary)}

        ## Results

        Exact loss over the whole validation data, in nats per token.

        {ResultTable.ToMarkdown(report.Results)}
        ## How to load

        ```python
        from transformers import AutoModelForCausalLM{(hasTokenizer ? ", AutoTokenizer" : "")}
        model = AutoModelForCausalLM.from_pretrained(".")  # this folder
        {(hasTokenizer ? "tokenizer = AutoTokenizer.from_pretrained(\".\")" : "# The reference came without a tokenizer: the model reads ids.")}
        ```

        ## Recipe

        {Markdown.CodeBlock("yaml", report.Recipe)}

        ## Limitations

        This is a base model trained on a small subset of data: it continues text, follows no instructions, and repeats the errors and
        biases of that data and of the model it was made from. The losses above hold for the validation data of this run only and say
        little about other text or about downstream tasks; whoever publishes the model has to observe the license of the reference and the data.

        """;

    private static string Origin(IReadOnlyList<ResultRow> rows)
    {
        const string Method = "[Inheritune](https://arxiv.org/abs/2404.08634)";
        return (rows.FindBestTarget(), rows.FindReference()) switch
        {
            ({ } target, { } reference) =>
                $"A small language model of {target.Layers} transformer blocks made with {Method}, which starts a small model from the first blocks "
                + $"of a larger one and trains it on a small subset of data: {target.Layers} of the reference's {reference.Layers} blocks.",
            ({ } target, null) => $"A small language model of {target.Layers} transformer blocks, trained from scratch with the trainer of {Method}.",
            _ => $"A small language model made with {Method}.",
        };
    }
}
