namespace Inheritune.Trainer;

/// <summary>The process's exit codes. They are an API: the operator's retry policy and users' scripts depend on them.</summary>
public enum ExitCode
{
    Done = 0,

    /// <summary>A fault of the program itself; counts as an ordinary failure.</summary>
    InternalError = 1,

    /// <summary>Stopped by SIGTERM or Ctrl-C; the same command continues.</summary>
    Interrupted = 10,

    /// <summary>A command line, manifest, model or dataset that cannot work; retrying will not help.</summary>
    InvalidInput = 20,

    /// <summary>Permission denied by a file system or object store.</summary>
    StorageDenied = 21,

    /// <summary>The loss became NaN, infinite or exploded.</summary>
    Diverged = 22,

    OutOfGpuMemory = 24,

    /// <summary>The process has no more memory on the host, which another attempt would not have either.</summary>
    OutOfMemory = 25,

    /// <summary>Storage is full or does not answer; worth a retry.</summary>
    StorageUnavailable = 30,

    /// <summary>The GPU or its driver failed; worth a retry on another node.</summary>
    GpuFault = 31,

    /// <summary>Told to stop after it had done nothing for too long; worth a retry.</summary>
    Stalled = 32,
}
