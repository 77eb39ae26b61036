using System.Text.Json.Nodes;
using Inheritune.Api;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Tests.Data;

namespace Inheritune.Trainer.Tests.Checkpoints;

public sealed class EndOfTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("5", null, new[] { 5 })]
    [InlineData("[5, 7, 5]", null, new[] { 5, 7 })]
    [InlineData("5", "[1, 2]", new[] { 1, 2 })]
    [InlineData("5", "null", null)]
    [InlineData("null", "9", new[] { 9 })]
    [InlineData("0.0", null, new[] { 0 })]
    [InlineData("[[5, 7], [9]]", null, new[] { 5, 7, 9 })]
    [InlineData("[]", null, new int[0])]
    [InlineData("null", null, null)]
    public void The_generation_configuration_decides_and_only_where_it_is_missing_the_configuration(string config, string? generation, int[]? expected)
    {
        var (ids, said) = Read(config, generation);
        Assert.Equal(expected, ids);
        Assert.Empty(said);
    }

    [Theory]
    [InlineData("[5, 97]", "97", new[] { 5 })]
    [InlineData("1e300", "1e300", new int[0])]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890", new int[0])]
    [InlineData("-1", "-1", new int[0])]
    [InlineData("[2.5, \"end\", null, true, {\"a\": 1}, 3]", """2.5, "end", null, true, {"a":1} """, new[] { 3 })]
    public void What_is_no_id_is_ignored_and_said(string config, string ignored, int[] expected)
    {
        var (ids, said) = Read(config, null);
        Assert.Equal(expected, ids);
        var message = Assert.Single(said);
        Assert.Contains($"eos_token_id {ignored.TrimEnd()} in config.json", message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, message, StringComparison.Ordinal);
    }

    private (IReadOnlyList<int>? Ids, IReadOnlyList<string> Said) Read(string config, string? generation)
    {
        using var model = TinyModels.Create(TinyModels.Gpt2(1));
        HuggingFaceExporter.Write(model, null, _folder.Store, null, ExportPrecision.Float32, _folder.Store);
        var json = JsonNode.Parse(_folder.Text("config.json"))!;
        json["eos_token_id"] = JsonNode.Parse(config);
        _folder.Write("config.json", json.ToJsonString());
        if (generation is null) File.Delete(_folder.File("generation_config.json"));
        else _folder.Write("generation_config.json", $$"""{"eos_token_id": {{generation}}}""");
        var status = new RecordingStatus();
        return (Checkpoint.Open(_folder.Store, "uri", status).EndOfText.Ids, status.Warnings);
    }
}
