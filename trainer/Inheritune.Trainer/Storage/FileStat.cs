using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Storage;

/// <summary>What the kernel says of a file or folder behind all links; .NET itself tells size and time of the link.</summary>
/// <param name="IsFile">Whether it is a regular file.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="Device">The same for all that is on one file system.</param>
/// <param name="Id">The same for every name of one file, and for no other file on this machine.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Modified">When the content was last written, in nanoseconds since 1970; anyone may set it to anything.</param>
/// <param name="Changed">When content, names or rights last changed; nobody can set it.</param>
internal readonly record struct FileStat(bool IsFile, bool IsFolder, string Device, string Id, long Size, long Modified, long Changed)
{
    private const int CurrentFolder = -100;
    private const uint BasicFields = 0x7ff;
    private const int TypeMask = 0xf000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;

    /// <summary>Null when nothing is there: no such name, a link to nowhere or in a circle, a name longer than any can be.</summary>
    /// <exception cref="UnauthorizedAccessException">A folder on the way may not be searched.</exception>
    /// <exception cref="IOException">The file system fails.</exception>
    public static FileStat? Of(string path)
    {
        if (Statx(CurrentFolder, path, 0, BasicFields, out var found) == 0)
        {
            var type = found.Mode & TypeMask;
            var device = $"{found.DeviceMajor:x}-{found.DeviceMinor:x}";
            return new(type == RegularFile, type == Folder, device, $"{device}-{found.Inode:x}", found.Size, found.Modified.Nanoseconds, found.Changed.Nanoseconds);
        }

        return Marshal.GetLastPInvokeError() switch
        {
            // ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP.
            2 or 20 or 36 or 40 => null,
            // EPERM, EACCES.
            1 or 13 => throw new UnauthorizedAccessException(Marshal.GetLastPInvokeErrorMessage()),
            var error => throw new IOException(Marshal.GetLastPInvokeErrorMessage(), error),
        };
    }

    // Its layout, unlike that of stat, is the same on every processor.
    [DllImport("libc", EntryPoint = "statx", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern int Statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out Fields found);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Fields
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public long Size;

        [FieldOffset(96)]
        public Time Changed;

        [FieldOffset(112)]
        public Time Modified;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private struct Time
    {
        public long Seconds;
        public uint Fraction;

        public readonly long Nanoseconds => (Seconds * 1_000_000_000) + Fraction;
    }
}
