using System.Security.Cryptography;
using System.Text;
using Inheritune.Trainer.Checkpoints;
using Inheritune.Trainer.Models;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Evaluation;

/// <summary>What decides the answers of a model: its weights, shape, tokenizer and number format.</summary>
internal static class ModelIdentity
{
    public static string Of(CausalLanguageModel model, string tokenizerDigest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{model.Config} {tokenizerDigest} {model.Precision} {model.Device.type}"));
        foreach (var (name, parameter) in model.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            foreach (var piece in TensorPieces.Of(parameter.detach().cpu().contiguous())) hash.AppendData(piece.bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
