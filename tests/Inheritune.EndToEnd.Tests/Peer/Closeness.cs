namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>Compares two independent computations of the same numbers.</summary>
public static class Closeness
{
    /// <summary>Largest absolute difference; NaN where either side has one.</summary>
    public static float MaxDifference(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        return expected.Zip(actual, (e, a) => MathF.Abs(e - a)).Aggregate(0f, MathF.Max);
    }

    /// <summary>Fails when the largest absolute difference is above the tolerance, or NaN; writes it into the test's output.</summary>
    public static void AssertClose(string what, float[] expected, float[] actual, float tolerance = 1e-4f)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: largest difference {MaxDifference(expected, actual):g3}");
        AssertClose(expected, actual, tolerance);
    }

    /// <summary>Fails when the largest absolute difference is above the tolerance, or NaN.</summary>
    public static void AssertClose(float[] expected, float[] actual, float tolerance = 1e-4f)
    {
        var difference = MaxDifference(expected, actual);
        Assert.True(difference <= tolerance, $"largest difference {difference:g3}, allowed {tolerance:g3}");
    }
}
