using System.Diagnostics;
using System.Text.Json;

namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>PyTorch and transformers, run by <c>tests/infra/pytorch-peer.sh</c> in a chroot of their own.</summary>
public static class PyTorchPeer
{
    private const int NotAvailable = 77;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(5);

    /// <summary>Python's names are <c>snake_case</c>; a field that the script leaves out is an error.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>What transformers makes of model folders, loaded with no flags. One call for many folders: PyTorch takes
    /// some seconds to start.</summary>
    public static async Task<PeerScore[]> ScoreAsync(params PeerRequest[] requests)
    {
        var folder = Directory.CreateTempSubdirectory("inheritune-peer-");
        try
        {
            var file = Path.Combine(folder.FullName, "request.json");
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(requests, Json));
            string[] visible = [folder.FullName, .. requests.Select(request => request.Folder)];
            return await RunAsync<PeerScore[]>("score.py", [.. visible.SelectMany(path => new[] { "--ro", path })], file);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Runs a script of <c>tests/infra/peer</c> and reads the JSON document on its standard output. Skips the
    /// calling test where the peer cannot be had; fails it, with the script's traceback, on any other exit code.</summary>
    /// <param name="script">File name of the script.</param>
    /// <param name="folders">Folders that it sees, each after <c>--ro</c> or <c>--rw</c>.</param>
    /// <param name="arguments">The script's arguments; absolute paths below <paramref name="folders"/>.</param>
    public static async Task<T> RunAsync<T>(string script, string[] folders, params string[] arguments)
    {
        using var process = new Process();
        process.StartInfo = new ProcessStartInfo(
            Path.Combine(Checkout.Infrastructure, "pytorch-peer.sh"),
            ["run", .. folders, Path.Combine(Checkout.Infrastructure, "peer", script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process.StartInfo.Environment["INHERITUNE_CACHE"] = OwnCache.OfTheUser;
        process.Start();

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeLimit);
        // Both pipes at once: a script that fills one while we wait on the other would never end.
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await Task.WhenAll(output, error);
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        Assert.SkipWhen(process.ExitCode == NotAvailable, error.Result.Trim());
        Assert.True(process.ExitCode == 0, $"{script} ended with exit code {process.ExitCode}:\n{error.Result}");
        return JsonSerializer.Deserialize<T>(output.Result, Json)!;
    }
}
