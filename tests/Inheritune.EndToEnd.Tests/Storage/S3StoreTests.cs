using Inheritune.Trainer;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>The store against a real server that works.</summary>
public sealed class S3StoreTests(S3Server server)
{
    private static readonly byte[] Megabytes = Bytes(20_000_003);

    [Theory]
    [InlineData("plain.txt")]
    [InlineData("a b/ü+c (1)%20&=?#.txt")]
    [InlineData("deep/er/~tilde_-.bin")]
    public void What_is_written_is_read_listed_seen_and_deleted(string key)
    {
        var store = server.Open("round/" + Guid.NewGuid());
        Assert.Null(store.Stat(key));
        Assert.Empty(store.List(""));

        store.Write(key, stream => stream.Write("first"u8));
        var first = store.Stat(key)!;
        Assert.Equal((key, 5), (first.Key, first.Size));
        Assert.Equal([first], store.List(""));
        Assert.Equal([first], store.List(key[..3]));
        Assert.Equal("first", Text(store, key));

        store.Write(key, stream => stream.Write("second one"u8));
        Assert.NotEqual(first.Version, store.Stat(key)!.Version);
        Assert.Equal("second one", Text(store, key));

        store.Delete(key);
        store.Delete(key);
        Assert.Null(store.Stat(key));
        Assert.Null(store.LocalPath(key));
    }

    [Fact]
    public void An_empty_object_is_an_object()
    {
        var store = server.Open("empty");
        store.Write("nothing", _ => { });
        Assert.Equal(0, server.Open("empty").Stat("nothing")!.Size);
        Assert.Equal("", Text(server.Open("empty"), "nothing"));
        Assert.Equal([0L], store.List("").Select(o => o.Size));
    }

    [Fact]
    public void A_listing_of_many_objects_is_whole_in_ordinal_order_and_within_its_prefix()
    {
        var store = server.Open("many/in");
        server.Open("many/inside").Write("other", stream => stream.WriteByte(1));
        var names = Enumerable.Range(0, 1_010).Select(i => $"{(i % 2 == 0 ? 'B' : 'a')}/{i}").ToArray();
        Parallel.ForEach(names, new ParallelOptions { MaxDegreeOfParallelism = 2 }, name => store.Write(name, _ => { }));
        Assert.Equal(names.Order(StringComparer.Ordinal), server.Open("many/in").List("").Select(o => o.Key));
        Assert.Equal(505, store.List("a/").Count);
    }

    [Fact]
    public void Ranges_small_and_in_parallel_pieces_are_the_bytes_of_the_object()
    {
        var store = server.Open("ranges");
        store.Write("data", stream => stream.Write(Megabytes));
        foreach (var (offset, length) in new[] { (0, 1), (Megabytes.Length - 1, 1), (12_345, 70_000), (0, Megabytes.Length), (7, (16 << 20) + 1) })
        {
            var read = new byte[length];
            store.Read("data", offset, read);
            Assert.True(read.AsSpan().SequenceEqual(Megabytes.AsSpan(offset, length)), $"{offset} {length}");
        }

        server.Fails(ExitCode.InvalidInput, () => store.Read("data", Megabytes.Length - 1, new byte[2]), "ranges/data", "ends early");
    }

    [Fact]
    public void A_large_object_goes_up_in_parts_and_comes_back_whole()
    {
        var store = server.Open("large");
        store.Write("data", stream =>
        {
            for (var i = 0; i < 4; i++) stream.Write(Megabytes);
        });
        Assert.Equal(4L * Megabytes.Length, server.Open("large").Stat("data")!.Size);
        using var read = store.OpenRead("data");
        var part = new byte[Megabytes.Length];
        for (var i = 0; i < 4; i++)
        {
            read.ReadExactly(part);
            Assert.True(part.AsSpan().SequenceEqual(Megabytes), $"part {i}");
        }

        Assert.Equal(0, read.Read(part));
    }

    [Fact]
    public void A_stream_takes_a_small_object_in_one_request_and_leaves_the_rest_of_a_large_one_unread()
    {
        server.Open("streams").Write("large", stream => stream.Write(new byte[40_000_000]));
        server.Open("streams").Write("small", stream => stream.Write(Megabytes.AsSpan(0, 100_000)));
        using var proxy = new FaultyProxy(server.Endpoint);
        var store = server.Open("streams", server.Options(proxy.Endpoint));
        using (var small = store.OpenRead("small"))
        {
            var read = new byte[small.Length];
            small.ReadExactly(read);
            Assert.True(read.AsSpan().SequenceEqual(Megabytes.AsSpan(0, 100_000)));
            Assert.Equal(0, small.Read(read));
        }

        Assert.Equal(["bytes=0-0", "bytes=0-99999"], proxy.Ranges);
        using (var large = store.OpenRead("large")) large.ReadExactly(new byte[10]);
        Assert.InRange(proxy.Ranges.Length, 2 + 1 + 1, 2 + 1 + 6); // how many pieces set out before the end is a race
        Assert.InRange(proxy.Bytes, 100_000, 20_000_000);
    }

    [Fact]
    public void An_object_that_changes_while_it_is_read_is_an_error_and_not_a_mixture()
    {
        var (reader, writer) = (server.Open("changing"), server.Open("changing"));
        writer.Write("model", stream => stream.Write(Megabytes));
        reader.Read("model", 0, new byte[8]);
        writer.Write("model", stream => stream.Write(Bytes(Megabytes.Length, seed: 2)));

        server.Fails(ExitCode.InvalidInput, () => reader.Read("model", 8, new byte[8]), "changing/model", "changed while it was being read");
        server.Fails(ExitCode.InvalidInput, () => reader.Read("model", 8, new byte[17 << 20]), "changing/model", "changed");
        reader.Stat("model");
        reader.Read("model", 8, new byte[8]);
    }

    [Fact]
    public void Of_writers_who_saw_the_same_object_one_succeeds()
    {
        var key = Guid.NewGuid().ToString();
        ObjectInfo? seen = null;
        for (var round = 0; round < 3; round++)
        {
            var won = new ObjectInfo?[8];
            Parallel.For(0, won.Length, i => won[i] = server.Open("race").Replace(key, seen, new byte[] { (byte)round, (byte)i }));
            var winner = Assert.Single(won, info => info is not null);
            Assert.Equal(winner, server.Open("race").Stat(key));
            Assert.Equal([(byte)round, (byte)Array.IndexOf(won, winner)], Bytes(server.Open("race"), key));
            seen = winner;
        }

        server.Open("race").Delete(key);
        Assert.Null(server.Open("race").Replace(key, seen, new byte[1]));
        Assert.Null(server.Open("race").Stat(key));
    }

    [Fact]
    public void A_large_write_takes_bounded_memory_and_no_disk()
    {
        // Parts of 8 MiB, four on their way and one being filled.
        const long limit = 80 << 20;
        var store = server.Open("bounded");
        store.Write("warm", stream => stream.Write(Megabytes));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        store.Write("data", stream =>
        {
            for (var i = 0; i < 15; i++)
            {
                stream.Write(Megabytes);
                // What is held, without the garbage of tests that run at the same time.
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{most} bytes");
        Assert.Equal(15L * Megabytes.Length, store.Stat("data")!.Size);
        Assert.InRange(most, 1, limit);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        server.Fails(ExitCode.InvalidInput, () => server.Open("none").OpenRead("object"), "none/object", "no such object");
        var bucket = new S3Store(new S3Client(server.Options(), SilentStatus.Instance, CancellationToken.None), S3Location.Parse("s3://no-such-bucket-here/x", "uri"));
        server.Fails(ExitCode.InvalidInput, () => bucket.Stat("y"), "s3://no-such-bucket-here/x/y", "no such bucket");
        server.Fails(ExitCode.InvalidInput, () => bucket.List(""), "s3://no-such-bucket-here/x", "no such bucket");
        server.Fails(ExitCode.InvalidInput, () => bucket.Write("y", _ => { }), "no such bucket");
        server.Fails(ExitCode.InvalidInput, () => bucket.Delete("y"), "no such bucket");
    }

    [Theory]
    [InlineData("")]
    [InlineData("not-the-user")]
    public void Wrong_credentials_are_denied_at_once_by_every_call(string user)
    {
        var options = server.Options() with { Credentials = new S3Credentials(user.Length > 0 ? user : server.AccessKey, "not-the-secret", "") };
        var heard = new Heard();
        var store = server.Open("denied", options, heard);
        foreach (var action in new Action[] { () => store.Stat("x"), () => store.List(""), () => store.Write("x", _ => { }), () => store.Delete("x"), () => store.OpenRead("x") })
        {
            var message = server.Fails(ExitCode.StorageDenied, action, "/denied", "access denied", "credentials");
            Assert.DoesNotContain("not-the-", message, StringComparison.Ordinal);
        }

        Assert.Equal("", heard.Text);
    }

    [Theory]
    [InlineData("s3://Bucket/x", "bucket name")]
    [InlineData("s3://b", "bucket name")]
    [InlineData("s3://", "bucket name")]
    [InlineData("s3://bucket/../x", "'..'")]
    [InlineData("s3://bucket//x", "empty segment")]
    public void A_URI_that_names_no_place_is_refused(string uri, string said) =>
        server.Fails(ExitCode.InvalidInput, () => S3Location.Parse(uri, "spec.reference.uri"), "spec.reference.uri", uri, said);

    internal static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static string Text(S3Store store, string key) => System.Text.Encoding.UTF8.GetString(Bytes(store, key));

    private static byte[] Bytes(S3Store store, string key)
    {
        using var stream = store.OpenRead(key);
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }
}
