using System.Runtime.InteropServices;
using Inheritune.Api;
using Inheritune.Trainer.Data;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Tests.Data;

public sealed class TokenizedDatasetTests : IDisposable
{
    private const int SequenceLength = 16;
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingStatus _status = new();

    [Theory, InlineData(340), InlineData(1000), InlineData(4096), InlineData(65_536), InlineData(60_001)]
    public void Training_and_validation_are_the_whole_corpus_once(int count)
    {
        using var dataset = Open(Packed(count));
        Assert.Equal(count, dataset.CorpusTokens);
        Assert.Equal(count, dataset.Train.Length + dataset.Validation.Length);
        Assert.True(dataset.Train.Length > SequenceLength && dataset.Validation.Length > SequenceLength);
        Assert.Equal(Enumerable.Range(0, count).Select(id => (long)id), All(dataset.Train).Concat(All(dataset.Validation)).Order());
    }

    [Fact]
    public void A_view_reads_the_same_whatever_the_stretch()
    {
        var spec = Packed(20_000, files: 3);
        using var dataset = Open(spec);
        var whole = All(dataset.Train);
        var random = new Random(3);
        for (var i = 0; i < 500; i++)
        {
            var start = random.Next(whole.Length);
            var part = new long[random.Next(Math.Min(2000, whole.Length - start))];
            dataset.Train.Read(start, part);
            Assert.Equal(whole.AsSpan(start, part.Length).ToArray(), part);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.Train.Read(dataset.Train.Length - 1, new long[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.Validation.Read(-1, new long[1]));
    }

    [Fact]
    public void Subsets_are_exact_nested_spread_and_apart_from_validation()
    {
        using var small = Open(Packed(60_000, maxTokens: 5_001));
        using var large = Open(Packed(60_000, maxTokens: 9_999));
        Assert.Equal((5_001, 9_999), (small.Train.Length, large.Train.Length));
        Assert.Empty(All(small.Train).Except(All(large.Train)));
        Assert.Equal(All(small.Validation), All(large.Validation));
        Assert.Empty(All(large.Train).Intersect(All(large.Validation)));
        Assert.InRange(All(small.Train).Average(), 20_000, 40_000);
        Assert.NotEqual(small.Digest, large.Digest);
        using var again = Open(new DatasetSpec { Uri = _folder.Path, MaxTokens = 5_001 });
        Assert.Equal(small.Digest, again.Digest);
        Assert.Empty(_status.Warnings);
    }

    [Fact]
    public void The_default_holds_out_5_percent_and_more_tokens_than_there_are_give_a_warning()
    {
        using var dataset = Open(Packed(40_000, maxTokens: 39_000));
        Assert.Equal((38_000, 2_000), (dataset.Train.Length, dataset.Validation.Length));
        Assert.Contains("39,000 tokens, but only 38,000", Assert.Single(_status.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_data_of_its_own_is_taken_whole_and_in_order()
    {
        var spec = Packed(1_000);
        var validation = _folder.Write("held-out/v.bin", Bytes(Enumerable.Range(5, 77)));
        using var dataset = Open(new DatasetSpec { Uri = Path.Combine(spec.Uri, "0.bin"), ValidationUri = validation });
        Assert.Equal(1_000, dataset.Train.Length);
        Assert.Equal(Enumerable.Range(5, 77).Select(id => (long)id), All(dataset.Validation));
    }

    [Fact]
    public void UInt32_files_are_read_and_checked()
    {
        var ids = Enumerable.Range(100_000, 400).Select(id => (uint)id).ToArray();
        var path = _folder.Write("wide.bin", MemoryMarshal.AsBytes<uint>(ids).ToArray());
        var spec = new DatasetSpec { Uri = path, TokenType = TokenType.UInt32 };
        using (var dataset = Open(spec, vocabulary: 100_400)) Assert.Equal(ids.Sum(id => (long)id), All(dataset.Train).Concat(All(dataset.Validation)).Sum());
        Refused(spec, "wide.bin has the id 100399 at position 399, but the model has only 100399 ids", vocabulary: 100_399);
    }

    [Fact]
    public void An_id_beyond_the_vocabulary_is_named_with_file_and_position()
    {
        var ids = Enumerable.Repeat(299, 5_000).ToArray();
        ids[4_321] = 300;
        _folder.Write("0.bin", Bytes(ids[..4_000]));
        _folder.Write("1.bin", Bytes(ids[4_000..]));
        var spec = new DatasetSpec { Uri = _folder.Path };
        Open(spec, vocabulary: 301).Dispose();
        Refused(spec, "1.bin has the id 300 at position 321, but the model has only 300 ids", vocabulary: 300);
    }

    [Fact]
    public void Data_that_cannot_work_is_refused_with_the_field()
    {
        Refused(Packed(0), "spec.dataset.uri: '*holds no tokens");
        Refused(Packed(16), "fewer than one sequence of 16");
        Refused(Packed(339), "spec.dataset.uri: '*holds 339 tokens, of which 16 would be held out, fewer than one sequence and its target (17)*spec.dataset.validationTokens");
        Refused(Packed(100, validationTokens: 16), "spec.dataset.validationTokens: '16' is less than one sequence");
        Refused(Packed(100, validationTokens: 84), "spec.dataset.validationTokens: '84' leaves less than one sequence");
        Refused(Packed(400, maxTokens: 16), "spec.dataset.maxTokens: '16' is less than one sequence");
        Refused(Packed(100), "the tokenizer has 262 ids but the model only 261", vocabulary: 261);
        _folder.Write("0.bin", new byte[201]);
        Refused(new DatasetSpec { Uri = _folder.Path }, "0.bin: 201 bytes are not a multiple of 2");
        _folder.Write("v/v.bin", new byte[20]);
        Packed(100);
        Refused(new DatasetSpec { Uri = Path.Combine(_folder.Path, "0.bin"), ValidationUri = Path.Combine(_folder.Path, "v") }, "spec.dataset.validationUri");
        Directory.Delete(Path.Combine(_folder.Path, "v"), true);
        File.Delete(Path.Combine(_folder.Path, "0.bin"));
        _folder.Write("empty.txt", "");
        Refused(new DatasetSpec { Uri = _folder.Path }, "holds no tokens");
    }

    [Fact]
    public void Text_becomes_the_tokenizers_ids_with_a_mark_behind_each_document()
    {
        _folder.Write("a.txt", string.Concat(Enumerable.Repeat("the cat and the hat<|endoftext|>", 40)));
        _folder.Write("b.txt", "the end");
        using var dataset = Open(new DatasetSpec { Uri = _folder.Path, ValidationUri = Path.Combine(_folder.Path, "b.txt"), MaxTokens = 200 }, sequenceLength: 2);
        int[] document = [.. Words.Tokenizer.Encode("the cat and the hat"), 0];
        Assert.Equal(document.Length * 40, dataset.CorpusTokens);
        Assert.Equal(Words.Tokenizer.Encode("the end").Append(0).Select(id => (long)id), All(dataset.Validation));
        Assert.All(All(dataset.Train), id => Assert.Contains((int)id, document));
        Assert.EndsWith("left out, so that nothing is both trained on and validated on: b.txt", Assert.Single(_status.Warnings), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static long[] All(ITokenSequence tokens)
    {
        var all = new long[tokens.Length];
        tokens.Read(0, all);
        return all;
    }

    private static byte[] Bytes(IEnumerable<int> ids) => MemoryMarshal.AsBytes(ids.Select(id => (ushort)id).ToArray().AsSpan()).ToArray();

    /// <summary>A folder with the ids 0, 1, 2, ... in packed files.</summary>
    private DatasetSpec Packed(int count, int files = 1, long? maxTokens = null, long? validationTokens = null)
    {
        for (var file = 0; file < files; file++)
            _folder.Write($"{file}.bin", Bytes(Enumerable.Range(0, count).Skip(file * (count / files)).Take(file == files - 1 ? count : count / files)));
        return new DatasetSpec { Uri = _folder.Path, MaxTokens = maxTokens, ValidationTokens = validationTokens };
    }

    private TokenizedDataset Open(DatasetSpec spec, int vocabulary = 65_536, int sequenceLength = SequenceLength) =>
        TokenizedDataset.Open(spec, Stores.Local, 1, Words.Tokenizer, vocabulary, sequenceLength, _status, TestContext.Current.CancellationToken);

    private void Refused(DatasetSpec spec, string expected, int vocabulary = 65_536)
    {
        var error = Assert.Throws<RunException>(() => Open(spec, vocabulary).Dispose());
        Assert.Equal(ExitCode.InvalidInput, error.Code);
        foreach (var part in expected.Split('*')) Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }
}
