using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Tests.Storage;

/// <summary>A server from which nothing comes.</summary>
public sealed class S3AnswerHandlerTests
{
    [Fact]
    public async Task A_connection_that_is_not_made_is_told_from_an_answer_that_does_not_come()
    {
        var sockets = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(50),
            ConnectCallback = async (_, stop) =>
            {
                await Task.Delay(Timeout.Infinite, stop);
                return Stream.Null;
            },
        };
        using var client = new HttpClient(new S3AnswerHandler(sockets, TimeSpan.FromSeconds(30)));
        var failure = await Assert.ThrowsAsync<S3Exception>(() => client.GetAsync(new Uri("http://s3.invalid/"), TestContext.Current.CancellationToken));
        Assert.Equal(("cannot connect: no answer for 10 s", true), (failure.Message, failure.IsUnreachable));
    }
}
