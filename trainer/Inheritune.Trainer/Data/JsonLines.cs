using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Inheritune.Trainer.Data;

/// <summary>A file with one JSON object a line, of which one field holds a document. Empty lines are passed over.</summary>
internal static class JsonLines
{
    private const int BlockBytes = 1 << 20;

    private static readonly JsonSerializerOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IEnumerable<TextPiece> Read(CorpusFile file, string textField)
    {
        var (line, bytes) = (0L, 0L);
        foreach (var content in Lines(file))
        {
            line++;
            bytes += content.Length + 1;
            var json = line == 1 && content.Span.StartsWith(Encoding.UTF8.Preamble) ? content[3..] : content;
            if (json.Span.IndexOfAnyExcept(" \t\r"u8) < 0) continue;
            yield return new TextPiece(Document(json.Span, file, line, textField), EndsDocument: true, bytes);
        }
    }

    private static string Document(ReadOnlySpan<byte> json, CorpusFile file, long line, string textField)
    {
        if (json[json.IndexOfAnyExcept(" \t\r"u8)] != '{')
            throw Bad(file, line, $$"""is not a JSON object; write one object with the text in a field on each line, such as {"{{textField}}": "..."}""");
        try
        {
            var name = JsonSerializer.SerializeToUtf8Bytes(textField, AsWritten);
            var members = new JsonMembers(json);
            ReadOnlySpan<byte> text = default;
            var others = new List<string>();
            while (members.Next())
                if (members.Name.SequenceEqual(name) || members.Name.Contains((byte)'\\') && Spells(members.Name, textField)) text = members.Value;
                else if (others.Count < 8) others.Add(Encoding.UTF8.GetString(members.Name[1..^1]));

            return text switch
            {
                [] => throw Bad(file, line, $"has no field '{textField}'; add it or set spec.dataset.textField to one of: {string.Join(", ", others)}"),
                [(byte)'"', ..] => Text(text)!,
                _ when text.SequenceEqual("null"u8) => throw Bad(file, line, $"has null in the field '{textField}'; remove the line, or write \"\" there if it is a document without text"),
                _ => throw Bad(file, line, $"has a field '{textField}' that is not a string; set spec.dataset.textField to the field with the text"),
            };
        }
        // InvalidOperationException: bytes that are not UTF-8, or half a surrogate pair, within the string.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Bad(file, line, $"cannot be read ({e.Message.TrimEnd('.')}); correct or remove the line");
        }
    }

    private static bool Spells(ReadOnlySpan<byte> quoted, string text)
    {
        try
        {
            return Text(quoted) == text;
        }
        // A name that cannot be read is another one.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string? Text(ReadOnlySpan<byte> quoted)
    {
        var reader = new Utf8JsonReader(quoted);
        _ = reader.Read();
        return reader.GetString();
    }

    private static RunException Bad(CorpusFile file, long line, string message) =>
        new(ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"{file.Name}: line {line} {message}"));

    /// <summary>Lines without their line feed; each is valid until the next is asked for.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Lines(CorpusFile file)
    {
        using var stream = file.Store.OpenRead(file.Info.Key);
        var buffer = new byte[BlockBytes];
        var (start, end) = (0, 0);
        while (true)
        {
            var searched = start;
            int feed;
            while ((feed = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n')) < 0)
            {
                searched = end - start;
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
                if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
                var read = stream.Read(buffer, end, buffer.Length - end);
                if (read == 0)
                {
                    if (end > 0) yield return buffer.AsMemory(0, end);
                    yield break;
                }

                end += read;
            }

            yield return buffer.AsMemory(start, searched + feed - start);
            start = searched + feed + 1;
        }
    }
}
