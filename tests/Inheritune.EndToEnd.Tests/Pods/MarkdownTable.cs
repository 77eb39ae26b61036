using System.Text;

namespace Inheritune.EndToEnd.Tests.Pods;

/// <summary>A table for people, as Markdown in <c>TestResults</c> and in the output of the test that adds a row.</summary>
internal sealed class MarkdownTable
{
    private readonly StringBuilder _text = new();
    private readonly string _path;

    public MarkdownTable(string file, params string[] columns)
    {
        _path = Path.Combine(Directory.CreateDirectory(Checkout.File("TestResults")).FullName, file);
        Write(columns);
        Write([.. columns.Select(_ => "---")]);
    }

    public void Add(params string[] cells)
    {
        lock (_text)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(Write(cells));
            File.WriteAllText(_path, _text.ToString());
        }
    }

    private string Write(string[] cells)
    {
        var row = $"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |";
        _text.Append(row).Append('\n');
        return row;
    }
}
