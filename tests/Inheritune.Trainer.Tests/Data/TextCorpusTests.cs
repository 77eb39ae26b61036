using System.Text;
using Inheritune.Api;
using Inheritune.Trainer.Data;

namespace Inheritune.Trainer.Tests.Data;

public sealed class TextCorpusTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("one document\nwith <lines>\n", "one document\nwith <lines>\n")]
    [InlineData("a<|endoftext|>b", "a|b")]
    [InlineData("a\n<|endoftext|>\nb\n", "a|b\n")]
    [InlineData("a\r\n<|endoftext|>\r\n\r\nb", "a|\r\nb")]
    [InlineData("a\n\n<|endoftext|>\nb<|endoftext|>", "a\n|b|")]
    [InlineData("a <|endoftext|>\nb", "a |\nb")]
    [InlineData("<|endoftext|>\na<|endoftext|><|endoftext|>b", "|a||b")]
    [InlineData("é\U0001F600<|endoftext|>日本", "é\U0001F600|日本")]
    [InlineData("", "")]
    public void Documents_are_parted_at_the_mark_whatever_the_block_size(string content, string expected)
    {
        var path = _folder.Write("a.txt", content);
        var file = Corpus.Training(new DatasetSpec { Uri = path }, Stores.Local).Files[0];
        for (var block = 1; block < 40; block++)
            Assert.Equal(expected, Join(TextFile.Read(file, block)));
        _folder.Write("a.txt", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(content)]);
        Assert.Equal(expected, Join(TextCorpus.Read(Corpus.Training(new DatasetSpec { Uri = path }, Stores.Local).Files[0], "text")));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_an_error_with_file_and_offset()
    {
        var path = _folder.Write("latin.txt", [.. "caf"u8, 0xE9, .. " noir"u8]);
        var file = Corpus.Training(new DatasetSpec { Uri = path }, Stores.Local).Files[0];
        for (var block = 1; block < 8; block++)
        {
            var error = Assert.Throws<RunException>(() => TextFile.Read(file, block).ToList());
            Assert.Contains("latin.txt: not UTF-8 at byte 3;", error.Message, StringComparison.Ordinal);
        }

        _folder.Write("latin.txt", [.. "ab"u8, 0xE6, 0x97]);
        Assert.Contains("at byte 2;", Assert.Throws<RunException>(() => TextCorpus.ReadText(Corpus.Training(new DatasetSpec { Uri = path }, Stores.Local), "text").ToList()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_lines_give_a_document_each_and_blank_lines_none()
    {
        var large = new string('x', 3_000_000);
        var path = _folder.Write("a.jsonl", $$"""
            {"text":"one\n\u00e9","id":1}

            {"id":2,"text":"two"}
            {"text":"{{large}}"}
            {"text":""}
            """);
        Assert.Equal($"one\né|two|{large}|", Join(TextCorpus.Read(Corpus.Training(new DatasetSpec { Uri = path }, Stores.Local).Files[0], "text")));
    }

    [Theory]
    [InlineData("{\"score\":NaN,\"text\":\"a\",\"low\":-Infinity}")]
    [InlineData("{\"text\":\"a\",\"big\":1e999,\"id\":123456789012345678901234567890}")]
    [InlineData("{\"x\":\"\\ud800\",\"text\":\"a\",\"\\udc00\":\"\\\"}{\\\\\"}")]
    [InlineData("{\"x\":1,\"x\":[2],\"text\":\"a\"}")]
    [InlineData(" { \"meta\" : {\"text\":[\"]\"]} , \"te\\u0078t\" : \"\\u0061\" } \r")]
    public void What_stands_in_other_fields_of_a_json_line_does_not_matter(string line)
    {
        var deep = $"{{\"deep\":{new string('[', 500)}{new string(']', 500)},\"text\":\"a\"}}";
        var path = _folder.Write("a.jsonl", $"{line}\n{deep}\n{line}");
        Assert.Equal("a|a|a", Join(TextCorpus.Read(Corpus.Training(new DatasetSpec { Uri = path }, Stores.Local).Files[0], "text")));
    }

    [Theory]
    [InlineData("{\"text\":\"a\"}\n{\"text\":", "line 2 cannot be read")]
    [InlineData("{\"text\":\"a\"}\n\n{\"body\":\"b\"}\n", "line 3 has no field 'text'; add it or set spec.dataset.textField to one of: body")]
    [InlineData("{\"text\":7}", "line 1 has a field 'text' that is not a string")]
    [InlineData("[1]", "line 1 is not a JSON object")]
    [InlineData("{\"text\":\"\\ud800\"}", "line 1 cannot be read")]
    [InlineData("{\"text\":\"a\"}\n[1, 2]\n", "line 2 is not a JSON object; write one object with the text in a field on each line, such as {\"text\": \"...\"}")]
    [InlineData("\"a\"", "line 1 is not a JSON object")]
    [InlineData("{\n\"text\":\"a\"\n}", "line 1 cannot be read (it ends in the midst of the object; write the whole object on one line)")]
    [InlineData("{\"text\":null}", "line 1 has null in the field 'text'; remove the line, or write \"\" there if it is a document without text")]
    [InlineData("{\"text\":\"a\"}{\"text\":\"b\"}", "line 1 cannot be read (something follows the object")]
    [InlineData("{\"text\":\"a\",}", "line 1 cannot be read (a name in quotes is missing at byte 13)")]
    [InlineData("{\"text\":\"a\" \"b\":1}", "line 1 cannot be read (',' is missing at byte 13)")]
    [InlineData("{\"text\":\"a", "line 1 cannot be read")]
    [InlineData("{\"text\":\"a\\", "line 1 cannot be read")]
    [InlineData("{\"a\":[1,{\"text\":\"a\"}", "line 1 cannot be read")]
    [InlineData("{\"text\":\"a\\x\"}", "line 1 cannot be read")]
    [InlineData("{\"meta\":{\"text\":\"a\"}}", "line 1 has no field 'text'; add it or set spec.dataset.textField to one of: meta")]
    public void A_bad_line_is_named(string content, string expected)
    {
        var path = _folder.Write("bad.jsonl", content);
        var error = Assert.Throws<RunException>(() => TextCorpus.ReadText(Corpus.Training(new DatasetSpec { Uri = path }, Stores.Local), "text").ToList());
        Assert.Contains("bad.jsonl: " + expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_read_in_ordinal_order_and_other_files_are_passed_over()
    {
        foreach (var name in new[] { "b.txt", "B.txt", "a10.txt", "a2.txt", "README.md" }) _folder.Write(name, name);
        Assert.Equal(["B.txt", "a10.txt", "a2.txt", "b.txt"], TextCorpus.ReadText(Corpus.Training(new DatasetSpec { Uri = _folder.Path }, Stores.Local), "text").Where(text => text.Length > 0));
    }

    [Fact]
    public void Files_that_cannot_be_taken_are_refused_with_what_is_accepted()
    {
        Assert.Contains("no such file", Refusal("missing"), StringComparison.Ordinal);
        foreach (var name in new[] { "train_000001.npy", "part.parquet", "notes.md" })
        {
            _folder.Write(name, "x");
            var message = Refusal(name);
            Assert.Contains("spec.dataset.uri", message, StringComparison.Ordinal);
            Assert.Contains(".txt (text), .jsonl (JSON lines) and .bin", message, StringComparison.Ordinal);
        }

        Assert.Contains("has a header", Refusal("train_000001.npy"), StringComparison.Ordinal);
        Assert.Contains("has a header", Refusal("part.parquet"), StringComparison.Ordinal);
        Assert.Contains("accepted are", Refusal(""), StringComparison.Ordinal);
        _folder.Write("a.txt", "x");
        _folder.Write("b.jsonl", "{}");
        Assert.Contains("mixes formats (a.txt and b.jsonl)", Refusal(""), StringComparison.Ordinal);
        Assert.Single(Corpus.Training(new DatasetSpec { Uri = _folder.Path, Format = DatasetFormat.JsonLines }, Stores.Local).Files);
        Assert.Single(Corpus.Training(new DatasetSpec { Uri = Path.Combine(_folder.Path, "notes.md"), Format = DatasetFormat.Text }, Stores.Local).Files);
    }

    public void Dispose() => _folder.Dispose();

    private string Refusal(string name) =>
        Assert.Throws<RunException>(() => Corpus.Training(new DatasetSpec { Uri = Path.Combine(_folder.Path, name) }, Stores.Local)).Message;

    private static string Join(IEnumerable<TextPiece> pieces)
    {
        var text = string.Concat(pieces.Select(piece => piece.EndsDocument ? piece.Text + "|" : piece.Text));
        // The last document ends with the file.
        return text[..^1];
    }
}
