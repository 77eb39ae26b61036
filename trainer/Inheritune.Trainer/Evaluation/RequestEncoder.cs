using Inheritune.Api;
using Inheritune.Trainer.Tokenization;

namespace Inheritune.Trainer.Evaluation;

/// <summary>Turns requests into token ids as lm-evaluation-harness does.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="contextLength">Tokens that the model reads at most.</param>
/// <param name="prefix">The token that stands in for an empty context.</param>
/// <param name="cancellation">Stops within a long request too.</param>
internal sealed class RequestEncoder(ITokenizer tokenizer, int contextLength, int? prefix, CancellationToken cancellation)
{
    private const string Remedy = "; leave the task out, limit it to fewer documents, or ask another model";

    // Choices of one question come one after the other.
    private string? _context;
    private int[] _contextIds = [];
    private int[] _head = [];
    private string _tail = "";

    /// <summary>The sequences of a request: one, or as many as a rolling one has windows.</summary>
    /// <exception cref="RunException">The continuation has no token, or more than the model can read.</exception>
    public IEnumerable<ScoredSequence> Encode(int index, LikelihoodRequest request) =>
        request.Continuation is null ? Windows(index, request) : [Continuation(index, request, request.Continuation)];

    private ScoredSequence Continuation(int index, LikelihoodRequest request, string continuation)
    {
        // The space belongs to the word that follows it.
        var context = request.Context[..TrimmedLength(request.Context)];
        continuation = request.Context[context.Length..] + continuation;
        int[] whole;
        var before = 1;
        if (context.Length == 0)
        {
            whole = [Prefix(request), .. Ids(continuation)];
        }
        else
        {
            Remember(context);
            whole = [.. _head, .. Ids(_tail + continuation, begins: _head.Length == 0)];
            before = _contextIds.Length;
            // Where continuation and context melt into other tokens, the harness counts tokens all the same.
            _contextIds.AsSpan(0, Math.Min(before, whole.Length)).CopyTo(whole);
        }

        var scored = whole.Length - before;
        if (scored <= 0 || scored > contextLength)
            throw RunException.Invalid(
                Name(request), InheritRunValidator.Display(continuation),
                (scored <= 0 ? "adds no token to its context and cannot be scored" : $"has {scored} tokens, and the model reads {contextLength} at most") + Remedy);
        return new(index, whole[^Math.Min(whole.Length, contextLength + 1)..], scored);
    }

    private IEnumerable<ScoredSequence> Windows(int index, LikelihoodRequest request)
    {
        int[] tokens = [Prefix(request), .. Ids(request.Context)];
        for (var done = 1; done < tokens.Length;)
        {
            // A short last window is filled up with what stands before it.
            var scored = Math.Min(contextLength, tokens.Length - done);
            done += scored;
            yield return new(index, tokens[Math.Max(0, done - contextLength - 1)..done], scored);
        }
    }

    private void Remember(string context)
    {
        if (context == _context) return;
        var cut = tokenizer.LastCut(context, cancellation) ?? 0;
        _context = context;
        _head = cut == 0 ? [] : [.. tokenizer.Encode(context.AsSpan(0, cut), new TextPart(Begins: true, Ends: false), cancellation)];
        _tail = context[cut..];
        _contextIds = [.. _head, .. Ids(_tail, begins: cut == 0)];
    }

    private IReadOnlyList<int> Ids(string text, bool begins = true) => tokenizer.Encode(text, new TextPart(begins, Ends: true), cancellation);

    private int Prefix(LikelihoodRequest request) => prefix
        ?? throw RunException.Invalid(Name(request), InheritRunValidator.Display(request.Context), "has no context, and the model's tokenizer has no token to stand in for one" + Remedy);

    private static string Name(LikelihoodRequest request) => $"{request.Task}: document {request.Document}, request {request.Index}";

    /// <summary>Length without the white space at the end, which is what Python takes for white space.</summary>
    private static int TrimmedLength(string text)
    {
        var length = text.Length;
        while (length > 0 && (char.IsWhiteSpace(text[length - 1]) || text[length - 1] is >= '\u001c' and <= '\u001f')) length--;
        return length;
    }
}
