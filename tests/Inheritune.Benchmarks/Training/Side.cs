namespace Inheritune.Benchmarks.Training;

/// <summary>Whose training step it is.</summary>
internal enum Side
{
    Ours,

    /// <summary>PyTorch as nanoGPT runs it.</summary>
    Eager,

    /// <summary>PyTorch with its fused AdamW and a C library that keeps freed memory.</summary>
    Tuned,

    /// <summary>The same with <c>torch.compile</c>.</summary>
    Compiled,
}
