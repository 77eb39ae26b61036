namespace Inheritune.Trainer.Tokenization;

/// <summary>Gathers the tokens that several files add to one vocabulary; the first that speaks of a token counts.</summary>
/// <param name="ids">Ids of the vocabulary; receives those of the added tokens.</param>
internal sealed class AddedTokenList(Dictionary<string, int> ids)
{
    /// <summary>Stands for the id of the vocabulary, or for the next free one.</summary>
    public const int NextId = int.MinValue;

    private readonly Dictionary<string, AddedToken> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _owners = Owners(ids);

    public IReadOnlyCollection<AddedToken> Tokens => _tokens.Values;

    /// <exception cref="UnsupportedTokenizerException">The id belongs to another token, or the token has another id.</exception>
    public void Add(AddedToken token)
    {
        if (token.Text.Length == 0) return;
        if (ids.TryGetValue(token.Text, out var known) && token.Id != known && token.Id != NextId)
            throw new UnsupportedTokenizerException($"and the files beside it give the token '{token.Text}' two ids, {known} and {token.Id}; copy all tokenizer files from the model's source again");
        var id = ids.ContainsKey(token.Text) ? known : token.Id != NextId ? token.Id : _owners.Keys.DefaultIfEmpty(-1).Max() + 1;
        if (id < 0) throw new UnsupportedTokenizerException($"and the files beside it give the token '{token.Text}' the id {id}; ids begin at 0");
        if (!_owners.TryAdd(id, token.Text) && _owners[id] != token.Text)
            throw Twice(id, _owners[id], token.Text);
        ids[token.Text] = id;
        _tokens.TryAdd(token.Text, token with { Id = id });
    }

    private static Dictionary<int, string> Owners(Dictionary<string, int> ids)
    {
        var owners = new Dictionary<int, string>(ids.Count);
        foreach (var (text, id) in ids)
            if (!owners.TryAdd(id, text)) throw Twice(id, owners[id], text);
        return owners;
    }

    private static UnsupportedTokenizerException Twice(int id, string one, string other) =>
        new($"and the files beside it give id {id} to two tokens, '{one}' and '{other}'; copy all tokenizer files from the model's source again");
}
