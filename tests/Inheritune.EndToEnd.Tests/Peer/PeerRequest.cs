namespace Inheritune.EndToEnd.Tests.Peer;

/// <summary>One folder for <c>score.py</c>.</summary>
/// <param name="Folder">A Hugging Face folder.</param>
/// <param name="Tokens">Sequences to score; may be empty.</param>
/// <param name="Text">Text for the folder's own tokenizer; null where it has none.</param>
public sealed record PeerRequest(string Folder, int[][] Tokens, string? Text = null);
