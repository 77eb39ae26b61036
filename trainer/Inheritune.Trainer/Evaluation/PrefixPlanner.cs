namespace Inheritune.Trainer.Evaluation;

/// <summary>
/// Decides what is read once for many sequences. Few that share much become one tree (the choices of a question), many that
/// share much a group (the examples in front of the questions of a subject).
/// </summary>
internal sealed class PrefixPlanner
{
    /// <summary>Largest tree of more than one branch: its tokens look at all of it, although they attend to their own branch.</summary>
    private const int LargestTree = 1024;

    /// <summary>Sharing saves at least this part of what is read. Below it the longer rows cost as much.</summary>
    private const double WorthSharing = 0.25;

    private readonly ScoredSequence[] _sequences;

    /// <summary>Tokens that the input of each sequence shares with the one before it.</summary>
    private readonly int[] _shared;

    private PrefixPlanner(ScoredSequence[] sequences)
    {
        _sequences = sequences;
        _shared = new int[sequences.Length];
        for (var i = 1; i < sequences.Length; i++) _shared[i] = sequences[i].Input.CommonPrefixLength(sequences[i - 1].Input);
    }

    /// <param name="sequences">All that is to be scored; sorted in place.</param>
    public static PrefixGroup Plan(ScoredSequence[] sequences)
    {
        Array.Sort(sequences, (a, b) => a.Tokens.AsSpan().SequenceCompareTo(b.Tokens) is var order and not 0 ? order : a.Request.CompareTo(b.Request));
        var root = new PrefixGroup(ReadOnlyMemory<int>.Empty);
        if (sequences.Length > 0) new PrefixPlanner(sequences).Divide(0, sequences.Length, 0, root);
        return root;
    }

    private void Divide(int first, int end, int start, PrefixGroup group)
    {
        var (size, longest, different) = Measure(first, end, start);
        if (size == longest)
        {
            group.Trees.Add(new(first, end, start, size));
            return;
        }

        // Where the first of them leaves the others, and how much of that is context to all.
        var fork = _shared.AsSpan(first + 1, end - first - 1).ToArray().Min();
        var pays = (different - 1) * (double)(fork - start) >= WorthSharing * size;
        if (pays && size <= LargestTree)
        {
            group.Trees.Add(new(first, end, start, size));
            return;
        }

        var context = Math.Min(fork, _sequences[first..end].Min(sequence => sequence.FirstScored));
        if (pays && context > start)
        {
            var inner = new PrefixGroup(_sequences[first].Tokens.AsMemory(start..context));
            group.Groups.Add(inner);
            (group, start) = (inner, context);
        }

        for (var (from, to) = (first, first + 1); from < end; (from, to) = (to, to + 1))
        {
            while (to < end && _shared[to] > fork) to++;
            Divide(from, to, start, group);
        }
    }

    /// <summary>Tokens of the tree that a range would be, of its longest sequence, and how many different sequences there are.</summary>
    private (int Size, int Longest, int Different) Measure(int first, int end, int start)
    {
        var (size, longest, different) = (0, 0, 0);
        for (var i = first; i < end; i++)
        {
            var length = _sequences[i].Input.Length;
            var fresh = length - (i == first ? start : Math.Max(start, _shared[i]));
            size += fresh;
            longest = Math.Max(longest, length - start);
            if (fresh > 0) different++;
        }

        return (size, longest, different);
    }
}
