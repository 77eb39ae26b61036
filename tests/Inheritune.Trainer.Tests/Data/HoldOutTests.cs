using System.Runtime.InteropServices;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Evaluation;
using Inheritune.Trainer.Status;

namespace Inheritune.Trainer.Tests.Data;

/// <summary>What is held out of a corpus and what is trained on, and that neither is torn.</summary>
public sealed class HoldOutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory, InlineData(16, null), InlineData(700, null), InlineData(3000, 40_000L), InlineData(60, 200_000L)]
    public void The_same_data_has_the_same_hold_out_whatever_the_sequence_length_and_the_subset(int sequenceLength, long? maxTokens)
    {
        const int Count = 600_000;
        var uri = Numbers(Count);
        using var first = Open(new DatasetSpec { Uri = uri }, 64);
        using var other = Open(new DatasetSpec { Uri = uri, MaxTokens = maxTokens }, sequenceLength);
        Assert.Equal(30_000, first.Validation.Length);
        Assert.Equal(All(first.Validation), All(other.Validation));
        Assert.Equal(first.Validation.StretchEnds, other.Validation.StretchEnds);
        Assert.InRange(first.Validation.StretchEnds.Count, 3, 4);
        Assert.Equal(maxTokens ?? Count - 30_000, other.Train.Length);
        Assert.Empty(All(other.Train).Intersect(All(first.Validation)));
    }

    [Theory, InlineData(null), InlineData(100_000L)]
    public void Windows_of_training_are_all_places_of_the_corpus_with_as_many_tokens_on_end_and_no_others(long? maxTokens)
    {
        const int Length = 100;
        using var dataset = Open(new DatasetSpec { Uri = Numbers(600_000), MaxTokens = maxTokens }, Length);
        var trained = All(dataset.Train).ToHashSet();
        var windows = new Windows(dataset.Train, Length, 1);
        var window = new long[Length + 1];
        var starts = new HashSet<long>();
        for (var i = 0L; i < windows.Count; i++)
        {
            dataset.Train.Read(windows[i], window);
            Assert.Equal(window[0] + Length, window[^1]);
            Assert.True(starts.Add(window[0]));
        }

        var run = 0;
        var expected = 0;
        for (var id = 0L; id < 600_000; id++)
        {
            run = trained.Contains(id) ? run + 1 : 0;
            if (run > Length) expected++;
        }

        Assert.Equal(expected, starts.Count);
    }

    [Fact]
    public void Pieces_of_text_are_whole_documents_and_one_text_together()
    {
        var spec = new DatasetSpec { Uri = Documents(4_000) };
        using var dataset = Open(spec, 32);
        using var corpus = TokenizedDataset.OpenWhole(spec, Corpus.Training(spec, Stores.Local), 1, Words.Tokenizer, 262, SilentStatus.Instance, TestContext.Current.CancellationToken);
        var documents = Split(All(corpus.Validation));
        var heldOut = Split(All(dataset.Validation));
        Assert.Equal(4_000, documents.Count);
        Assert.Empty(heldOut.Except(documents));
        Assert.Empty(heldOut.Intersect(Split(All(dataset.Train))));
        Assert.Equal(4_000, heldOut.Count + Split(All(dataset.Train)).Count);
        Assert.InRange(dataset.Validation.Length, corpus.Validation.Length / 20, corpus.Validation.Length / 20 + 60);
        Assert.Equal([dataset.Validation.Length], dataset.Validation.StretchEnds);
        Assert.True(dataset.Train.StretchEnds.Count > 1);
    }

    [Fact]
    public void A_document_that_is_longer_than_a_piece_stays_whole_where_the_hold_out_has_room_for_it()
    {
        // Ends of documents are where the id 0 is: at 19,999, 39,999 and so on.
        const int Count = 2_000_000;
        _folder.Write("long.bin", Bytes(Enumerable.Range(1, Count).Select(i => i % 20_000)));
        using var dataset = Open(new DatasetSpec { Uri = _folder.File("long.bin") }, 64);
        Assert.Equal(100_000, dataset.Validation.Length);
        Assert.Equal([dataset.Validation.Length], dataset.Validation.StretchEnds);
        Assert.Equal(Count - 100_000, dataset.Train.Length);
    }

    [Fact]
    public void What_a_run_holds_out_and_what_is_evaluated_when_it_is_written_out_have_the_same_loss()
    {
        using var model = TinyModels.Create(TinyModels.Llama() with { VocabularySize = 262 });
        using var dataset = Open(new DatasetSpec { Uri = Documents(4_000) }, 16);
        var texts = Split(All(dataset.Validation)).Select(document => Words.Tokenizer.Decode([.. document.Split(' ').Select(int.Parse)]));
        var spec = new DatasetSpec { Uri = _folder.Write("written.txt", string.Join("<|endoftext|>", texts)) };
        using var written = TokenizedDataset.OpenWhole(
            spec, Corpus.Training(spec, Stores.Local), 1, Words.Tokenizer, 262, SilentStatus.Instance, TestContext.Current.CancellationToken);
        Assert.Equal(All(dataset.Validation), All(written.Validation));
        double Loss(TokenizedDataset data, int batch) => new LossEvaluator(data.Validation, 16, batch).Exact(model, "it", SilentStatus.Instance, TestContext.Current.CancellationToken);
        Assert.Equal(Loss(dataset, 2), Loss(written, 8), 1e-6);
    }

    [Fact]
    public void A_subset_is_spread_over_the_data_and_part_of_a_larger_one_where_the_data_is_large()
    {
        using (var file = File.Create(_folder.File("sparse.bin"))) file.SetLength(4_000_000_000);
        using var small = Open(new DatasetSpec { Uri = _folder.File("sparse.bin"), MaxTokens = 2_000_001 }, 1024);
        using var large = Open(new DatasetSpec { Uri = _folder.File("sparse.bin"), MaxTokens = 8_000_003 }, 512);
        Assert.Equal((2_000_001, 8_000_003), (small.Train.Length, large.Train.Length));
        var (few, many) = (Ranges(small.Train), Ranges(large.Train));
        Assert.InRange(few.Count, 50, 70);
        Assert.All(few, range => Assert.Contains(many, other => other.Start <= range.Start && range.End <= other.End));
        Assert.InRange(few.Average(range => range.Start), 0.7e9, 1.3e9);
    }

    public void Dispose() => _folder.Dispose();

    private static IReadOnlyList<TokenRange> Ranges(ITokenSequence tokens) => ((TokenSelection)tokens).Ranges;

    private static TokenizedDataset Open(DatasetSpec spec, int sequenceLength) => TokenizedDataset.Open(
        new DatasetSpec { Uri = spec.Uri, MaxTokens = spec.MaxTokens, TokenType = spec.Uri.EndsWith("numbers.bin", StringComparison.Ordinal) ? TokenType.UInt32 : TokenType.UInt16 },
        Stores.Local, 1, Words.Tokenizer, 1 << 24, sequenceLength, SilentStatus.Instance, TestContext.Current.CancellationToken);

    private static long[] All(ITokenSequence tokens)
    {
        var all = new long[tokens.Length];
        tokens.Read(0, all);
        return all;
    }

    /// <summary>The documents, as their ids in words.</summary>
    private static List<string> Split(long[] ids)
    {
        var documents = new List<string>();
        for (var rest = ids.AsSpan(); rest.Length > 0;)
        {
            var end = rest.IndexOf((long)Words.Tokenizer.EndOfDocument!.Value);
            Assert.NotEqual(-1, end);
            documents.Add(string.Join(' ', rest[..end].ToArray()));
            rest = rest[(end + 1)..];
        }

        return documents;
    }

    /// <summary>The numbers from 0 on, which have an end of text at their begin only.</summary>
    private string Numbers(int count) => _folder.Write("numbers.bin", MemoryMarshal.AsBytes(Enumerable.Range(0, count).ToArray().AsSpan()).ToArray());

    private string Documents(int count) => _folder.Write("documents.txt", string.Join("<|endoftext|>", Enumerable.Range(0, count).Select(i => $"the cat {i} and the hat{new string('.', i * 7 % 23)}")));

    private static byte[] Bytes(IEnumerable<int> ids) => MemoryMarshal.AsBytes(ids.Select(id => (ushort)id).ToArray().AsSpan()).ToArray();
}
