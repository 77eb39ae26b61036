using System.Xml.Linq;

namespace Inheritune.Trainer.Reporting;

/// <summary>Makes Skia's SVG fit for a web page.</summary>
internal static class PlotSvg
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>
    /// Lets it scale, gives it a name for screen readers, and makes its ids unique in a page that holds several plots.
    /// Skia places each glyph on its own, for the font that it knows; the browser may have another one and does better with whole words.
    /// </summary>
    public static string Clean(string svg, string name, string label)
    {
        var root = XDocument.Parse(svg).Root!;
        root.SetAttributeValue("viewBox", $"0 0 {root.Attribute("width")!.Value} {root.Attribute("height")!.Value}");
        root.SetAttributeValue("role", "img");
        root.SetAttributeValue("aria-label", label);

        // Skia numbers over the whole process; here the same plot always gives the same bytes.
        var ids = root.Descendants().Attributes("id").ToArray();
        var renamed = ids.Index().ToDictionary(id => $"url(#{id.Item.Value})", id => $"{name}-{id.Index}");
        foreach (var id in ids) id.Value = renamed[$"url(#{id.Value})"];
        foreach (var clip in root.Descendants().Attributes("clip-path")) clip.Value = $"url(#{renamed[clip.Value]})";

        foreach (var text in root.Descendants(Svg + "text").ToArray())
        {
            text.SetAttributeValue("font-family", PlotFont.CssFamily);
            foreach (var position in text.Attributes().Where(attribute => attribute.Name == "x" || attribute.Name == "y").ToArray())
                position.Value = position.Value.Split(',')[0];
            text.Value = text.Value.Trim();
        }

        return root.ToString(SaveOptions.DisableFormatting);
    }
}
