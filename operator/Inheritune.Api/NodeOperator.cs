namespace Inheritune.Api;

/// <summary>How a <see cref="NodeRequirement"/> compares a label's value.</summary>
public enum NodeOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Gt,
    Lt,
}
