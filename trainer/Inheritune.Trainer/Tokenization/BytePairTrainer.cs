using System.Runtime.InteropServices;

namespace Inheritune.Trainer.Tokenization;

/// <summary>
/// Trains a byte-level BPE tokenizer: the most frequent pair of neighbours within a word becomes a token, again and again.
/// Of equally frequent pairs the one with the smaller ids wins, so the result is a function of the text and equals that
/// of Hugging Face's <c>BpeTrainer</c> with the byte alphabet and a minimum frequency of 2.
/// </summary>
public static class BytePairTrainer
{
    private const int MinimumFrequency = 2;
    private const int CheckEvery = 4096;

    /// <summary>Counts the words of the documents and learns merges until the vocabulary is full or no pair occurs twice.</summary>
    /// <param name="documents">Documents, or pieces of documents that are cut between words.</param>
    /// <param name="vocabularySize">Number of ids: the end of text, 256 bytes, and merges; at least 257.</param>
    /// <param name="cancellation">Stops the training with <see cref="OperationCanceledException"/>.</param>
    public static TokenizerFiles Train(IEnumerable<string> documents, int vocabularySize, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, TrainedTokenizer.FirstMerge);
        var tokens = TrainedTokenizer.Alphabet();
        var state = new State(CountWords(documents, cancellation), tokens);
        var ids = tokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id, StringComparer.Ordinal);
        var merges = new List<(string Left, string Right)>();
        while (tokens.Count < vocabularySize && state.TryTakeBest(MinimumFrequency, out var pair))
        {
            cancellation.ThrowIfCancellationRequested();
            var (left, right) = (tokens[pair.Left], tokens[pair.Right]);
            merges.Add((left, right));
            // Two different pairs can spell the same token.
            if (!ids.TryGetValue(left + right, out var id))
            {
                id = tokens.Count;
                ids.Add(left + right, id);
                tokens.Add(left + right);
            }

            state.Merge(pair, id);
        }

        return TrainedTokenizer.Write(tokens, merges);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> documents, CancellationToken cancellation)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var seen = 0;
        foreach (var document in documents)
            PreTokenizer.Gpt2.Split(document, piece =>
            {
                if (++seen % CheckEvery == 0) cancellation.ThrowIfCancellationRequested();
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, piece, out _)++;
            });
        return counts;
    }

    /// <summary>The words as lists of ids, the count of each pair, and where it occurs.</summary>
    private sealed class State
    {
        private readonly List<(List<int> Ids, long Count)> _words = [];
        private readonly Dictionary<Pair, long> _counts = [];
        private readonly Dictionary<Pair, HashSet<int>> _wordsByPair = [];
        private readonly PriorityQueue<Pair, (long NegativeCount, Pair Pair)> _queue = new();

        public State(Dictionary<string, long> words, List<string> alphabet)
        {
            var ids = alphabet.Select((token, id) => (token, id)).Where(entry => entry.token.Length == 1).ToDictionary(entry => entry.token[0], entry => entry.id);
            foreach (var (word, count) in words)
            {
                _words.Add(([.. ByteAlphabet.ToSymbols(word).Select(symbol => ids[symbol])], count));
                Count(_words.Count - 1, sign: 1, changed: null);
            }

            foreach (var (pair, count) in _counts) _queue.Enqueue(pair, (-count, pair));
        }

        /// <summary>Takes the most frequent pair. Counts in the queue may be too high: decreases do not enter it.</summary>
        public bool TryTakeBest(long minimum, out Pair best)
        {
            while (_queue.TryDequeue(out best, out var priority))
            {
                var count = _counts.GetValueOrDefault(best);
                if (count < minimum) continue;
                if (count == -priority.NegativeCount) return true;
                _queue.Enqueue(best, (-count, best));
            }

            return false;
        }

        public void Merge(Pair pair, int id)
        {
            var changed = new HashSet<Pair>();
            foreach (var word in _wordsByPair[pair].ToArray())
            {
                Count(word, sign: -1, changed);
                Replace(_words[word].Ids, pair, id);
                Count(word, sign: 1, changed);
            }

            foreach (var neighbour in changed)
                if (_counts.TryGetValue(neighbour, out var count) && count > 0)
                    _queue.Enqueue(neighbour, (-count, neighbour));
        }

        private void Count(int word, int sign, HashSet<Pair>? changed)
        {
            var (ids, count) = _words[word];
            for (var i = 1; i < ids.Count; i++)
            {
                var pair = new Pair(ids[i - 1], ids[i]);
                CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += sign * count;
                ref var where = ref CollectionsMarshal.GetValueRefOrAddDefault(_wordsByPair, pair, out _);
                where ??= [];
                if (sign > 0) where.Add(word);
                else where.Remove(word);
                changed?.Add(pair);
            }
        }

        private static void Replace(List<int> ids, Pair pair, int id)
        {
            var kept = 0;
            for (var i = 0; i < ids.Count; i++)
                if (i + 1 < ids.Count && ids[i] == pair.Left && ids[i + 1] == pair.Right)
                    (ids[kept++], i) = (id, i + 1);
                else
                    ids[kept++] = ids[i];
            ids.RemoveRange(kept, ids.Count - kept);
        }
    }

    private readonly record struct Pair(int Left, int Right) : IComparable<Pair>
    {
        public int CompareTo(Pair other) => (Left, Right).CompareTo((other.Left, other.Right));
    }
}
