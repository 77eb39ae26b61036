using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Inheritune.Api;
using Inheritune.Trainer;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Inheritance;
using Inheritune.Trainer.Models;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;
using static TorchSharp.torch;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>The store when the network and the server fail it.</summary>
public sealed class S3FaultTests(S3Server server)
{
    internal const string SlowDown = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";

    private static readonly byte[] Content = S3StoreTests.Bytes(12_000_000);

    [Fact]
    public void A_connection_that_is_cut_again_and_again_gives_the_right_bytes()
    {
        using var proxy = Prepare(server, "cut");
        var heard = new Heard();
        var store = server.Open("cut", server.Options(proxy.Endpoint), heard);
        store.Stat("data");
        proxy.Cut(after: 1_000_000, times: 4);

        // The connection of the stat is still open and has no fault planned, so the faults meet those that follow it.
        Assert.True(ReadAll(store).AsSpan().SequenceEqual(Content));
        proxy.Cut(after: 3_000_000, times: 3);
        var pieces = new byte[Content.Length];
        server.Open("cut", server.Options(proxy.Endpoint), heard).Read("data", 0, pieces);
        Assert.True(pieces.AsSpan().SequenceEqual(Content));
        Assert.Contains("cut/data: the connection broke", heard.Text, StringComparison.Ordinal);
        Assert.Contains("trying again", heard.Text, StringComparison.Ordinal);
        server.KeepsSecrets(heard.Text);
    }

    [Fact]
    public void Weights_through_connections_that_are_cut_are_the_weights()
    {
        var config = TinyModels.Gpt2(layers: 2) with { VocabularySize = 9_001, HiddenSize = 512, IntermediateSize = 2048 };
        using var model = TinyModels.Create(config);
        var store = server.Open("weights");
        using (no_grad()) HuggingFaceExporter.Write(model, null, store, endOfText: 0, ExportPrecision.Float32, store);

        var plan = InheritancePlan.Whole(config);
        (string? Digest, CausalLanguageModel Model) Fill(FaultyProxy proxy)
        {
            var target = Target.Allocate(config, CPU);
            var checkpoint = Checkpoint.Open(server.Open("weights", server.Options(proxy.Endpoint)), "uri");
            return (Target.Fill(target, plan, checkpoint, 1, SilentStatus.Instance, TestContext.Current.CancellationToken), target);
        }

        using var steady = new FaultyProxy(server.Endpoint);
        using var broken = new FaultyProxy(server.Endpoint);
        var (expected, whole) = Fill(steady);
        broken.Cut(after: 1_234_567, times: 8);
        var (digest, mended) = Fill(broken);
        Assert.Equal(expected, digest);
        foreach (var (name, parameter) in model.Parameters) Assert.True(parameter.equal(mended.Parameters[name]).all().item<bool>(), name);
        // What is asked for again begins where the connection broke.
        Assert.InRange(broken.Ranges.Except(steady.Ranges).Count(), 4, 8);
        whole.Dispose();
        mended.Dispose();
    }

    [Fact]
    public void A_connection_that_falls_silent_is_replaced()
    {
        using var proxy = Prepare(server, "stall");
        var heard = new Heard();
        proxy.Stall(after: 0);
        proxy.Stall(after: 500_000);
        Assert.True(ReadAll(server.Open("stall", server.Options(proxy.Endpoint), heard)).AsSpan().SequenceEqual(Content));
        Assert.Contains("no answer for 1 s", heard.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_changes_during_an_interruption_is_an_error()
    {
        using var proxy = Prepare(server, "swap");
        var store = server.Open("swap", server.Options(proxy.Endpoint) with { Stall = TimeSpan.FromSeconds(4) });
        using var stream = store.OpenRead("data");
        proxy.Stall(after: 1_000_000);
        var reading = Task.Run(() => server.Fails(ExitCode.InvalidInput, () => stream.ReadExactly(new byte[Content.Length]), "swap/data", "changed while it was being read"));

        // All pieces but one, and the beginning of that one.
        for (var i = 0; proxy.Bytes < 9_600_000 && i < 200; i++) await Task.Delay(50, TestContext.Current.CancellationToken);
        server.Open("swap").Write("data", target => target.Write(S3StoreTests.Bytes(Content.Length, seed: 3)));
        Assert.False(reading.IsCompleted);
        await reading;
    }

    [Theory]
    [InlineData("503 Service Unavailable", SlowDown, "")]
    [InlineData("500 Internal Server Error", "", "")]
    [InlineData("502 Bad Gateway", "<html>no</html>", "")]
    [InlineData("429 Too Many Requests", "", "Retry-After: 1\r\n")]
    public void A_server_that_fails_for_a_while_is_asked_again(string status, string body, string headers)
    {
        using var proxy = Prepare(server, "busy");
        var heard = new Heard();
        var store = server.Open("busy", server.Options(proxy.Endpoint), heard);
        foreach (var action in new Action[] { () => store.Stat("data"), () => store.List(""), () => store.Write("x", s => s.WriteByte(1)), () => store.Delete("x"), () => store.Read("data", 5, new byte[5]) })
        {
            // A new client: its first connections meet the answers.
            store = server.Open("busy", server.Options(proxy.Endpoint), heard);
            proxy.Answer(status, body, headers, times: 2);
            var clock = Stopwatch.StartNew();
            action();
            if (headers.Length > 0) Assert.InRange(clock.Elapsed.TotalSeconds, 2, 10);
        }

        Assert.Contains(status[..3], heard.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listing_that_breaks_off_is_asked_for_again()
    {
        using var proxy = Prepare(server, "listing");
        var heard = new Heard();
        // Within the head of the answer, and twice within its body.
        foreach (var after in new[] { 40, 400, 600 })
        {
            proxy.Cut(after);
            Assert.Single(server.Open("listing", server.Options(proxy.Endpoint), heard).List(""));
        }

        Assert.Equal(4, heard.Text.Split("trying again").Length);
    }

    [Fact]
    public void Waiting_for_a_server_ends_when_the_run_is_stopped()
    {
        using var proxy = Prepare(server, "stop");
        proxy.Answer("503 Service Unavailable", SlowDown, times: 100);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        using var client = new S3Client(server.Options(proxy.Endpoint, patience: 60), SilentStatus.Instance, stop.Token);
        var clock = Stopwatch.StartNew();
        Assert.ThrowsAny<OperationCanceledException>(() => new S3Store(client, S3Location.Parse(server.Uri("stop"), "uri")).Stat("data"));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.4, 5);
    }

    [Fact]
    public void A_read_that_hangs_ends_when_the_run_is_stopped()
    {
        using var proxy = Prepare(server, "hang");
        // Whichever connections carry the pieces, and the one that told the size among them.
        proxy.Stall(after: 500_000, times: 10);
        using var stop = new CancellationTokenSource();
        using var client = new S3Client(server.Options(proxy.Endpoint) with { Stall = TimeSpan.FromSeconds(30) }, SilentStatus.Instance, stop.Token);
        using var stream = new S3Store(client, S3Location.Parse(server.Uri("hang"), "uri")).OpenRead("data");
        stop.CancelAfter(TimeSpan.FromSeconds(0.5));
        var clock = Stopwatch.StartNew();
        Assert.ThrowsAny<OperationCanceledException>(() => stream.ReadExactly(new byte[Content.Length]));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.4, 5);
    }

    [Fact]
    public async Task An_error_within_a_success_is_an_error()
    {
        using var proxy = new FaultyProxy(server.Endpoint);
        using var http = new HttpClient(new S3AnswerHandler(new SocketsHttpHandler(), TimeSpan.FromSeconds(5)));
        proxy.Answer("200 OK", "<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>");
        proxy.Answer("200 OK", "<CompleteMultipartUploadResult/>");
        var error = await Assert.ThrowsAsync<S3Exception>(() => http.PostAsync(new Uri(proxy.Endpoint, "/b/k?uploadId=1"), null, TestContext.Current.CancellationToken));
        Assert.Equal(S3Cause.Passing, error.Cause);
        using var fine = await http.PostAsync(new Uri(proxy.Endpoint, "/b/k?uploadId=1"), null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, fine.StatusCode);
    }

    [Fact]
    public async Task An_upload_that_is_given_up_leaves_no_parts_and_those_of_a_killed_one_are_removed()
    {
        var direct = new S3Client(server.Options(), SilentStatus.Instance, CancellationToken.None);
        var prefix = server.Uri("parts")[$"s3://{S3Server.Bucket}/".Length..];
        Task<List<Minio.DataModel.Upload>> Unfinished() => direct.ListUnfinishedAsync(S3Server.Bucket, prefix, CancellationToken.None);
        void Fail(int after)
        {
            using var proxy = new FaultyProxy(server.Endpoint);
            proxy.Cut(after);
            server.Fails(ExitCode.StorageUnavailable, () => server.Open("parts", server.Options(proxy.Endpoint, patience: 0)).Write("data", s => s.Write(new byte[65 << 20])), "parts/data");
        }

        // The answer to the beginning of an upload has about 500 bytes. Within the answer to the first part:
        Fail(after: 700);
        Assert.Empty(await Unfinished());

        // Within the answer that tells the id, which nobody knows then.
        Fail(after: 50);
        Assert.Single(await Unfinished());
        server.Open("parts").RemoveUnfinished();
        Assert.Empty(await Unfinished());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_conditional_write_whose_answer_is_lost_counts_as_done(bool exists)
    {
        using var proxy = new FaultyProxy(server.Endpoint);
        var heard = new Heard();
        if (exists) server.Open("lost").Write("marker", stream => stream.Write("before"u8));
        var seen = server.Open("lost").Stat("marker");
        proxy.Cut(after: 20);
        var stored = server.Open("lost", server.Options(proxy.Endpoint), heard).Replace("marker", seen, "after"u8.ToArray());
        Assert.Contains("trying again", heard.Text, StringComparison.Ordinal);
        Assert.NotNull(stored);
        Assert.Equal(server.Open("lost").Stat("marker"), stored);
        server.Open("lost").Delete("marker");
    }

    [Fact]
    public void A_large_write_whose_last_answer_is_lost_counts_as_done_and_a_lost_part_is_sent_again()
    {
        using var proxy = new FaultyProxy(server.Endpoint);
        var heard = new Heard();
        proxy.Cut(after: 700);
        // MinIO knows no upload that is complete; Ceph confirms it again.
        proxy.LoseNextAnswerTo("<CompleteMultipartUpload", () => proxy.Answer("404 Not Found", "<?xml version=\"1.0\"?><Error><Code>NoSuchUpload</Code></Error>"));
        server.Open("large", server.Options(proxy.Endpoint), heard).Write("data", stream =>
        {
            stream.Write(Content);
            stream.Write(Content);
        });
        Assert.True(heard.Text.Split("trying again").Length > 1, heard.Text);
        Assert.Equal((byte[])[.. Content, .. Content], ReadAll(server.Open("large")));
    }

    [Fact]
    public void A_full_store_ends_at_once_and_says_so()
    {
        using var proxy = new FaultyProxy(server.Endpoint);
        foreach (var (status, code) in new[] { ("403 Forbidden", "QuotaExceeded"), ("507 Insufficient Storage", "XMinioStorageFull") })
        {
            proxy.Answer(status, $"<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
            var heard = new Heard();
            server.Fails(ExitCode.StorageUnavailable, () => server.Open("full", server.Options(proxy.Endpoint), heard).Write("x", s => s.WriteByte(1)), "the store is full", code, "raise the quota");
            Assert.Equal("", heard.Text);
        }
    }

    [Fact]
    public void Keys_that_are_replaced_in_their_files_are_taken_up_at_once()
    {
        using var folder = new TemporaryFolder();
        using var variables = new Variables(new() { ["INHERITUNE_S3_CREDENTIALS"] = folder.Path });
        folder.Write("accessKeyId", "expired");
        folder.Write("secretAccessKey", "nothing");
        var credentials = CredentialChain.Find(server.Endpoint, "us-east-1", null, TimeProvider.System);
        var store = server.Open("renewed", server.Options() with { Credentials = credentials });
        server.Fails(ExitCode.StorageDenied, () => store.Stat("x"), "access denied");
        folder.Write("secretAccessKey", server.SecretKey);
        folder.Write("accessKeyId", server.AccessKey);
        Assert.Null(store.Stat("x"));
        store.Write("x", stream => stream.WriteByte(1));
        Assert.Single(store.List(""));
    }

    [Fact]
    public void TLS_needs_an_authority_that_is_trusted()
    {
        using var certificate = TestCertificate.Create();
        using var proxy = new FaultyProxy(server.Endpoint, certificate);
        server.Open("tls").Write("data", stream => stream.Write("secured"u8));

        var options = server.Options(proxy.Endpoint);
        Assert.Equal(7, server.Open("tls", options with { Authorities = [X509CertificateLoader.LoadCertificate(certificate.RawData)] }).Stat("data")!.Size);
        server.Fails(ExitCode.StorageDenied, () => server.Open("tls", options).Stat("data"), "tls/data", "certificate", "spec.storage.caBundle");
    }

    [Fact]
    public void A_session_token_goes_with_every_request()
    {
        using var proxy = new FaultyProxy(server.Endpoint);
        var store = server.Open("token", server.Options(proxy.Endpoint) with { Credentials = new S3Credentials(server.AccessKey, server.SecretKey, "the-session-token") });
        foreach (var action in new Action[] { () => store.Stat("x"), () => store.List(""), () => store.Delete("x") })
        {
            try
            {
                action();
            }
            catch (RunException e)
            {
                // A server that issues tokens knows this one not to be its own.
                Assert.Equal(ExitCode.StorageDenied, e.Code);
                Assert.DoesNotContain("the-session-token", e.Message, StringComparison.Ordinal);
            }
        }

        Assert.Equal(3, proxy.Requests.Split("the-session-token").Length - 1);
    }

    /// <summary>Stores <see cref="Content"/> and opens a proxy in front of it.</summary>
    internal static FaultyProxy Prepare(S3Server server, string name)
    {
        server.Open(name).Write("data", stream => stream.Write(Content));
        return new FaultyProxy(server.Endpoint);
    }

    private static byte[] ReadAll(S3Store store)
    {
        using var stream = store.OpenRead("data");
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }
}
