namespace Inheritune.Trainer.Reporting;

/// <summary>One finished plot.</summary>
/// <param name="Name">File name without extension, also the prefix of ids inside the SVG.</param>
/// <param name="Title">Heading.</param>
/// <param name="Description">What it shows, in words, for those who cannot see it.</param>
/// <param name="Svg">An svg element without XML declaration that scales with its width.</param>
/// <param name="Png">The same at twice the resolution.</param>
internal sealed record MetricPlot(string Name, string Title, string Description, string Svg, byte[] Png);
