using System.Text.Json;
using Inheritune.Trainer.Evaluation;

namespace Inheritune.Trainer.Tests.Evaluation;

/// <summary>What the harness itself asks and computes, on real data.</summary>
public sealed class HarnessOracleTests
{
    [Theory]
    [InlineData("piqa")]
    [InlineData("arc_easy")]
    [InlineData("mnli")]
    public void Order_requests_and_metrics_are_those_that_the_harness_left(string task)
    {
        var (folder, oracle) = (SharedData.Path("eval"), JsonDocument.Parse(File.ReadAllText(SharedData.Path($"eval/oracle/{task}.json"))).RootElement);
        var plan = EvaluationFolders.Plan(folder, task);
        int[] order = [.. Enumerable.Range(0, oracle.GetProperty("documents").GetInt32())];
        new PythonRandom(42).Shuffle(order);
        Assert.Equal(oracle.GetProperty("order").EnumerateArray().Select(i => i.GetInt32()), order);
        Assert.Equal(oracle.GetProperty("requests").GetInt32(), plan.Requests.Count);
        Assert.Equal(oracle.GetProperty("sha256").GetString(), EvaluationFolders.Digest(plan.Requests));

        var score = Assert.Single(plan.Score([.. oracle.GetProperty("mock_loglikelihoods").EnumerateArray().Select(value => new LikelihoodResult(value.GetDouble(), false))]));
        var metrics = oracle.GetProperty("metrics_under_mock").EnumerateObject().ToDictionary(metric => metric.Name, metric => metric.Value.GetDouble());
        Assert.Equal(metrics.Count, 2 * score.Metrics.Count);
        foreach (var metric in score.Metrics)
        {
            Assert.Equal(metrics[metric.Metric.Name], metric.Value, 1e-12);
            Assert.Equal(metrics[$"{metric.Metric.Name}_stderr"], metric.StandardError!.Value, 1e-12);
        }
    }

    /// <summary>Digests of the requests that the task classes of the harness make of the same files.</summary>
    [Theory]
    [InlineData("sciq", "0.3.0", 0, 4000, "9fc1d624cf58c4f482c74bbaba3a72191614154210965b47994ef5e44cc65dcc")]
    [InlineData("logiqa", "0.3.0", 0, 2604, "12495c50454ba5e1ce0753bd18c09aaca516bebd27648d815e37b15229dbf198")]
    [InlineData("boolq", "0.3.0", 0, 6540, "6577e0d88572772ef08e64f624c0e3df0953286ae1f118ccef15623b59ffeabf")]
    [InlineData("wsc", "0.3.0", 0, 208, "45865468eff5ca31e6a050947a6b3310d9d5ed19d0f2e578a32ecaf1c768600f")]
    [InlineData("wsc", "0.3.0", 4, 208, "55b9b835723d8797e13de12c99d3418c4338ec073086b85d30a6935c5669754d")]
    [InlineData("wsc", "0.3", 5, 208, "0fe3448eae71e115ae0b8e4b66964d96baaef3bee5bb2f237d50815b32ab9703")]
    [InlineData("wnli", "0.3.0", 0, 142, "8a0f81661d2ab2334bbc8031fac31c0c8882f1d9271dd51599d21dfdbb726dea")]
    [InlineData("qnli", "0.3.0", 0, 10926, "765804bd89cd8d8ece3decde57a1c6f142bf13af2c9a360ac610a112f921728e")]
    [InlineData("winogrande", "0.3.0", 0, 2534, "90a3eff49de9173964d46f5ed57bcf9a78a72dd1bfe0e5323b25cebb40b49ea9")]
    [InlineData("truthfulqa_mc", "0.3.0", 0, 9996, "1e07020e9cf41d46ed65312eb39d2b8e6599673d4f0d6b67c0d0eba0efb493bb")]
    [InlineData("lambada_openai", "0.3.0", 0, 10306, "6829e6a8aa5922e6c92dd31403cc060f242dc0ede4a775e085a70da095ab2e20")]
    [InlineData("lambada_openai", "0.3", 5, 10306, "177b7877381ac0af02c6ba9be1461c62ed419858207f12fb2c1841fcbe6f06a0")]
    [InlineData("piqa", "0.4", 0, 3676, "5a782cd449aa875a7f837e15268fac2d27005e1d030c5124e3bec88cdb8a5977")]
    [InlineData("sciq", "0.4", 0, 4000, "393683e8812a4c4221fb3de3f10efd50a4307515fddbc7782bb0cb7487b3bc1c")]
    [InlineData("logiqa", "0.4", 0, 2604, "b41cae9bc2e9d0730708c4a28d7a1e5d461d04673267c10dcef1357ad4424017")]
    [InlineData("boolq", "0.4", 0, 6540, "48af89fc7cdf1b3a0ade434451e52ab74985450e008c9054033559d6170f14bb")]
    [InlineData("wnli", "0.4", 0, 142, "bce30d2107ee511623b37613227fbee0920a30936bb4c4c23e842ce3013f6b39")]
    [InlineData("qnli", "0.4", 0, 10926, "2d628388cbbe39e5d8e8091cca0bd45e7f7dd35867816a1c8d2aba242a368744")]
    [InlineData("mnli", "0.4", 0, 29445, "ffe7526b66c3d5a562f0bcee812bf161ee89366caa6c6d62e54f581eeff16961")]
    [InlineData("winogrande", "0.4", 0, 2534, "2cc3cecbcee61b541a4e75ca0e270c190016b847772717936d51154c5100f834")]
    [InlineData("lambada_openai", "0.4", 0, 5153, "2b24fc3bf1b68cdcb6b69ef6ba562d70592b1d2ff83181ba567e9a5ceab37234")]
    [InlineData("wsc", "0.4", 3, 208, "c664602892fa83ec1e6d84fb3d346d084673310e3dfaccecbf0984a6ddcc41a5")]
    [InlineData("lambada_openai", "0.4", 3, 5153, "329937f7cffe32c251183a23bca76ad87d083a1cc1b1260e003d9c447865bcc4")]
    public void Requests_are_those_of_the_harness(string task, string harness, int shots, int count, string digest)
    {
        var plan = EvaluationFolders.Plan(SharedData.Path("eval"), task, HarnessVersions.Parse(harness, "--harness"), shots);
        Assert.Equal(count, plan.Requests.Count);
        Assert.Equal(digest, EvaluationFolders.Digest(plan.Requests));
    }

    [Theory]
    [InlineData("0.3.0", 0, "anatomy", "bf05e04ed8cf61cf3aad294ed3f5a16137775ffdd20f1b129022ddffc1251768")]
    [InlineData("0.3.0", 0, "moral_scenarios", "a8e1882e77728b53c8b86312254d08320d8363fb606d746a8dd145b812f62cf5")]
    [InlineData("0.3", 0, "anatomy", "c49b1525ae8c0c92d25d978d672a9ed2ee247a4c025200f3693e6dab4ead58e9")]
    [InlineData("0.3", 0, "us_foreign_policy", "043c174e95a028865cdab87f8875927166dd1004455eb3eb1c1286014726c403")]
    [InlineData("0.3", 5, "anatomy", "4cb0f052388055d3b9709c2a5d9cc72bdcc2843a420b310367b596c675c32501")]
    [InlineData("0.3", 5, "us_foreign_policy", "688e2d4d2603153bad0acfda0cc10bbe605effc07df2626b3eaa87f5eb6ea6ba")]
    public void Mmlu_has_57_subjects_and_asks_as_the_version_does(string harness, int shots, string subject, string digest)
    {
        var plan = EvaluationFolders.Plan(SharedData.Path("eval"), "mmlu", HarnessVersions.Parse(harness, "--harness"), shots);
        Assert.Equal(57, plan.Tasks.Count);
        Assert.Equal(14042 * 4, plan.Requests.Count);
        Assert.Equal(digest, EvaluationFolders.Digest(plan.Requests.Where(request => request.Task == $"hendrycksTest-{subject}")));
    }

    [Fact]
    public void Version_04_takes_the_file_in_its_order_and_drops_no_document_of_it()
    {
        var folder = SharedData.Path("eval");
        var first = JsonDocument.Parse(File.ReadLines(Path.Combine(folder, "piqa.jsonl")).First()).RootElement;
        var plan = EvaluationFolders.Plan(folder, "piqa", HarnessVersion.V04);
        Assert.Equal($"Question: {first.GetProperty("goal").GetString()}\nAnswer:", plan.Requests[0].Context);
        Assert.Equal(2 * 1838, plan.Requests.Count);
        Assert.Equal(10, EvaluationFolders.Plan(folder, "piqa", HarnessVersion.V04, limit: 5).Requests.Count);
    }
}
