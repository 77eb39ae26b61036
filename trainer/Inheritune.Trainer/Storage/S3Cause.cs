namespace Inheritune.Trainer.Storage;

/// <summary>Why an object store did not do what it was asked.</summary>
internal enum S3Cause
{
    /// <summary>Worth another try: the network, an overloaded or failing server.</summary>
    Passing,

    /// <summary>No room for more.</summary>
    Full,

    NoObject,

    NoBucket,

    /// <summary>The object is no longer the one that was asked for (412).</summary>
    Changed,

    /// <summary>No byte of the object lies in the range (416).</summary>
    OutOfRange,

    Denied,

    /// <summary>The request makes no sense to this server.</summary>
    Refused,
}
