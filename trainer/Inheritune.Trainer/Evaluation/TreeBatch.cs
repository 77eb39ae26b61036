using static TorchSharp.torch;

namespace Inheritune.Trainer.Evaluation;

/// <summary>Trees as the rows of one forward pass, padded at the end. Tensors are made on the CPU when asked for.</summary>
internal sealed class TreeBatch(IReadOnlyList<TokenTree> trees)
{
    private readonly int _length = trees.Max(tree => tree.Nodes.Count);

    /// <summary>Whether the rows are plain sequences.</summary>
    public bool IsCausal => trees.All(tree => tree.IsChain && tree.Nodes[0].Position == 0);

    public Tensor IdsBT => Fill(node => node.Id);

    public Tensor PositionsBT => Fill(node => node.Position);

    /// <summary>0 where a token attends to another of its branch, minus infinity elsewhere; padding attends to itself.</summary>
    public Tensor MaskBTT
    {
        get
        {
            var mask = new float[trees.Count * _length * _length];
            Array.Fill(mask, float.NegativeInfinity);
            for (var b = 0; b < trees.Count; b++)
            {
                var nodes = trees[b].Nodes;
                Span<float> Row(int t) => mask.AsSpan((b * _length + t) * _length, _length);
                for (var t = 0; t < _length; t++)
                {
                    if (t < nodes.Count && nodes[t].Parent >= 0) Row(nodes[t].Parent)[..t].CopyTo(Row(t));
                    Row(t)[t] = 0;
                }
            }

            return tensor(mask, [trees.Count, _length, _length]);
        }
    }

    /// <summary>Places in the flattened batch whose next token is asked for, with all that is asked there.</summary>
    public IEnumerable<(int Row, TokenTree.Prediction[] Predictions)> Asked => trees.SelectMany((tree, b) =>
        tree.Predictions.GroupBy(p => p.Node).Select(at => (b * _length + at.Key, at.ToArray())));

    private Tensor Fill(Func<TokenTree.Node, long> value)
    {
        var values = new long[trees.Count * _length];
        for (var b = 0; b < trees.Count; b++)
            for (var t = 0; t < trees[b].Nodes.Count; t++)
                values[b * _length + t] = value(trees[b].Nodes[t]);
        return tensor(values, [trees.Count, _length]);
    }
}
