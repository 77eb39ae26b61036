using Inheritune.Trainer.Native;

namespace Inheritune.Trainer.Tests.Native;

/// <summary>What a process may still take, as kernels say it: of the machine, of its container, of the containers around that.</summary>
public sealed class HostMemoryTests
{
    private const string Machine = "MemTotal:       4000 kB\nMemAvailable:   3000 kB\n";

    [Theory]
    [InlineData("", "", 3000 * 1024)]
    [InlineData("0::/", "memory.max=max memory.current=5", 3000 * 1024)]
    [InlineData("0::/", "memory.max=1000000 memory.current=700000 memory.stat=inactive_file~200000", 500_000)]
    [InlineData("0::/a/b", "a/memory.max=1000000 a/memory.current=900000 a/b/memory.max=max a/b/memory.current=1", 100_000)]
    [InlineData("4:cpu,memory:/pod", "memory/pod/memory.limit_in_bytes=800000 memory/pod/memory.usage_in_bytes=500000 memory/pod/memory.stat=total_inactive_file~1", 300_001)]
    [InlineData("4:memory:/seen/from/outside", "memory/memory.limit_in_bytes=800000 memory/memory.usage_in_bytes=500000", 300_000)]
    [InlineData("4:memory:/", "memory/memory.limit_in_bytes=9223372036854771712 memory/memory.usage_in_bytes=500000", 3000 * 1024)]
    public void The_narrowest_limit_counts_and_what_files_take_is_given_back(string groups, string files, long expected)
    {
        using var root = new TemporaryFolder();
        root.Write("proc/meminfo", Machine);
        root.Write("proc/self/cgroup", $"{groups}\n");
        foreach (var pair in files.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            root.Write($"sys/fs/cgroup/{pair.Split('=')[0]}", pair.Split('=')[1].Replace('~', ' ') + "\n");
        Assert.Equal(expected, HostMemory.Available(root.Path));
    }

    [Fact]
    public void This_machine_has_some() => Assert.InRange(HostMemory.Available(), 1 << 20, 1L << 50);
}
