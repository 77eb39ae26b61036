using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Tests.Training;

public sealed class MetricsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public MetricsFileTests() => _path = _folder.File("metrics/metrics.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_appended_is_read_back_NaN_included()
    {
        MetricPoint[] points =
        [
            new() { Step = 1, Tokens = 1024, Loss = 5.123456789012345, GradientNorm = 1.5, MemoryBytes = 1L << 40 },
            new() { Step = 2, Tokens = 2048, Loss = double.NaN, GradientNorm = double.NaN },
        ];
        using (var file = new MetricsFile(_path))
        {
            foreach (var point in points) file.Append(point with { GradientNorm = double.IsNaN(point.GradientNorm!.Value) ? double.PositiveInfinity : point.GradientNorm });

            // Another process sees each line at once.
            Assert.Equal(points, MetricsFile.Read(_path));
            Assert.Equal(new FileInfo(_path).Length, file.Length);
        }

        Assert.Equal("""{"step":2,"tokens":2048,"loss":null,"gradientNorm":null}""", File.ReadAllLines(_path)[1]);
    }

    [Fact]
    public void Resuming_drops_what_came_after_the_checkpoint_and_continues_there()
    {
        using var file = new MetricsFile(_path);
        file.Append(Point(1));
        var checkpoint = file.Length;
        file.Append(Point(2));
        file.Append(Point(3));

        file.TruncateTo(checkpoint);
        file.Append(Point(4));

        Assert.Equal([1, 4], Steps());
    }

    [Fact]
    public void A_torn_last_line_is_neither_read_nor_continued()
    {
        using (var file = new MetricsFile(_path)) file.Append(Point(1));
        File.AppendAllText(_path, """{"step":2,"tok""");
        Assert.Equal([1], Steps());

        using (var file = new MetricsFile(_path)) file.Append(Point(3));
        Assert.Equal([1, 3], Steps());
    }

    [Fact]
    public void A_file_shorter_than_the_checkpoint_remembers_is_not_padded()
    {
        using var file = new MetricsFile(_path);
        file.Append(Point(1));

        file.TruncateTo(1_000_000);
        file.Append(Point(2));

        Assert.Equal([1, 2], Steps());
    }

    [Fact]
    public void A_broken_line_inside_is_an_error_that_names_file_and_line()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.WriteAllText(_path, "{\"step\":1,\"tokens\":1}\nnonsense\n{\"step\":2,\"tokens\":2}\n");

        var error = Assert.Throws<RunException>(() => MetricsFile.Read(_path));

        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.Contains($"{_path}: line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_an_error_that_names_it()
    {
        var error = Assert.Throws<RunException>(() => MetricsFile.Read(_path));

        Assert.Equal(ExitCode.InvalidInput, error.Code);
        Assert.Contains(_path, error.Message, StringComparison.Ordinal);
    }

    private static MetricPoint Point(int step) => new() { Step = step, Tokens = step * 10L, Loss = 1.0 / step };

    private IEnumerable<int> Steps() => MetricsFile.Read(_path).Select(point => point.Step);
}
