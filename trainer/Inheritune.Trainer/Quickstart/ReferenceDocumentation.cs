using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using Inheritune.Trainer.Status;
using Inheritune.Trainer.Storage;

namespace Inheritune.Trainer.Quickstart;

/// <summary>
/// Real English text that every .NET SDK has on disk: the reference documentation of its libraries. Each distinct paragraph
/// is taken once. Which ones are held out depends on the paragraph alone, so a model trained with one SDK has not seen the
/// validation text of another.
/// </summary>
public static partial class ReferenceDocumentation
{
    public const string TrainingFile = "train.txt";
    public const string ValidationFile = "validation.txt";

    private const int ShortestParagraph = 20;

    /// <summary>One paragraph of this many is held out.</summary>
    private const int HeldOutShare = 128;

    /// <summary>Writes training and validation text to a folder, unless they are there.</summary>
    /// <exception cref="RunException">There is no documentation on this machine.</exception>
    public static void Write(IObjectStore folder, IRunStatus status, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(status);
        if (folder.Stat(TrainingFile) is not null && folder.Stat(ValidationFile) is not null) return;

        var files = Find();
        var total = files.Sum(file => file.Length);
        using var stage = status.Begin("Reading the .NET reference documentation", total / 1e6, "MB");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (training, validation) = (new StringBuilder(), new StringBuilder());
        var done = 0L;
        foreach (var file in files)
        {
            stop.ThrowIfCancellationRequested();
            foreach (var paragraph in Paragraphs(file.FullName).Where(p => p.Length >= ShortestParagraph && seen.Add(p)))
                (IsHeldOut(paragraph) ? validation : training).Append(paragraph).Append('\n');
            done += file.Length;
            stage.Report(done / 1e6);
        }

        folder.Write(ValidationFile, stream => stream.Write(Encoding.UTF8.GetBytes(validation.ToString())));
        folder.Write(TrainingFile, stream => stream.Write(Encoding.UTF8.GetBytes(training.ToString())));
    }

    private static List<FileInfo> Find()
    {
        // <root>/shared/Microsoft.NETCore.App/<version>/ is where the runtime is; the SDK has its packs beside "shared".
        var runtime = new DirectoryInfo(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory());
        var packs = Path.Combine(runtime.Parent?.Parent?.Parent?.FullName ?? "", "packs");
        var files = !Directory.Exists(packs) ? [] : new DirectoryInfo(packs).GetFiles("*.xml", SearchOption.AllDirectories)
            .Where(file => file.FullName.Contains(".App.Ref", StringComparison.Ordinal))
            .OrderBy(file => file.FullName, StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw RunException.Invalid("quickstart", packs,
            "has no reference documentation, which comes with the .NET SDK; install the SDK, or use 'run' with a text of your own");
    }

    private static bool IsHeldOut(string paragraph) => SHA256.HashData(Encoding.UTF8.GetBytes(paragraph))[0] % HeldOutShare == 0;

    private static IEnumerable<string> Paragraphs(string path)
    {
        using var reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        while (reader.Read())
        {
            // Hardware intrinsics are documented with assembly code.
            if (reader is { NodeType: XmlNodeType.Element, Name: "member" } && reader.GetAttribute("name")?.Contains(".Intrinsics.", StringComparison.Ordinal) == true)
                reader.Skip();
            if (reader is { NodeType: XmlNodeType.Element, Name: "summary" or "remarks" or "returns" or "value" or "param" or "exception", IsEmptyElement: false })
            {
                using var element = reader.ReadSubtree();
                yield return Text(element);
            }
        }
    }

    private static string Text(XmlReader element)
    {
        var text = new StringBuilder();
        while (element.Read())
        {
            if (element.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace) text.Append(element.Value);
            else if (element.NodeType == XmlNodeType.Element) text.Append(element.Name is "para" or "item" ? " " : Mention(element));
        }

        return WhiteSpace().Replace(text.ToString(), " ").Trim();
    }

    /// <summary>What a reader sees of <c>see cref="M:System.String.Trim(System.Char)"</c>: Trim.</summary>
    private static string Mention(XmlReader element)
    {
        if (element is not { Name: "see" or "seealso" or "paramref" or "typeparamref", IsEmptyElement: true }) return "";
        if ((element.GetAttribute("langword") ?? element.GetAttribute("name")) is { } word) return word;
        var name = (element.GetAttribute("cref") ?? "").Split('(')[0];
        return Arity().Replace(name[(name.LastIndexOfAny(['.', ':']) + 1)..], "");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex("`+[0-9]+")]
    private static partial Regex Arity();
}
