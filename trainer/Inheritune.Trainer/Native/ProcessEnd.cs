using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Native;

/// <summary>The end of a process that hangs: nobody in it is asked to come to an end first, least of all a driver that does not answer.</summary>
internal static partial class ProcessEnd
{
    public static void Now(int code)
    {
        if (OperatingSystem.IsWindows()) Environment.Exit(code);
        else Exit(code);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
