namespace Inheritune.Tests;

/// <summary>Checkpoints, tokenizers, texts and tasks that ship with the tests; <c>tests/data/README.md</c> says where they come from.</summary>
internal static class TestData
{
    /// <summary>Path of a file or folder of theirs.</summary>
    public static string Path(string name) => Checkout.File($"tests/data/{name}");
}
