using System.Globalization;
using Inheritune.Operator.Runtime;
using k8s.Models;

namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>The informer before a real API server, with what can go wrong in between.</summary>
public sealed class InformerTests(ControlPlane plane) : IAsyncLifetime
{
    private ApiClient _client = null!;
    private ApiProxy _proxy = null!;
    private ConfigMaps _maps = null!;

    public async ValueTask InitializeAsync()
    {
        _client = new ApiClient(plane.Administrator);
        _maps = new ConfigMaps(_client, await plane.CreateNamespaceAsync());
        _proxy = await ApiProxy.StartAsync(plane.Administrator);
    }

    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null) await _proxy.DisposeAsync();
        _client?.Dispose();
    }

    [Fact]
    public async Task The_store_follows_what_comes_changes_and_goes()
    {
        await _maps.CreateAsync("early", "1");
        await using var followed = await FollowAsync();
        await followed.SeesAsync("early", "1");
        await _maps.CreateAsync("late", "1");
        await _maps.ChangeAsync("early", "2");
        await _maps.DeleteAsync("late");
        await followed.SeesAsync("early", "2");
        await followed.SeesAsync("late", null);
        await followed.ToldAsync("+early +late early=2 -late");
        await AskedAsync(1, 1);
    }

    [Fact]
    public async Task A_list_of_many_pages_is_one_list()
    {
        for (var i = 0; i < 7; i++) await _maps.CreateAsync($"m{i}");
        await using var followed = await FollowAsync(options => options with { PageSize = 3 });
        Assert.Equal(7, followed.Informer.Store.Keys.Count);
        await followed.ToldAsync("+m0 +m1 +m2 +m3 +m4 +m5 +m6");
        Assert.Equal(3, _proxy.Count("list", "configmaps"));
    }

    [Fact]
    public async Task A_page_that_has_expired_makes_it_read_the_list_as_a_whole()
    {
        for (var i = 0; i < 5; i++) await _maps.CreateAsync($"m{i}");
        _proxy.Next("list", "configmaps", Fault.Delay(TimeSpan.Zero));
        _proxy.Next("list", "configmaps", Fault.Answer(410, "Expired"));
        await using var followed = await FollowAsync(options => options with { PageSize = 2 });
        await followed.ToldAsync("+m0 +m1 +m2 +m3 +m4");
        Assert.Equal(["limit=2", "limit=2", "limit=0"], _proxy.Requests.Where(r => r.Verb == "list").Select(r => r.Query.TrimStart('?').Split('&')[0]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_410_the_list_tells_what_the_gap_hid_also_deletions(bool inStream)
    {
        await _maps.CreateAsync("gone", "1");
        await _maps.CreateAsync("changed", "1");
        // The first watch hides the gap, the second meets the error.
        _proxy.Next("watch", "configmaps", Fault.Silence());
        _proxy.Next("watch", "configmaps", inStream ? Fault.Error(410, "Expired") : Fault.Answer(410, "Expired"));
        await using var followed = await FollowAsync(options => options with { Silence = TimeSpan.FromSeconds(2) });
        await _maps.DeleteAsync("gone");
        await _maps.ChangeAsync("changed", "2");
        await _maps.CreateAsync("new", "1");

        await followed.SeesAsync("gone", null);
        await followed.SeesAsync("new", "1");
        await followed.ToldAsync("+changed +gone -gone changed=2 +new");
        await AskedAsync(2, 3);
        Assert.Contains("410 Expired", followed.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_half_open_watch_is_replaced_and_goes_on_where_it_fell_silent()
    {
        await _maps.CreateAsync("a", "1");
        _proxy.Next("watch", "configmaps", Fault.Silence(after: 1));
        await using var followed = await FollowAsync(options => options with { Silence = TimeSpan.FromSeconds(1) });
        await _maps.ChangeAsync("a", "2");
        await _maps.ChangeAsync("a", "3");
        await followed.SeesAsync("a", "3");
        await followed.ToldAsync("+a a=2 a=3");
        Assert.Equal(1, Asked().Lists);
        Assert.Contains("the API server was silent for too long", followed.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deletion_that_was_missed_shows_in_the_next_list()
    {
        await _maps.CreateAsync("a", "1");
        _proxy.Next("watch", "configmaps", Fault.Drop("DELETED"));
        _proxy.Next("watch", "configmaps", Fault.Answer(410, "Expired"));
        await using var followed = await FollowAsync(options => options with { Silence = TimeSpan.FromSeconds(1) });
        await _maps.DeleteAsync("a");
        await followed.SeesAsync("a", null);
        await followed.ToldAsync("+a -a");
    }

    [Fact]
    public async Task Events_told_twice_and_old_ones_told_again_change_nothing()
    {
        _proxy.Next("watch", "configmaps", Fault.Repeat());
        await using var followed = await FollowAsync();
        await _maps.CreateAsync("a", "1");
        await _maps.ChangeAsync("a", "2");
        await _maps.DeleteAsync("a");
        await _maps.CreateAsync("b", "1");
        await followed.SeesAsync("b", "1");
        await _maps.ChangeAsync("b", "2");
        await followed.SeesAsync("b", "2");
        await followed.ToldAsync("+a a=2 -a +b b=2");
    }

    [Fact]
    public async Task A_watch_that_is_cut_goes_on_from_its_last_event()
    {
        await _maps.CreateAsync("a", "0");
        for (var i = 0; i < 3; i++) _proxy.Next("watch", "configmaps", Fault.Cut(after: 1));
        await using var followed = await FollowAsync();
        for (var i = 1; i <= 8; i++) await _maps.ChangeAsync("a", $"{i}");
        await followed.SeesAsync("a", "8");
        await followed.ToldAsync("+a a=1 a=2 a=3 a=4 a=5 a=6 a=7 a=8");
        await AskedAsync(1, 4);
    }

    [Theory]
    [InlineData("list", 429, "TooManyRequests")]
    [InlineData("watch", 429, "TooManyRequests")]
    [InlineData("watch", 503, "ServiceUnavailable")]
    public async Task A_server_that_asks_for_time_gets_it(string verb, int code, string reason)
    {
        _proxy.Next(verb, "configmaps", Fault.Answer(code, reason, retryAfter: 2));
        await using var followed = await FollowAsync();
        await _maps.CreateAsync("a", "1");
        await followed.SeesAsync("a", "1");
        var times = _proxy.Requests.Where(r => r.Verb == verb).Select(r => r.Time).ToArray();
        Pause.IsAtLeast(2, times[0], times[1]);
        Assert.Equal(2, times.Length);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("watch")]
    public async Task Errors_of_the_server_and_resets_pass(string verb)
    {
        _proxy.Next(verb, "configmaps", Fault.Answer(500, "InternalError"), times: 2);
        _proxy.Next(verb, "configmaps", Fault.Reset(), times: 2);
        _proxy.Next(verb, "configmaps", Fault.Answer(504, "Timeout"));
        await using var followed = await FollowAsync();
        await _maps.CreateAsync("a", "1");
        await followed.SeesAsync("a", "1");
    }

    [Fact]
    public async Task Pauses_between_tries_grow()
    {
        _proxy.Next("list", "configmaps", Fault.Answer(500, "InternalError"), times: 5);
        await using var followed = await FollowAsync();
        var times = _proxy.Requests.Where(r => r.Verb == "list").Select(r => r.Time).ToArray();
        Assert.Equal(6, times.Length);
        for (var i = 0; i < 5; i++) Pause.IsAtLeast(0.05 * (1 << i), times[i], times[i + 1]);
    }

    [Fact]
    public async Task An_object_that_loses_its_label_is_gone()
    {
        await _maps.CreateAsync("a", "1");
        await using var followed = await FollowAsync();
        await _client.PatchAsync<V1ConfigMap>(_maps.Key("a"), new V1Patch(new { metadata = new { labels = new { tests = "no" } } }, V1Patch.PatchType.MergePatch), TestContext.Current.CancellationToken);
        await followed.SeesAsync("a", null);
        await followed.ToldAsync("+a -a");
    }

    [Fact]
    public async Task A_watch_that_the_server_ends_in_good_order_is_begun_again_at_once()
    {
        await using var followed = await FollowAsync(options => options with { WatchTime = TimeSpan.FromSeconds(1) });
        await Poll.UntilAsync(() => Asked().Watches >= 3);
        await _maps.CreateAsync("a", "1");
        await followed.SeesAsync("a", "1");
        Assert.Equal(1, Asked().Lists);
        Assert.DoesNotContain("again in", followed.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_that_hears_nothing_is_a_sign_of_life_where_it_opens()
    {
        // Without bookmarks, as watches of Events are.
        for (var i = 0; i < 8; i++) _proxy.Next("watch", "configmaps", Fault.Drop("BOOKMARK"));
        await using var followed = await FollowAsync(options => options with { WatchTime = TimeSpan.FromSeconds(1) });
        await Poll.UntilAsync(() => Asked().Watches >= 4);
        var opened = _proxy.Requests.Where(request => request.Verb == "watch").ElementAt(2).Time;
        Assert.True(followed.Informer.Silence <= TimeProvider.System.GetElapsedTime(opened), $"{followed.Informer.Silence} of silence");
    }

    [Fact]
    public async Task Bookmarks_move_the_version_on_and_are_no_objects()
    {
        await _maps.CreateAsync("a", "1");
        await using var followed = await FollowAsync(options => options with { WatchTime = TimeSpan.FromSeconds(3) });
        // Changes of others: the version of ours gets old.
        for (var i = 0; i < 3; i++) await plane.CreateNamespaceAsync();
        var first = From(0);
        await Poll.UntilAsync(() => Asked().Watches > 1 && From(Asked().Watches - 1) > first, () => followed.Log);
        await followed.ToldAsync("+a");
        Assert.Equal(1, Asked().Lists);

        ulong From(int watch) => ulong.Parse(_proxy.Requests.Where(r => r.Verb == "watch").ElementAt(watch).Query.Split("resourceVersion=")[1].Split('&')[0], CultureInfo.InvariantCulture);
    }

    private (int Lists, int Watches) Asked() => (_proxy.Count("list", "configmaps"), _proxy.Count("watch", "configmaps"));

    /// <summary>The list may tell all before the watch after it is asked for.</summary>
    private Task AskedAsync(int lists, int watches) => Poll.UntilAsync(() => Asked() == (lists, watches), () => $"{Asked()}");

    private async Task<Followed> FollowAsync(Func<InformerOptions, InformerOptions>? options = null)
    {
        var followed = new Followed(_proxy.Access, _maps, options);
        await followed.Informer.Synced.WaitAsync(Poll.Limit, TestContext.Current.CancellationToken);
        return followed;
    }
}
