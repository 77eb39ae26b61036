namespace Inheritune.Trainer.Evaluation.Tasks;

internal sealed class ArcEasy() : Arc("arc_easy", "ARC-Easy");
