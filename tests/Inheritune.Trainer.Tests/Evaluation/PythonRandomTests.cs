using Inheritune.Trainer.Evaluation;

namespace Inheritune.Trainer.Tests.Evaluation;

/// <summary>Numbers that Python 3 gives.</summary>
public sealed class PythonRandomTests
{
    [Fact]
    public void Units_of_seed_42()
    {
        var random = new PythonRandom(42);
        Assert.Equal([0.6394267984578837, 0.025010755222666936, 0.27502931836911926], [random.Unit(), random.Unit(), random.Unit()]);
    }

    [Fact]
    public void Shuffle_of_seed_0()
    {
        int[] items = [.. Enumerable.Range(0, 10)];
        new PythonRandom(0).Shuffle(items);
        Assert.Equal([7, 8, 1, 5, 3, 4, 2, 0, 9, 6], items);
    }

    [Fact]
    public void Samples_from_many_from_more_and_from_few()
    {
        int[] items = [.. Enumerable.Range(0, 1000)];
        var random = new PythonRandom(1234);
        Assert.Equal([989, 796, 451, 119, 7], random.Sample(items, 5));
        Assert.Equal([92, 932, 965, 961, 826, 596, 35], random.Sample(items, 7));
        Assert.Equal([1, 9, 5, 8], random.Sample(items[..10], 4));
        Assert.Equal([8, 36, 4, 16, 7, 31, 28], new PythonRandom(1).Sample(items[..50], 7));
    }
}
