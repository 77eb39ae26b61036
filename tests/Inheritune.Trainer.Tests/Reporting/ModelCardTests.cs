using Inheritune.Trainer.Reporting;
using YamlDotNet.Serialization;

namespace Inheritune.Trainer.Tests.Reporting;

public sealed class ModelCardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Front_matter_is_what_the_hub_reads()
    {
        var card = Write(SampleReports.Full());

        Assert.StartsWith("---\n", card, StringComparison.Ordinal);
        var matter = new Deserializer().Deserialize<Dictionary<string, object>>(card.Split("---\n")[1]);
        Assert.Equal("transformers", matter["library_name"]);
        Assert.Equal("text-generation", matter["pipeline_tag"]);
        Assert.Contains("inheritune", (List<object>)matter["tags"]);
    }

    [Fact]
    public void Card_says_what_the_model_is_how_good_and_how_it_was_made()
    {
        var card = Write(SampleReports.Full());

        Assert.Contains("arxiv.org/abs/2404.08634", card, StringComparison.Ordinal);
        Assert.Contains("3 of the reference's 5 blocks", card, StringComparison.Ordinal);
        Assert.Contains("| **target** | **3** |", card, StringComparison.Ordinal);
        Assert.Contains("AutoModelForCausalLM.from_pretrained", card, StringComparison.Ordinal);
        Assert.Contains("```yaml\napiVersion: inheritune.dev/v1alpha1", card, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_from_scratch_does_not_claim_a_reference()
    {
        var full = SampleReports.Full();

        Assert.Contains("3 transformer blocks, trained from scratch", Write(full with { Results = [full.Results[2]] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Foreign_text_cannot_break_out_of_its_place()
    {
        var card = Write(SampleReports.Full() with { Title = "a <script>\n# b", Recipe = "x: |\n  ```\n  # no heading" });

        Assert.Contains("# a \\<script\\> \\# b\n", card, StringComparison.Ordinal);
        Assert.Contains("````yaml\nx: |\n  ```\n  # no heading\n````\n", card, StringComparison.Ordinal);
    }

    private string Write(RunReport report)
    {
        ModelCard.Write(report, _folder.Store);
        return _folder.Text("README.md");
    }
}
