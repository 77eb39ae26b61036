namespace Inheritune.Trainer.Reporting;

/// <summary>One finished plot.</summary>
/// <param name="Name">File name without extension, also the prefix of ids inside the SVG.</param>
/// <param name="Title">Heading.</param>
/// <param name="Note">What a reader has to know to read it right; may be empty.</param>
/// <param name="Svg">An svg element without XML declaration that scales with its width and says in words what it shows.</param>
/// <param name="Png">The same at twice the resolution.</param>
internal sealed record MetricPlot(string Name, string Title, string Note, string Svg, byte[] Png);
