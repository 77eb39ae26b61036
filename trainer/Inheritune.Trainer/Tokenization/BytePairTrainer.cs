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
    /// <param name="learned">Hears how many ids there are.</param>
    public static TokenizerFiles Train(IEnumerable<string> documents, int vocabularySize, CancellationToken cancellation, Action<int>? learned = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, TrainedTokenizer.FirstMerge);
        var tokens = TrainedTokenizer.Alphabet();
        var state = new State(CountWords(documents, cancellation), tokens, cancellation);
        var ids = tokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id, StringComparer.Ordinal);
        var merges = new List<(string Left, string Right)>();
        while (tokens.Count < vocabularySize && state.TryTakeBest(MinimumFrequency, out var pair))
        {
            var (left, right) = (tokens[pair.Left], tokens[pair.Right]);
            merges.Add((left, right));
            // Two different pairs can spell the same token.
            if (!ids.TryGetValue(left + right, out var id))
            {
                id = tokens.Count;
                ids.Add(left + right, id);
                tokens.Add(left + right);
            }

            state.Merge(pair, id, cancellation);
            learned?.Invoke(tokens.Count);
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

        public State(Dictionary<string, long> words, List<string> alphabet, CancellationToken cancellation)
        {
            var ids = alphabet.Select((token, id) => (token, id)).Where(entry => entry.token.Length == 1).ToDictionary(entry => entry.token[0], entry => entry.id);
            foreach (var (word, count) in words)
            {
                cancellation.ThrowIfCancellationRequested();
                List<int> list = [.. ByteAlphabet.ToSymbols(word).Select(symbol => ids[symbol])];
                _words.Add((list, count));
                for (var i = 1; i < list.Count; i++) Count(new Pair(list[i - 1], list[i]), count, _words.Count - 1);
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

        public void Merge(Pair pair, int id, CancellationToken cancellation)
        {
            var grown = new HashSet<Pair>();
            _wordsByPair.Remove(pair, out var words);
            foreach (var word in words!)
            {
                cancellation.ThrowIfCancellationRequested();
                Replace(word, pair, id, grown);
            }

            foreach (var neighbour in grown)
                if (_counts[neighbour] > 0)
                    _queue.Enqueue(neighbour, (-_counts[neighbour], neighbour));
        }

        /// <summary>Counts only what changes beside the pair, so that a word as long as a text costs one pass.</summary>
        private void Replace(int word, Pair pair, int id, HashSet<Pair> grown)
        {
            var (ids, count) = _words[word];
            var kept = 0;
            for (var i = 0; i < ids.Count; i++)
            {
                if (i + 1 == ids.Count || ids[i] != pair.Left || ids[i + 1] != pair.Right)
                {
                    ids[kept++] = ids[i];
                    continue;
                }

                Count(pair, -count);
                if (kept > 0)
                {
                    Count(new Pair(ids[kept - 1], pair.Left), -count);
                    Grow(new Pair(ids[kept - 1], id));
                }

                if (i + 2 < ids.Count)
                {
                    Count(new Pair(pair.Right, ids[i + 2]), -count);
                    Grow(new Pair(id, ids[i + 2]));
                }

                (ids[kept++], i) = (id, i + 1);
            }

            ids.RemoveRange(kept, ids.Count - kept);

            void Grow(Pair neighbour)
            {
                Count(neighbour, count, word);
                grown.Add(neighbour);
            }
        }

        /// <summary>A word may stay listed under a pair that it no longer has.</summary>
        private void Count(Pair pair, long change, int? word = null)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += change;
            if (word is not { } listed) return;
            ref var words = ref CollectionsMarshal.GetValueRefOrAddDefault(_wordsByPair, pair, out _);
            (words ??= []).Add(listed);
        }
    }

    private readonly record struct Pair(int Left, int Right) : IComparable<Pair>
    {
        public int CompareTo(Pair other) => (Left, Right).CompareTo((other.Left, other.Right));
    }
}
