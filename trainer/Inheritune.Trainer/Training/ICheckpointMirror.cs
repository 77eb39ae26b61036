namespace Inheritune.Trainer.Training;

/// <summary>Brings checkpoints in the background from the local disk to where they outlive it.</summary>
public interface ICheckpointMirror
{
    /// <summary>Whether a checkpoint is still on its way.</summary>
    /// <exception cref="RunException">Storing failed for a reason that will not pass.</exception>
    bool IsBusy { get; }

    /// <summary>Waits for the checkpoint that is on its way, if there is one; the local files may change afterwards.</summary>
    void Settle();

    /// <summary>Begins to store a checkpoint unless it is stored already.</summary>
    /// <param name="folder">Its folder with a slash at the end.</param>
    /// <param name="manifest">What is in it.</param>
    void Store(string folder, CheckpointManifest manifest);

    /// <summary>Waits until the last checkpoint is stored.</summary>
    /// <exception cref="RunException">It could not be.</exception>
    void Finish();
}
