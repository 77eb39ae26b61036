using Inheritune.Operator.Entities;
using Inheritune.Operator.Rbac;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.Operator.Controllers;

/// <summary>Since when the word of a trainer would have reached the operator.</summary>
/// <param name="client">Asks the API server itself.</param>
/// <param name="watched">Since when the watch of the runs goes on; null while it does not.</param>
[EntityRbac(typeof(V1Alpha1InheritRun), Verbs = RbacVerb.Get)]
internal sealed class Hearing(ApiClient client, Func<DateTimeOffset?> watched, TimeProvider time)
{
    /// <summary>An API server that takes longer to answer may have kept trainers waiting as well.</summary>
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(2);

    /// <summary>When the API server last gave no answer or a late one, in ticks.</summary>
    private long _interrupted;

    /// <summary>Null while nothing would be heard.</summary>
    public DateTimeOffset? Since
    {
        get
        {
            var interrupted = new DateTimeOffset(Interlocked.Read(ref _interrupted), TimeSpan.Zero);
            return watched() is { } since && since < interrupted ? interrupted : watched();
        }
    }

    /// <summary>
    /// Whether the API server itself says at once that nothing has come since. A watch is silent too while a server hangs or a network is cut,
    /// and a write that waits there would be done before what the trainer has to say.
    /// </summary>
    public async Task<bool> ConfirmsAsync(V1Alpha1InheritRun run, CancellationToken stop)
    {
        var asked = time.GetTimestamp();
        try
        {
            var latest = await client.GetAsync<V1Alpha1InheritRun>(NamespacedName.Of(run), stop);
            if (time.GetElapsedTime(asked) < Prompt) return latest.ResourceVersion() == run.ResourceVersion();
        }
        catch (ApiException)
        {
            Interrupt();
            throw;
        }

        Interrupt();
        return false;
    }

    private void Interrupt() => Interlocked.Exchange(ref _interrupted, time.GetUtcNow().UtcTicks);
}
