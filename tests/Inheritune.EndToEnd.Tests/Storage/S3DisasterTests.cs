using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>
/// A training whose store and network fail from its beginning to its end, and whose process does not fare better.
/// INHERITUNE_DISASTER_STEPS says how long it trains (default 4000).
/// </summary>
[Collection(nameof(OneAtATime))]
public sealed class S3DisasterTests(ITestOutputHelper output)
{
    private const string Bucket = "disasters";

    /// <summary>Then the rest of the training is left in peace: on a slow machine it would never end.</summary>
    private const int MostDisasters = 60;

    [Fact]
    public async Task A_store_that_is_killed_paused_and_corrupted_at_random_changes_nothing_about_the_weights()
    {
        using var gateway = CephGateway.Start(secured: true);
        gateway.SkipWhereMissing();
        using var proxy = new FaultyProxy(gateway.Endpoint);
        using var work = new Workplace();
        work.WritePacked("data.bin", Enumerable.Range(0, 1_000_000).Select(i => (ushort)CounterRandom.Below(Workplace.Vocabulary, 1, "data", i)));
        using var variables = new Variables(new()
        {
            ["AWS_ACCESS_KEY_ID"] = gateway.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = gateway.SecretKey, ["AWS_CA_BUNDLE"] = gateway.AuthorityFile,
        });
        var steps = Environment.GetEnvironmentVariable("INHERITUNE_DISASTER_STEPS") ?? "4000";
        string[] command = ["run", work.Manifest, "--threads", "1", "--set", $"training.steps={steps}", "--set", "training.logEverySteps=100", "--set", "evaluation.everySteps=500", "--set", "checkpoint.everySeconds=1"];
        TrainerProcess.Run(work.Cache, TrainerProcess.Patience, command).ShouldSucceed();

        var store = await PrepareAsync(gateway, work);
        string[] stored = [.. command, "--set", $"reference.uri=s3://{Bucket}/reference", "--set", $"dataset.uri=s3://{Bucket}/data.bin", "--set", $"output.uri=s3://{Bucket}/out", "--set", $"storage.endpoint=https://{proxy.Endpoint.Authority}", "--set", "storage.timeoutSeconds=2", "--set", "storage.cacheMebibytes=1"];
        var disasters = new (string Name, Action<TrainerProcess, double> Strike)[]
        {
            ("gateway killed", (_, chance) => Span(chance, gateway.Kill, gateway.Revive)),
            ("store paused", (_, chance) => Span(chance, gateway.Pause, gateway.Resume)),
            ("network down", (_, chance) => Span(chance, () => proxy.IsDown = true, () => proxy.IsDown = false)),
            ("bytes corrupted", (_, _) => proxy.Corrupt(times: 3)),
            ("connections cut", (_, chance) => proxy.Cut((long)(chance * 100_000), times: 3)),
            ("process killed, newest checkpoint damaged", (process, _) =>
            {
                process.Signal(9);
                process.Wait(TrainerProcess.Patience);
                Damage(store);
            }),
            ("process stopped", (process, _) => process.Signal(TrainerProcess.Terminate)),
        };

        var (struck, attempts) = (new List<string>(), 0);
        for (var done = false; !done; attempts++)
        {
            using var process = TrainerProcess.Start(work.Cache, stored);
            while (!process.HasExited && struck.Count < MostDisasters)
            {
                Thread.Sleep(TimeSpan.FromSeconds(1 + CounterRandom.Unit(1, "moment", struck.Count)));
                if (process.HasExited) break;
                // A process that never gets to train would prove nothing. Whatever has come least often comes next.
                var trains = process.ErrorSoFar.Contains("| loss", StringComparison.Ordinal);
                var (name, strike) = disasters.Where(disaster => trains || !disaster.Name.StartsWith("process", StringComparison.Ordinal))
                    .MinBy(disaster => struck.Count(before => before == disaster.Name) + CounterRandom.Unit(1, disaster.Name, struck.Count));
                // What nobody has met would add up: a process that waits longer and longer between its tries would never get through.
                proxy.Forgive();
                strike(process, CounterRandom.Unit(1, "chance", struck.Count));
                struck.Add(name);
                output.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {name}");
                if (name.StartsWith("process", StringComparison.Ordinal)) process.Wait(TrainerProcess.Patience);
            }

            var result = process.Wait(TrainerProcess.Patience);
            output.WriteLine($"{DateTime.UtcNow:HH:mm:ss} exit code {result.Code}\n{result.Error}");
            // 137: killed. 30: stopped while the store was away, which the operator answers with another attempt.
            Assert.Contains(result.Code, new[] { (int)ExitCode.Done, (int)ExitCode.Interrupted, (int)ExitCode.StorageUnavailable, 137 });
            done = result.Code == (int)ExitCode.Done;
            Assert.True(attempts < 200, "makes no progress");
        }

        output.WriteLine($"{struck.Count} disasters, {attempts} attempts");
        Assert.Equal(disasters.Select(disaster => disaster.Name).Order(), struck.Distinct().Order());
        using var weights = store.OpenRead("out/model/model.safetensors");
        Assert.Equal(Workplace.Weights(work.Output), Convert.ToHexString(SHA256.HashData(weights)));
    }

    [Fact]
    public async Task A_full_store_and_a_denied_user_end_a_training_at_once_and_once_mended_it_goes_on_to_the_same_weights()
    {
        using var gateway = CephGateway.Start();
        gateway.SkipWhereMissing();
        using var work = new Workplace();
        using var variables = new Variables(new() { ["AWS_ACCESS_KEY_ID"] = gateway.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = gateway.SecretKey });
        string[] command = ["run", work.Manifest, "--threads", "1", "--set", "training.steps=800", "--set", "training.logEverySteps=50", "--set", "evaluation.everySteps=400", "--set", "checkpoint.everySteps=50"];
        TrainerProcess.Run(work.Cache, TrainerProcess.Patience, command).ShouldSucceed();
        var store = await PrepareAsync(gateway, work);
        string[] stored = [.. command, "--set", $"reference.uri=s3://{Bucket}/reference", "--set", $"output.uri=s3://{Bucket}/out", "--set", $"storage.endpoint={gateway.Endpoint}"];

        using (var filling = TrainerProcess.Start(work.Cache, stored))
        {
            filling.WaitFor("step 50/");
            gateway.Limit(1);
            filling.Wait().ShouldFail(ExitCode.StorageUnavailable, "the store is full", "QuotaExceeded", "run the same command again");
        }

        gateway.EndLimit();
        using (var denied = TrainerProcess.Start(work.Cache, stored))
        {
            denied.WaitFor("Continuing at step");
            gateway.Suspend();
            denied.Wait().ShouldFail(ExitCode.StorageDenied, $"s3://{Bucket}/out/", "access denied");
        }

        gateway.Admit();
        var rest = TrainerProcess.Run(work.Cache, TrainerProcess.Patience, stored).ShouldSucceed();
        Assert.Contains("Continuing at step", rest.Error, StringComparison.Ordinal);
        using var weights = store.OpenRead("out/model/model.safetensors");
        Assert.Equal(Workplace.Weights(work.Output), Convert.ToHexString(SHA256.HashData(weights)));
    }

    private static async Task<S3Store> PrepareAsync(CephGateway gateway, Workplace work)
    {
        var options = S3Options.From(new StorageSpec { Endpoint = gateway.Endpoint.ToString() });
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(options.Authorities ?? []);
        using var http = new HttpClient(new S3RequestHandler(new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = policy } }, options));
        (await http.PutAsync(new Uri($"http://{S3RequestHandler.Placeholder}/{Bucket}"), null)).EnsureSuccessStatusCode();

        var store = new S3Store(new S3Client(options, SilentStatus.Instance, CancellationToken.None), new S3Location(Bucket, ""));
        foreach (var file in Directory.EnumerateFiles(work.Reference)) store.Write($"reference/{Path.GetFileName(file)}", stream => stream.Write(File.ReadAllBytes(file)));
        store.Write("data.bin", stream => stream.Write(File.ReadAllBytes(work.File("data.bin"))));
        return store;
    }

    /// <summary>Flips a bit in a file of the newest checkpoint, if there are two.</summary>
    private static void Damage(S3Store store)
    {
        var folders = store.List("out/checkpoints/").Where(file => file.Key.EndsWith("weights.safetensors", StringComparison.Ordinal)).ToList();
        if (folders.Count < 2) return;
        using var buffer = new MemoryStream();
        using (var stream = store.OpenRead(folders[^1].Key)) stream.CopyTo(buffer);
        buffer.GetBuffer()[buffer.Length / 2] ^= 4;
        store.Write(folders[^1].Key, stream => stream.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void Span(double seconds, Action begin, Action end)
    {
        begin();
        Thread.Sleep(TimeSpan.FromSeconds(0.5 + 2.5 * seconds));
        end();
    }
}
