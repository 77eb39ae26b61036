using Inheritune.Trainer.Evaluation;

namespace Inheritune.Trainer.Tests.Evaluation;

/// <summary>Prompts of tasks whose data is not at hand, or that differ between versions, against what the harness makes of the same record.</summary>
public sealed class TaskTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void HellaSwag_is_cleaned_and_its_second_part_capitalized()
    {
        var requests = Ask("hellaswag", """{"activity_label": "Baking ", "ctx_a": "[header] How to  bake [title] Take", "ctx_b": "the OVEN, [step] hot", "endings": [" a [x] b", "c    d", "e [title] f", "g"], "label": "2"}""");
        Assert.Equal("Baking : How to bake. Take The oven, hot", requests[0].Context);
        Assert.Equal([" a b", " c  d", " e. f", " g"], requests.Select(request => request.Continuation));
    }

    [Fact]
    public void OpenBookQA_asks_the_stem_alone()
    {
        var requests = Ask("openbookqa", """{"question_stem": "The sun is", "choices": {"text": ["a", "b", "c", "d"], "label": ["A", "B", "C", "D"]}, "answerKey": "B "}""");
        Assert.Equal(("The sun is", " d"), (requests[3].Context, requests[3].Continuation));
    }

    [Theory]
    [InlineData(HarnessVersion.V03, "Question: q\nAnswer:")]
    [InlineData(HarnessVersion.V04, "\nQuestion: q\nAnswer:")]
    public void SciQ_without_support(HarnessVersion harness, string prompt) =>
        Assert.Equal(prompt, Ask("sciq", """{"support": "", "question": "q", "distractor1": "a", "distractor2": "b", "distractor3": "c", "correct_answer": "d"}""", harness)[0].Context);

    [Theory]
    [InlineData(HarnessVersion.V03, " paid well.")]
    [InlineData(HarnessVersion.V04, "  paid well.")]
    public void Wsc273_fits_its_options_into_the_gap(HarnessVersion harness, string continuation)
    {
        var requests = Ask("wsc273", """{"text": "John hired Bill, and his aunt paid well.", "pronoun": "his aunt", "pronoun_loc": 21, "options": ["The man", "It"], "label": 1}""", harness);
        Assert.Equal(["John hired Bill, and the man", "John hired Bill, and it"], requests.Select(request => request.Context));
        Assert.All(requests, request => Assert.Equal(continuation, request.Continuation));
        Assert.Equal("Oh, her Bill's", Ask("wsc273", """{"text": "Oh, her his aunt.", "pronoun": "his", "pronoun_loc": 8, "options": ["Bill", "x"], "label": 1}""")[0].Context);
        Assert.Equal("Left. Bill's", Ask("wsc273", """{"text": "Left. His aunt.", "pronoun": "His", "pronoun_loc": 6, "options": ["Bill", "x"], "label": 1}""")[0].Context);
        Assert.Equal("Left. The man's", Ask("wsc273", """{"text": "Left. His aunt.", "pronoun": "His", "pronoun_loc": 6, "options": ["The man", "x"], "label": 1}""")[0].Context);
    }

    [Fact]
    public void Wikitext_is_asked_as_a_whole_without_the_traces_of_its_tokenizer()
    {
        var request = Assert.Single(Ask("wikitext", """{"page": " = = Title = = \n A well @-@ known man 's 1 @,@ 000 ( small ) cats , \" so \" ."}"""));
        Assert.Null(request.Continuation);
        Assert.Equal(" == Title ==\nA well-known man's 1,000 (small) cats, \"so\" .", request.Context);
    }

    [Theory]
    [InlineData(HarnessVersion.V03, 2)]
    [InlineData(HarnessVersion.V04, 1)]
    public void Lambada_is_asked_as_often_as_the_version_does(HarnessVersion harness, int count)
    {
        var requests = Ask("lambada_openai", """{"text": "a b  c d's"}""", harness);
        Assert.Equal(count, requests.Count);
        Assert.All(requests, request => Assert.Equal(("a b  c", " d's"), (request.Context, request.Continuation)));
    }

    [Theory]
    [InlineData(HarnessVersion.V03, " yes", " no")]
    [InlineData(HarnessVersion.V04, " no", " yes")]
    public void BoolQ_asks_yes_first_in_03_and_a_tie_is_a_no_in_both(HarnessVersion harness, string first, string second)
    {
        _folder.Write("boolq.jsonl", """{"passage": "p", "question": "q", "label": 0}""");
        var plan = EvaluationFolders.Plan(_folder.Path, "boolq", harness);
        Assert.Equal([first, second], plan.Requests.Select(request => request.Continuation));
        Assert.Equal(1, plan.Score([new(-1, false), new(-1, false)])[0].Metrics[0].Value);
        Assert.Equal(first == " no" ? 1 : 0, plan.Score([new(-1, false), new(-2, false)])[0].Metrics[0].Value);
    }

    [Fact]
    public void Truthful_answers_are_two_tasks_in_04()
    {
        _folder.Write("truthfulqa_mc.jsonl", """{"question": "q", "mc1_targets": {"choices": ["a", "b"], "labels": [1, 0]}, "mc2_targets": {"choices": ["a", "c", "b"], "labels": [1, 1, 0]}}""");
        var plan = EvaluationFolders.Plan(_folder.Path, "truthfulqa_mc", HarnessVersion.V04);
        Assert.Equal(["truthfulqa_mc1", "truthfulqa_mc2"], plan.Tasks.Select(task => task.Task.Name));
        Assert.Contains("shots", Assert.Throws<RunException>(() => EvaluationFolders.Plan(_folder.Path, "truthfulqa_mc", shots: 1)).Message, StringComparison.Ordinal);
    }

    private IReadOnlyList<LikelihoodRequest> Ask(string task, string record, HarnessVersion harness = HarnessVersion.V03)
    {
        _folder.Write($"{task}.jsonl", record);
        return EvaluationFolders.Plan(_folder.Path, task, harness).Requests;
    }
}
