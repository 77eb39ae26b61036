using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Inheritune.Api;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Manifests;
using Inheritune.Trainer.Runs;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using Inheritune.Trainer.Tokenization;
using Inheritune.Trainer.Training;
using static TorchSharp.torch;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>Packed data that is read from the store as the training goes along.</summary>
[Collection(nameof(OneAtATime))]
public sealed class S3StreamingTests : IDisposable
{
    private const int Mebibyte = 1 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly S3Server _server;
    private readonly Workplace _work = new();
    private readonly FaultyProxy _proxy;
    private readonly Variables _variables;
    private readonly Variables _endpoint;
    private readonly string _place = $"streaming-{Guid.NewGuid():n}";
    private readonly List<string> _heard = [];

    public S3StreamingTests(S3Server server)
    {
        _server = server;
        _proxy = new FaultyProxy(server.Endpoint);
        _variables = server.SetVariables();
        _endpoint = new Variables(new() { ["AWS_ENDPOINT_URL"] = _proxy.Endpoint.ToString() });
    }

    private string Data => _server.Uri($"{_place}/data");

    public void Dispose()
    {
        _endpoint.Dispose();
        _variables.Dispose();
        _proxy.Dispose();
        _work.Dispose();
    }

    [Fact]
    public void A_run_with_a_cache_much_smaller_than_the_corpus_ends_with_the_weights_of_a_run_from_files()
    {
        Put("a.bin", 2 * Mebibyte);
        Put("b.bin", (2 * Mebibyte) + 1234);
        Run("local", [$"dataset.uri={_work.File("data")}"]);

        var (opened, sizes) = (0L, new List<(long Disk, long Length)>());
        Run("streamed", [], line =>
        {
            if (line.StartsWith("Data: ", StringComparison.Ordinal)) opened = _proxy.Bytes;
            if (line.StartsWith("step ", StringComparison.Ordinal)) sizes.AddRange(CacheFiles());
        });
        Assert.Equal(Workplace.Weights(_work.File("local")), Workplace.Weights(_work.File("streamed")));
        Assert.InRange(opened, 1, Mebibyte);
        Assert.InRange(_proxy.Bytes, 4 * Mebibyte, long.MaxValue);
        Assert.True(sizes.Count > 60);
        Assert.All(sizes, size => Assert.InRange(Math.Max(size.Disk, size.Length), 1, Mebibyte));
        Assert.Contains(sizes, size => size.Length == Mebibyte);
        Assert.Empty(CacheFiles());
        Assert.Empty(Directory.EnumerateFiles(CacheFolder.Location, "stream-*"));

        var points = MetricsFile.Read(_work.File("streamed/metrics.jsonl")).Where(point => point.Loss is not null).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"data wait: {string.Join(' ', points.Select(point => $"{point.DataWait:P1}"))}");
        Assert.All(points, point => Assert.InRange(point.DataWait!.Value, 0, 1));
        Assert.Contains(_heard, line => line.Contains("| data wait ", StringComparison.Ordinal));
    }

    [Fact]
    public void After_the_first_batch_no_read_waits_as_long_as_computing_takes_longer_than_the_link()
    {
        Put("a.bin", 6 * Mebibyte);
        _proxy.Delay = TimeSpan.FromMilliseconds(3);
        using var stores = new StoreFactory(new StorageSpec(), SilentStatus.Instance, TestContext.Current.CancellationToken);
        using var dataset = Open(stores, mebibytes: 2);
        var blocks = dataset.Blocks!;
        var sampler = new BatchSampler(dataset.Train, 16, 4, seed: 1, CPU, batches: 150);
        var before = blocks.BlockedReads;
        sampler.Batch(0);
        var first = blocks.BlockedReads;
        Assert.InRange(first - before, 1, 8);
        for (var i = 1; i < 150; i++)
        {
            // The computing.
            Assert.True(SpinWait.SpinUntil(() => blocks.Underway == 0, Limit));
            sampler.Batch(i);
        }

        Assert.Equal(first, blocks.BlockedReads);
        Assert.InRange(_proxy.Bytes, 8 * Mebibyte, long.MaxValue);
    }

    [Fact]
    public void Connections_that_are_cut_change_nothing()
    {
        Put("a.bin", 4 * Mebibyte);
        Run("local", [$"dataset.uri={_work.File("data")}"]);
        Run("cut", [], line =>
        {
            if (line.StartsWith("Data: ", StringComparison.Ordinal)) _proxy.Cut(after: 100_000, times: 12);
        });
        Assert.Contains(_heard, line => line.Contains("data/a.bin: the connection broke", StringComparison.Ordinal));
        Assert.Equal(Workplace.Weights(_work.File("local")), Workplace.Weights(_work.File("cut")));
    }

    [Fact]
    public void A_run_that_waits_for_data_stops_at_once_and_continues_with_the_same_result()
    {
        Put("a.bin", 4 * Mebibyte);
        Run("local", [$"dataset.uri={_work.File("data")}"]);
        using var stop = new CancellationTokenSource();
        var clock = new Stopwatch();
        Assert.ThrowsAny<OperationCanceledException>(() => Run("stopped", [], line =>
        {
            if (!line.StartsWith("step 9/", StringComparison.Ordinal)) return;
            _proxy.Delay = TimeSpan.FromHours(1);
            stop.CancelAfter(TimeSpan.FromSeconds(1));
            clock.Start();
        }, stop));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 6);
        _proxy.Delay = TimeSpan.Zero;
        Run("stopped", []);
        Assert.Contains(_heard, line => line.StartsWith("Continuing at step ", StringComparison.Ordinal));
        Assert.Equal(Workplace.Weights(_work.File("local")), Workplace.Weights(_work.File("stopped")));
    }

    [Fact]
    public void Data_that_changes_during_the_run_ends_it()
    {
        Put("a.bin", 4 * Mebibyte);
        _server.Fails(ExitCode.InvalidInput, () => Run("changed", [], line =>
        {
            if (line.StartsWith("step 3/", StringComparison.Ordinal)) Put("a.bin", 4 * Mebibyte, seed: 2);
        }), "data/a.bin", "changed while it was being read");
    }

    [Fact]
    public void An_id_beyond_the_vocabulary_ends_the_run_with_file_position_and_remedy()
    {
        _work.WritePacked("bad.bin", Enumerable.Range(0, 2000).Select(i => (ushort)(i == 1234 ? 300 : 7)));
        _server.Open(_place).Write("data/bad.bin", stream => stream.Write(File.ReadAllBytes(_work.File("bad.bin"))));
        _work.Run("--set", $"dataset.uri={Data}", "-o", "json")
            .ShouldFail(ExitCode.InvalidInput, "spec.dataset.uri", $"{Data}/bad.bin has the id 300 at position 1234, but the model has only 300 ids", "spec.dataset.tokenType");
    }

    [Fact]
    public void A_disk_without_room_for_the_cache_is_one_message_before_the_training()
    {
        Put("a.bin", 4 * Mebibyte);
        TrainerProcess.RunWithMounts(_work.Cache, "mount -t tmpfs -o size=1m tmpfs \"$2\" && trainer run \"$1\" --set dataset.uri=\"$3\"", _work.Manifest, _work.Cache, Data)
            .ShouldFail(ExitCode.StorageUnavailable, _work.Cache, "disk", "INHERITUNE_CACHE", "spec.storage.cacheMebibytes");
        Assert.False(Directory.Exists(_work.Output));
    }

    [Fact]
    public void Resident_memory_does_not_grow_with_the_corpus()
    {
        // Both are larger than the cache of 8 MiB: what it takes to stream, some 30 MiB on some machines, is there in either case.
        var (small, large) = (Resident(32), Resident(280));
        TestContext.Current.TestOutputHelper?.WriteLine($"{small} MiB with 32 MiB of data, {large} MiB with 280 MiB");
        Assert.InRange(large - small, long.MinValue, 24);
    }

    [Fact]
    public void Text_that_is_tokenized_into_the_store_is_the_same_data()
    {
        _work.Write("text/a.txt", string.Concat(Enumerable.Range(0, 900).Select(i => $"the cat {i} sat on the log<|endoftext|>")));
        _work.Write("text/b.txt", "and the dog ran to the mat");
        foreach (var name in new[] { "a.txt", "b.txt" }) _server.Open(_place).Write($"text/{name}", stream => stream.Write(File.ReadAllBytes(_work.File($"text/{name}"))));
        var to = $"{Data}/tokens.bin";
        var result = Tokenize(_server.Uri($"{_place}/text"), to).ShouldSucceed();
        Assert.Equal("UInt16", result.Json.GetProperty("tokenType").GetString());
        Assert.Contains("Tokenizing", result.Error, StringComparison.Ordinal);
        _server.KeepsSecrets(result.Output + result.Error);

        Tokenize(_work.File("text"), _work.File("tokens.bin")).ShouldSucceed();
        Assert.Equal(File.ReadAllBytes(_work.File("tokens.bin")), Content("data/tokens.bin"));
        using var stores = new StoreFactory(new StorageSpec(), SilentStatus.Instance, TestContext.Current.CancellationToken);
        using (var text = Open(stores, uri: _work.File("text")))
        using (var streamed = Open(stores))
        {
            Assert.Equal(result.Json.GetProperty("tokens").GetInt64(), streamed.CorpusTokens);
            Assert.Equal(All(text.Validation), All(streamed.Validation));
            Assert.Equal(All(text.Train), All(streamed.Train));
        }

        Run("from-text", [$"dataset.uri={_work.File("text")}"]);
        Run("packed", []);
        Assert.Equal(Workplace.Weights(_work.File("from-text")), Workplace.Weights(_work.File("packed")));
    }

    [Fact]
    public void Tokenize_refuses_what_cannot_work_and_leaves_nothing()
    {
        var text = _work.Write("a.jsonl", """{"body":"the cat"}""");
        var to = $"{Data}/tokens.bin";
        Tokenize(text, to).ShouldFail(ExitCode.InvalidInput, "a.jsonl: line 1 has no field 'text'", "body");
        Tokenize(_work.Write("empty.txt", ""), to).ShouldFail(ExitCode.InvalidInput, "empty.txt", "holds no tokens");
        Tokenize(_work.File("data.bin"), to).ShouldFail(ExitCode.InvalidInput, "--dataset", "data.bin", "token ids already");
        Tokenize(text, $"{Data}/tokens").ShouldFail(ExitCode.InvalidInput, "--to", "data/tokens", ".bin");
        Assert.Empty(_server.Open(_place).List(""));
        Tokenize(text, to, "--text-field", "body").ShouldSucceed();
        var written = Content("data/tokens.bin");
        Tokenize(text, to, "--text-field", "body").ShouldFail(ExitCode.InvalidInput, "--to", to, "exists already");
        Assert.Equal(written, Content("data/tokens.bin"));
    }

    private CommandResult Tokenize(string dataset, string to, params string[] more) =>
        CommandLine.Run(["tokenize", _work.Reference, "--dataset", dataset, "--to", to, .. more, "-o", "json"]);

    /// <summary>A run within this process with a cache of 1 MiB; its data is in the store unless the settings say otherwise.</summary>
    private void Run(string output, string[] settings, Action<string>? hear = null, CancellationTokenSource? stop = null)
    {
        string[] all =
        [
            $"dataset.uri={Data}", "dataset.validationTokens=2000", "storage.cacheMebibytes=1", $"output.uri={_work.File(output)}",
            "training.steps=60", "evaluation.everySteps=20", .. settings,
        ];
        _heard.Clear();
        var status = new Listener(line =>
        {
            lock (_heard) _heard.Add(line);
            hear?.Invoke(line);
        });
        new RunPipeline(ManifestReader.Read(_work.Manifest, all), CPU, status).Execute(stop?.Token ?? TestContext.Current.CancellationToken);
    }

    private TokenizedDataset Open(StoreFactory stores, int mebibytes = 1, string? uri = null) => TokenizedDataset.Open(
        new DatasetSpec { Uri = uri ?? Data }, stores, mebibytes, TokenizerFactory.Load(new FileStore(_work.Reference), "uri", Workplace.Vocabulary),
        Workplace.Vocabulary, 16, SilentStatus.Instance, TestContext.Current.CancellationToken);

    /// <summary>Highest resident memory in MiB of a process that trains on so much data.</summary>
    private long Resident(int mebibytes)
    {
        Put($"{mebibytes}/data.bin", mebibytes * Mebibyte, local: false);
        var output = _work.File($"resident-{mebibytes}");
        TrainerProcess.Run(
            _work.Cache, "run", _work.Manifest, "--device", "cpu", "--set", $"dataset.uri={Data}/{mebibytes}", "--set", "dataset.validationTokens=2000", "--set", "storage.cacheMebibytes=8",
            "--set", $"output.uri={output}", "--set", "training.steps=100", "--set", "training.microBatchSize=16").ShouldSucceed();
        return MetricsFile.Read(Path.Combine(output, "metrics.jsonl")).Max(point => point.MemoryBytes)!.Value / Mebibyte;
    }

    /// <summary>Puts ids into the store, and into a local folder as well.</summary>
    private void Put(string name, int bytes, int seed = 1, bool local = true)
    {
        var ids = new ushort[bytes / sizeof(ushort)];
        for (var i = 0; i < ids.Length; i++) ids[i] = (ushort)(i % 257 + (i / 1000 + seed) % 40);
        var content = MemoryMarshal.AsBytes<ushort>(ids).ToArray();
        _server.Open(_place).Write($"data/{name}", stream => stream.Write(content));
        if (local) _work.Write($"data/{name}", content);
    }

    private byte[] Content(string key)
    {
        var store = _server.Open(_place);
        var content = new byte[store.Stat(key)!.Size];
        store.Read(key, 0, content);
        return content;
    }

    private static long[] All(ITokenSequence tokens)
    {
        var all = new long[tokens.Length];
        tokens.Read(0, all);
        return all;
    }

    /// <summary>Bytes on the disk and length of the caches that this process has open.</summary>
    private static List<(long Disk, long Length)> CacheFiles() =>
    [
        .. Directory.EnumerateFiles("/proc/self/fd").Where(link => new FileInfo(link).LinkTarget?.Contains("/stream-", StringComparison.Ordinal) == true)
            .Select(link =>
            {
                using var stat = Process.Start(new ProcessStartInfo("stat", ["-L", "-c", "%b %B %s", $"/proc/{Environment.ProcessId}/fd/{Path.GetFileName(link)}"]) { RedirectStandardOutput = true })!;
                var numbers = stat.StandardOutput.ReadToEnd().Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
                return (numbers[0] * numbers[1], numbers[2]);
            }),
    ];
}
