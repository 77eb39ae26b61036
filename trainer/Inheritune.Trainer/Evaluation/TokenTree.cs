namespace Inheritune.Trainer.Evaluation;

/// <summary>Sequences laid over each other, so that what they begin with in common is there once.</summary>
internal sealed class TokenTree
{
    /// <summary>A token of the input.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Position">Its place in the sequence.</param>
    /// <param name="Parent">Index of the token before it; -1 for the first one.</param>
    public readonly record struct Node(int Id, int Position, int Parent);

    /// <summary>A prediction that is asked for.</summary>
    /// <param name="Node">Index of the token that it follows.</param>
    /// <param name="Target">The id whose probability is asked for.</param>
    /// <param name="Request">Whose sum it belongs to.</param>
    public readonly record struct Prediction(int Node, int Target, int Request);

    /// <summary>Every token behind the one that it follows.</summary>
    public List<Node> Nodes { get; } = [];

    public List<Prediction> Predictions { get; } = [];

    /// <summary>Whether every token follows the one before it.</summary>
    public bool IsChain => Nodes.Index().All(node => node.Item.Parent == node.Index - 1);

    /// <param name="sequences">Sequences of which each begins with the same tokens before <paramref name="start"/>, in the order of their tokens.</param>
    /// <param name="start">Position of the first token of the tree.</param>
    public static TokenTree Build(ReadOnlySpan<ScoredSequence> sequences, int start)
    {
        var tree = new TokenTree();
        var path = new List<int>();
        ReadOnlySpan<int> before = [];
        foreach (var sequence in sequences)
        {
            var input = sequence.Input[start..];
            var shared = input.CommonPrefixLength(before);
            path.RemoveRange(shared, path.Count - shared);
            for (var i = shared; i < input.Length; i++)
            {
                tree.Nodes.Add(new(input[i], start + i, i == 0 ? -1 : path[i - 1]));
                path.Add(tree.Nodes.Count - 1);
            }

            for (var position = sequence.FirstScored; position < sequence.Input.Length; position++)
                tree.Predictions.Add(new(path[position - start], sequence.Tokens[position + 1], sequence.Request));
            before = input;
        }

        return tree;
    }
}
