using System.Security.Cryptography;
using Inheritune.EndToEnd.Tests.Commands;
using Inheritune.Trainer.Status;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>What Prometheus is told of the store.</summary>
[Collection(nameof(OneAtATime))]
public sealed class S3MetricsTests(S3Server server)
{
    [Fact]
    public async Task Bytes_both_ways_and_requests_that_are_tried_again_are_counted()
    {
        using var variables = new Variables(new() { ["INHERITUNE_METRICS_PORT"] = "0", ["INHERITUNE_METRICS_ADDRESS"] = "127.0.0.1" });
        using var proxy = new FaultyProxy(server.Endpoint);
        var heard = new Heard();
        using var metrics = MetricsServer.Start(heard);
        var store = server.Open($"metrics-{Guid.NewGuid():n}", server.Options(proxy.Endpoint));
        var content = RandomNumberGenerator.GetBytes(100_000);
        var start = await Scrape.OfAsync(heard.Text);

        // An answer that is no success is no part of an object.
        proxy.Answer("503 Slow Down", "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code></Error>", times: 2);
        Assert.Empty(store.List(""));
        Assert.Equal((0, 0, 2), await SinceAsync());

        store.Write("data", stream => stream.Write(content));
        Assert.Equal((0, 100_000, 2), await SinceAsync());

        var read = new byte[60_000];
        store.Read("data", 40_000, read);
        Assert.Equal(content[40_000..], read);
        Assert.Equal((60_000, 100_000, 2), await SinceAsync());

        async Task<(double? Received, double? Sent, double? Retries)> SinceAsync()
        {
            var now = await Scrape.OfAsync(heard.Text);
            return (Since("s3_bytes_total{direction=\"received\"}"), Since("s3_bytes_total{direction=\"sent\"}"), Since("s3_retries_total"));

            double? Since(string name) => now[name] - start[name];
        }
    }
}
