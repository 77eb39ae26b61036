namespace Inheritune.Trainer.Evaluation.Tasks;

internal sealed class ArcChallenge() : Arc("arc_challenge", "ARC-Challenge");
