using System.Runtime.CompilerServices;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Inheritune.Operator.Runtime;

/// <summary>
/// KubernetesClient with the requests that a runtime needs for any kind of object: pages of a list, and a watch that begins at a
/// version, hears bookmarks, tells of errors in the stream and notices silence. Every failure is an <see cref="ApiException"/>.
/// </summary>
internal sealed class ApiClient(KubernetesClientConfiguration configuration) : Kubernetes(Prepare(configuration), new RequestCounter())
{
    /// <summary>Limit of one request, but for watches.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    public Task<T> GetAsync<T>(NamespacedName key, CancellationToken stop) => SendAsync<T>(Request<T>("get", key), null, stop);

    public Task<T> CreateAsync<T>(T entity, CancellationToken stop) where T : IMetadata<V1ObjectMeta> =>
        SendAsync<T>(Request<T>("create", NamespacedName.Of(entity) with { Name = "" }), entity, stop);

    /// <summary>Replaces the object, if it is still of the entity's resourceVersion.</summary>
    public Task<T> UpdateAsync<T>(T entity, CancellationToken stop) where T : IMetadata<V1ObjectMeta> =>
        SendAsync<T>(Request<T>("update", NamespacedName.Of(entity)), entity, stop);

    public Task<T> PatchAsync<T>(NamespacedName key, V1Patch patch, CancellationToken stop, string? subresource = null, string query = "") =>
        SendAsync<T>(Request<T>("patch", key) with { Subresource = subresource, Query = query }, patch, stop);

    /// <summary>Deletes the object.</summary>
    /// <param name="propagation">Background: what depends on it goes after it. Foreground: before it.</param>
    /// <param name="uid">Identity that it must have, where its name may have gone to another.</param>
    public Task DeleteAsync<T>(NamespacedName key, CancellationToken stop, string propagation = "Background", string? uid = null) =>
        SendAsync<JsonElement>(Request<T>("delete", key), new V1DeleteOptions { PropagationPolicy = propagation, Preconditions = uid is null ? null : new() { Uid = uid } }, stop);

    /// <summary>One page of a list.</summary>
    /// <param name="limit">Objects in it; 0 for all at once.</param>
    /// <param name="continuation">What the page before says; empty for the first.</param>
    /// <param name="fields">Selects by fields, as far as the kind allows it.</param>
    public Task<ListPage> ListAsync<T>(string? ns, string selector, int limit, string continuation, CancellationToken stop, string fields = "") =>
        SendAsync(
            new("list", ResourceKind.Of<T>(), ns, Query: $"limit={limit}&continue={Uri.EscapeDataString(continuation)}&labelSelector={Uri.EscapeDataString(selector)}&fieldSelector={Uri.EscapeDataString(fields)}"), null, ListPage.ReadAsync, stop);

    /// <summary>What happens after a version, until the server ends the watch.</summary>
    /// <param name="seconds">When the server should end it.</param>
    /// <param name="silence">The longest time without an event or bookmark; after it the connection counts as half-open.</param>
    /// <param name="opened">Called when the server has accepted the watch.</param>
    /// <exception cref="ApiException">Refused, broken, silent, or ended by an error of the server.</exception>
    public async IAsyncEnumerable<Watcher<JsonElement>.WatchEvent> WatchAsync<T>(string? ns, string selector, string version, int seconds, TimeSpan silence, [EnumeratorCancellation] CancellationToken stop, string fields = "", Action? opened = null)
    {
        var request = new ApiRequest("watch", ResourceKind.Of<T>(), ns,
            Query: $"watch=true&allowWatchBookmarks=true&resourceVersion={Uri.EscapeDataString(version)}&timeoutSeconds={seconds}&labelSelector={Uri.EscapeDataString(selector)}&fieldSelector={Uri.EscapeDataString(fields)}");
        using var watchdog = CancellationTokenSource.CreateLinkedTokenSource(stop);
        watchdog.CancelAfter(silence);
        using var response = await TryAsync(request, () => SendRequest<object?>(request.Uri, request.Method, null, null, watchdog.Token), stop);
        opened?.Invoke();
        using var reader = new StreamReader(await TryAsync(request, () => response.Content.ReadAsStreamAsync(watchdog.Token), stop));
        while (await TryAsync(request, () => reader.ReadLineAsync(watchdog.Token).AsTask(), stop) is { } line)
        {
            watchdog.CancelAfter(silence);
            var change = await TryAsync(request, () => Task.FromResult(KubernetesJson.Deserialize<Watcher<JsonElement>.WatchEvent>(line)), stop);
            if (change.Type == WatchEventType.Error) throw ApiException.FromStatus(request, KubernetesJson.Deserialize<V1Status>(change.Object));
            yield return change;
        }
    }

    private static ApiRequest Request<T>(string verb, NamespacedName key) =>
        new(verb, ResourceKind.Of<T>(), key.Namespace.Length > 0 ? key.Namespace : null, key.Name.Length > 0 ? key.Name : null);

    /// <summary>
    /// HTTP/1.1, so that a connection that a firewall dropped without a word stalls one request, whose timeout closes it, and not
    /// every watch and lease renewal that would share it.
    /// </summary>
    private static KubernetesClientConfiguration Prepare(KubernetesClientConfiguration configuration)
    {
        configuration.DisableHttp2 = true;
        configuration.FirstMessageHandlerSetup = handler => handler.ConnectTimeout = TimeSpan.FromSeconds(10);
        return configuration;
    }

    private Task<T> SendAsync<T>(ApiRequest request, object? body, CancellationToken stop) =>
        SendAsync(request, body, async (content, limit) => KubernetesJson.Deserialize<T>(await content.ReadAsStringAsync(limit)), stop);

    private async Task<T> SendAsync<T>(ApiRequest request, object? body, Func<HttpContent, CancellationToken, Task<T>> read, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Timeout);
        return await TryAsync(request, async () =>
        {
            using var response = await SendRequest(request.Uri, request.Method, null, body, limit.Token);
            return await read(response.Content, limit.Token);
        }, stop);
    }

    private static async Task<T> TryAsync<T>(ApiRequest request, Func<Task<T>> send, CancellationToken stop)
    {
        try
        {
            return await send();
        }
        catch (HttpOperationException e)
        {
            throw ApiException.FromAnswer(request, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            throw ApiException.NoAnswer(request, e is OperationCanceledException ? new TimeoutException("the API server was silent for too long", e) : e);
        }
    }
}
