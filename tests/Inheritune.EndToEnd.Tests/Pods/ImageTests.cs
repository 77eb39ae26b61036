using System.Diagnostics;
using System.Text.Json;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>The images themselves, as they come from the Dockerfiles.</summary>
public sealed class ImageTests
{
    [Theory]
    [InlineData("operator", 130, "KubernetesClient")]
    [InlineData("trainer", 550, "TorchSharp")]
    public async Task Image_is_small_runs_as_nobody_without_a_shell_and_knows_what_it_is_made_of(string name, int megabytes, string library)
    {
        var archive = HostProgram.Installed("images.sh", name);
        Assert.InRange(new FileInfo(archive).Length, 0, megabytes * 1_000_000L);

        var manifest = (await JsonAsync("tar", "-xOf", archive, "manifest.json"))[0];
        var config = (await JsonAsync("tar", "-xOf", archive, manifest.GetProperty("Config").GetString()!)).GetProperty("config");
        Assert.Equal("65532:65532", config.GetProperty("User").GetString());
        Assert.Equal($"inheritune-{name}", config.GetProperty("Labels").GetProperty("org.opencontainers.image.title").GetString());
        Assert.Equal($"/app/inheritune-{name}", Assert.Single(config.GetProperty("Entrypoint").EnumerateArray()).GetString());
        foreach (var layer in manifest.GetProperty("Layers").EnumerateArray())
            Assert.DoesNotContain((await RunAsync("bash", "-c", "tar -xOf \"$0\" \"$1\" | tar -t", archive, layer.GetString()!)).Split('\n'), file => file.EndsWith("bin/sh", StringComparison.Ordinal) || file.EndsWith("bin/bash", StringComparison.Ordinal));

        var bill = await JsonAsync(Checkout.File("release/sbom.sh"), archive);
        Assert.Equal("SPDX-2.3", bill.GetProperty("spdxVersion").GetString());
        var packages = bill.GetProperty("packages").EnumerateArray().ToDictionary(package => package.GetProperty("name").GetString()!, package => package.GetProperty("versionInfo").GetString());
        Assert.Contains("libc6", packages);
        Assert.Matches(@"^\d+\.\d+", packages[library]);
        Assert.Equal(packages.Count, bill.GetProperty("relationships").GetArrayLength());
    }

    [Theory]
    [InlineData("registry.example/inheritune-trainer:0.1.0", "has no digest")]
    [InlineData("registry.example/inheritune-trainer@sha256:0000000000000000000000000000000000000000000000000000000000000000", "no SPDX 2.3 document")]
    public async Task Only_an_image_named_by_its_digest_is_signed_and_only_with_its_bill_of_materials(string image, string said)
    {
        var (code, _, error) = await HostProgram.RunAsync(new ProcessStartInfo(Checkout.File("release/sign.sh"), [image, Checkout.File("LICENSE")]));
        Assert.Equal(2, code);
        Assert.Contains(said, error);
    }

    private static async Task<JsonElement> JsonAsync(string program, params string[] arguments) => JsonDocument.Parse(await RunAsync(program, arguments)).RootElement;

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var (code, output, error) = await HostProgram.RunAsync(new ProcessStartInfo(program, arguments));
        Assert.True(code == 0, error);
        return output;
    }
}
