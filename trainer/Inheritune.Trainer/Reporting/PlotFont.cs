using ScottPlot;
using SkiaSharp;

namespace Inheritune.Trainer.Reporting;

/// <summary>
/// The font of the plots, carried in the assembly. A container without fonts would give plots without any text, in SVG as well:
/// Skia lays text out and translates glyphs back to characters through the typeface.
/// </summary>
internal sealed class PlotFont : IFontResolver
{
    public const string Family = "Arimo";

    /// <summary>For browsers: fonts with the same widths come first.</summary>
    public const string CssFamily = "Arimo, 'Liberation Sans', Arial, Helvetica, sans-serif";

    private static readonly Lazy<bool> Registered = new(() =>
    {
        Fonts.FontResolvers.Insert(0, new PlotFont());
        Fonts.Default = Family;
        return true;
    });

    /// <summary>Makes it the default font of every plot in this process.</summary>
    public static void Register() => _ = Registered.Value;

    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing)
    {
        if (fontName != Family) return null;
        using var stream = typeof(PlotFont).Assembly.GetManifestResourceStream("Arimo-Regular.ttf")!;
        using var data = SKData.Create(stream);
        return SKTypeface.FromData(data);
    }

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        CreateTypeface(fontName, FontWeight.Normal, FontSlant.Upright, FontSpacing.Normal);
}
