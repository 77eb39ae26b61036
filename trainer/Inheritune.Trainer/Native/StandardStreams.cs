using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Native;

/// <summary>
/// Descriptors 0 to 2 of a process that was started without some of them (<c>&gt;&amp;-</c>). The next file that is opened would get such a number, and
/// what is said would be written into it.
/// </summary>
internal static unsafe partial class StandardStreams
{
    private const int GetFlags = 1, ReadWrite = 2, CanWrite = 4, HasError = 8, IsInvalid = 32;

    /// <summary>Puts nothing into their place.</summary>
    public static void Fill()
    {
        if (!OperatingSystem.IsLinux()) return;
        for (var number = 0; number <= 2; number++)
        {
            if (IsInherited(number)) continue;
            // The lowest number that is free, which is this one unless the runtime has it already.
            if (Flags(number, GetFlags) == -1) _ = Open("/dev/null", ReadWrite);
            if (number == 1) Console.SetOut(new ClosedWriter());
            if (number == 2) Console.SetError(TextWriter.Null);
        }
    }

    /// <summary>Whether nobody reads standard output any more.</summary>
    public static bool IsOutputBroken()
    {
        if (!OperatingSystem.IsLinux()) return false;
        var poll = new Poll { Number = 1, Asked = CanWrite };
        return Wait(&poll, 1, 0) > 0 && (poll.Answer & (HasError | IsInvalid)) != 0;
    }

    /// <summary>What the runtime opens for itself is closed when another program starts, so nothing that came with the start is marked so.</summary>
    private static bool IsInherited(int number) => Flags(number, GetFlags) == 0;

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Flags(int number, int command);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Wait(Poll* polls, nuint count, int milliseconds);

    private struct Poll
    {
        public int Number;
        public short Asked;
        public short Answer;
    }

    private sealed class ClosedWriter : TextWriter
    {
        public override System.Text.Encoding Encoding => System.Text.Encoding.UTF8;

        public override void Write(char value) => throw new IOException("it is closed");
    }
}
