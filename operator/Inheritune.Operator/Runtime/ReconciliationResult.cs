using System.Diagnostics.CodeAnalysis;

namespace Inheritune.Operator.Runtime;

/// <summary>How a reconciliation ended, and when the entity wants to be looked at again.</summary>
internal sealed record ReconciliationResult<T>
{
    private ReconciliationResult(T entity) => Entity = entity;

    public T Entity { get; }

    [MemberNotNullWhen(false, nameof(ErrorMessage))]
    public bool IsSuccess => ErrorMessage is null;

    [MemberNotNullWhen(true, nameof(ErrorMessage))]
    public bool IsFailure => !IsSuccess;

    public string? ErrorMessage { get; private init; }

    public Exception? Error { get; private init; }

    /// <summary>Null: when something changes, or after a failure when its backoff has passed.</summary>
    public TimeSpan? RequeueAfter { get; private init; }

    public static ReconciliationResult<T> Success(T entity, TimeSpan? requeueAfter = null) => new(entity) { RequeueAfter = requeueAfter };

    public static ReconciliationResult<T> Failure(T entity, string errorMessage, Exception? error = null, TimeSpan? requeueAfter = null) =>
        new(entity) { ErrorMessage = errorMessage, Error = error, RequeueAfter = requeueAfter };
}
