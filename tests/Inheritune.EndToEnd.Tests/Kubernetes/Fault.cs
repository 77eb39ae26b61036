using System.Text;
using Microsoft.AspNetCore.Http;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>Something that goes wrong with requests of a kind.</summary>
internal sealed class Fault(string verb, string plural, Fault.Handler what, int times)
{
    /// <summary>Does with a request what it likes; <paramref name="forward"/> passes it on, and its answer through a tamperer, if any.</summary>
    public delegate Task Handler(HttpContext context, Func<Tamperer?, Task> forward);

    /// <summary>Makes none, one or more lines of a line of a watch.</summary>
    public delegate IEnumerable<string> Tamperer(string line);

    public string Verb { get; } = verb;

    public string Plural { get; } = plural;

    public Handler What { get; } = what;

    public int Times { get; } = times;

    public int Met { get; set; }

    /// <summary>Answers instead of the API server, with a Status.</summary>
    public static Handler Answer(int code, string reason, int retryAfter = 0) => async (context, _) =>
    {
        context.Response.StatusCode = code;
        if (retryAfter > 0) context.Response.Headers.RetryAfter = $"{retryAfter}";
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(Status(code, reason));
    };

    /// <summary>Answers as a server does that does not know the path.</summary>
    public static Handler NotServed() => async (context, _) =>
    {
        context.Response.StatusCode = 404;
        await context.Response.WriteAsync("404 page not found\n");
    };

    /// <summary>Resets the connection before the request reaches the API server.</summary>
    public static Handler Reset() => (context, _) =>
    {
        context.Abort();
        return Task.CompletedTask;
    };

    /// <summary>The API server does as asked, and its answer is lost.</summary>
    public static Handler LoseAnswer() => async (context, forward) =>
    {
        var body = context.Response.Body;
        context.Response.Body = Stream.Null;
        await forward(null);
        context.Response.Body = body;
        context.Abort();
    };

    /// <summary>Never answers.</summary>
    public static Handler Hang() => (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted);

    public static Handler Delay(TimeSpan delay) => async (context, forward) =>
    {
        await Task.Delay(delay, context.RequestAborted);
        await forward(null);
    };

    /// <summary>A watch whose lines are tampered with.</summary>
    public static Handler Tamper(Tamperer tamperer) => (_, forward) => forward(tamperer);

    /// <summary>A watch from which some types of event are missing.</summary>
    public static Handler Drop(string type) => Tamper(line => Is(line, type) ? [] : [line]);

    /// <summary>A watch that goes silent after some lines while its connection stays; what happens then is never told.</summary>
    public static Handler Silence(int after = 0) => Tamper(line => after-- > 0 ? [line] : []);

    /// <summary>A watch that tells everything twice, and all that it told so far once more.</summary>
    public static Handler Repeat()
    {
        var told = new List<string>();
        return Tamper(line =>
        {
            told.Add(line);
            return [line, line, .. told];
        });
    }

    /// <summary>A watch in which an error takes the place of the first event.</summary>
    public static Handler Error(int code, string reason) => Tamper(_ => [$$"""{"type":"ERROR","object":{{Status(code, reason)}}}"""]);

    /// <summary>A watch whose connection is reset after some lines.</summary>
    public static Handler Cut(int after) => Tamper(line => after-- > 0 ? [line] : throw new IOException("cut"));

    private static bool Is(string line, string type) => line.StartsWith($"{{\"type\":\"{type}\"", StringComparison.Ordinal);

    private static string Status(int code, string reason) =>
        $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"made up by a test","reason":"{{reason}}","code":{{code}}}""";
}
