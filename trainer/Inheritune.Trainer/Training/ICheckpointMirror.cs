namespace Inheritune.Trainer.Training;

/// <summary>Brings checkpoints from the local disk to where they outlive it.</summary>
public interface ICheckpointMirror
{
    /// <summary>Stores a checkpoint unless it is stored already.</summary>
    /// <param name="folder">Its folder with a slash at the end.</param>
    /// <param name="manifest">What is in it.</param>
    /// <param name="begin">When its saving began, as <see cref="System.Diagnostics.Stopwatch"/> counts.</param>
    /// <param name="abandon">Gives it up, with <see cref="OperationCanceledException"/>; the one before stays.</param>
    /// <exception cref="RunException">It could not be stored.</exception>
    void Store(string folder, CheckpointManifest manifest, long begin, CancellationToken abandon);
}
