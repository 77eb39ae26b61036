namespace Inheritune.Trainer.Storage;

/// <summary>Git LFS leaves a short text in place of each large file that it has not fetched.</summary>
internal static class GitLfs
{
    private static ReadOnlySpan<byte> Mark => "version https://git-lfs.github.com/spec/"u8;

    /// <exception cref="RunException">The content is such a text.</exception>
    public static void Refuse(ReadOnlySpan<byte> content, string path)
    {
        if (content.StartsWith(Mark))
            throw new RunException(ExitCode.InvalidInput, $"{path}: holds a Git LFS pointer and not the file itself; run 'git lfs install' and 'git lfs pull' in the folder that was cloned, or fetch the file from its origin");
    }
}
