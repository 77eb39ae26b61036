using Inheritune.Api;
using Inheritune.Trainer.Models;

namespace Inheritune.Trainer.Inheritance;

/// <summary>
/// Which parameters of the target come from the reference (paper, algorithm 1 and table 3). Inherited blocks keep their
/// index, so GPT-2's index-dependent attention scale stays what it was.
/// </summary>
public sealed class InheritancePlan
{
    private InheritancePlan(ModelConfig target, InheritPolicy policy, IReadOnlyList<ParameterSpec> inherited, IReadOnlyList<ParameterSpec> fresh, bool isWhole = false)
    {
        IsWhole = isWhole;
        Target = target;
        Policy = policy;
        Inherited = inherited;
        Fresh = fresh;
    }

    /// <summary>The target is the reference itself, as <see cref="Whole"/> has it.</summary>
    public bool IsWhole { get; }

    /// <summary>The reference's configuration with the target's depth.</summary>
    public ModelConfig Target { get; }

    public InheritPolicy Policy { get; }

    /// <summary>Parameters to read from the reference.</summary>
    public IReadOnlyList<ParameterSpec> Inherited { get; }

    /// <summary>Parameters that start from random weights.</summary>
    public IReadOnlyList<ParameterSpec> Fresh { get; }

    /// <summary>Plans the first <c>inherit.layers</c> blocks of a reference.</summary>
    /// <exception cref="RunException">The reference has fewer blocks.</exception>
    public static InheritancePlan For(ModelConfig reference, InheritSpec inherit)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(inherit);
        if (inherit.Layers > reference.Layers)
            throw RunException.Invalid("spec.inherit.layers", $"{inherit.Layers}", $"is more than the reference's {reference.Layers} layers; give a number from 1 to {reference.Layers}");

        var target = reference with { Layers = inherit.Layers };
        var parameters = target.Parameters().ToLookup(p => Takes(p.Part, reference, inherit));
        return new InheritancePlan(target, inherit.Policy, [.. parameters[true]], [.. parameters[false]]);
    }

    /// <summary>A model that starts from scratch.</summary>
    public static InheritancePlan FromScratch(ModelConfig model) => new(model, InheritPolicy.Random, [], model.Parameters());

    /// <summary>The reference itself.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="heir">The target that takes a part of it, if there is one.</param>
    public static InheritancePlan Whole(ModelConfig reference, InheritancePlan? heir = null) =>
        new(reference, InheritPolicy.Paper, reference.Parameters(), [], isWhole: true) { Heir = heir };

    /// <summary>What else is to say of a parameter that is damaged.</summary>
    internal string ConsequenceOf(ParameterSpec damaged) => Heir?.Inherited.Any(spec => spec.Name == damaged.Name) == false
        ? " (the target does not inherit it, so that it matters to the reference's loss only; but without that there is nothing to compare the target with)"
        : "";

    private InheritancePlan? Heir { get; init; }

    private static bool Takes(ModelPart part, ModelConfig reference, InheritSpec inherit)
    {
        if (inherit.Policy == InheritPolicy.Random) return false;
        var all = inherit.Policy == InheritPolicy.Paper;
        return part switch
        {
            ModelPart.Attention => inherit.Parts.Contains(BlockPart.Attention),
            ModelPart.MLP => inherit.Parts.Contains(BlockPart.MLP),
            ModelPart.AttentionNorm => inherit.Parts.Contains(BlockPart.Norms) && inherit.Parts.Contains(BlockPart.Attention),
            ModelPart.MLPNorm => inherit.Parts.Contains(BlockPart.Norms) && inherit.Parts.Contains(BlockPart.MLP),
            ModelPart.Head => true,
            // The published code copies the head; a tied embedding comes with it, an untied one is forgotten.
            ModelPart.TokenEmbedding => all || reference.TiedHead,
            ModelPart.PositionEmbedding or ModelPart.FinalNorm => all,
            _ => throw new ArgumentOutOfRangeException(nameof(part)),
        };
    }
}
