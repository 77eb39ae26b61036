namespace Inheritune.Trainer.Storage;

/// <summary>Reads pieces of objects side by side and hands them over one after the other.</summary>
internal static class ReadAhead
{
    /// <summary>Most bytes of a piece that is read into its final place: large enough that requests cost little.</summary>
    public const int PieceBytes = 8 << 20;

    /// <summary>Most bytes of a piece that is read into one of the <see cref="Buffers"/>, which together take 18 MiB.</summary>
    public const int BufferBytes = 3 << 20;

    private const int PiecesAtOnce = 6;

    /// <summary>Reads pieces; while the caller looks at one, the next ones are on their way.</summary>
    /// <param name="pieces">Each is taken from the sequence when its reading begins.</param>
    /// <param name="read">Reads one piece to its end.</param>
    /// <param name="cancellation">Ends what is in progress.</param>
    /// <returns>
    /// The pieces in their order. A failure comes where its piece would, and when the enumeration ends, however it does, nothing is
    /// being read any more.
    /// </returns>
    public static IEnumerable<T> Read<T>(IEnumerable<T> pieces, Func<T, CancellationToken, Task> read, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var started = new Queue<(T Piece, Task Reading)>();
        try
        {
            foreach (var piece in pieces)
            {
                started.Enqueue((piece, read(piece, end.Token)));
                if (started.Count == PiecesAtOnce) yield return Next();
            }

            while (started.Count > 0) yield return Next();
        }
        finally
        {
            end.Cancel();
            foreach (var (_, reading) in started) reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }

        T Next()
        {
            cancellation.ThrowIfCancellationRequested();
            started.Peek().Reading.GetAwaiter().GetResult();
            return started.Dequeue().Piece;
        }
    }

    /// <summary>A buffer for each piece in turn: by the time that one comes round again, the caller is done with it.</summary>
    /// <param name="bytes">Size of each; they are made when they are first needed.</param>
    public static IEnumerable<Memory<byte>> Buffers(int bytes)
    {
        var buffers = new byte[PiecesAtOnce][];
        for (var i = 0; ; i = (i + 1) % PiecesAtOnce) yield return buffers[i] ??= GC.AllocateUninitializedArray<byte>(bytes);
    }
}
